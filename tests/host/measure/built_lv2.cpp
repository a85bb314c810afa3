#include "measure/built_plugin.h"

#include "Wire/Protocol.h"

#include <dlfcn.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/midi/midi.h>
#include <lv2/options/options.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>

JUCE_BEGIN_IGNORE_WARNINGS_GCC_LIKE("-Wparentheses")
#include <lv2/atom/forge.h>
JUCE_END_IGNORE_WARNINGS_GCC_LIKE

#include <cstdio>
#include <map>
#include <mutex>

namespace harness
{
namespace
{
/** Numbers for URIs. Any thread. */
class Urids
{
  public:
    LV2_URID operator()(const char* uri)
    {
        const std::lock_guard lock(mutex);
        return numbers.try_emplace(uri, static_cast<LV2_URID>(numbers.size() + 1)).first->second;
    }

    static LV2_URID mapped(LV2_URID_Map_Handle self, const char* uri)
    {
        return (*static_cast<Urids*>(self))(uri);
    }

    LV2_URID_Map map{this, mapped};

  private:
    std::mutex mutex;
    std::map<juce::String, LV2_URID> numbers;
};

/** What an LV2 plugin stores: one string under one key. */
struct Stored
{
    LV2_URID key = 0, type = 0;
    juce::MemoryBlock bytes;

    static LV2_State_Status store(LV2_State_Handle self, uint32_t key, const void* value,
                                  size_t size, uint32_t type, uint32_t)
    {
        *static_cast<Stored*>(self) = {key, type, {value, size}};
        return LV2_STATE_SUCCESS;
    }

    static const void* retrieve(LV2_State_Handle self, uint32_t key, size_t* size, uint32_t* type,
                                uint32_t* flags)
    {
        const auto& stored = *static_cast<Stored*>(self);
        *size = stored.bytes.getSize();
        *type = stored.type;
        *flags = LV2_STATE_IS_POD;
        return key == stored.key ? stored.bytes.getData() : nullptr;
    }
};

/** In the table's units, of a position 0..1 of the knob. */
float valueAt(const starling::ParameterSpec& spec, float normalised)
{
    juce::NormalisableRange<float> range(spec.minimum, spec.maximum);
    range.setSkewForCentre(spec.centre);
    return range.convertFrom0to1(normalised);
}

class BuiltLv2 final : public BuiltPlugin
{
  public:
    explicit BuiltLv2(const juce::File& binary)
        : library(dlopen(binary.getFullPathName().toRawUTF8(), RTLD_NOW | RTLD_LOCAL))
    {
        if (library == nullptr)
            return;

        const auto find =
            reinterpret_cast<decltype(&lv2_descriptor)>(dlsym(library, "lv2_descriptor"));
        descriptor = find == nullptr ? nullptr : find(0);

        if (descriptor != nullptr)
            open(binary.getParentDirectory().getFullPathName() + "/");
    }

    ~BuiltLv2() override
    {
        if (instance != nullptr)
        {
            descriptor->deactivate(instance);
            descriptor->cleanup(instance);
        }
    }

    bool isOpen() const { return instance != nullptr; }

    void note(int key, int velocity, int frame) override
    {
        midi(velocity > 0 ? 0x90 : 0x80, key, velocity, frame);
    }

    void pedal(bool down) override { midi(0xb0, 64, down ? 127 : 0, 0); }

    void bend(float amount) override
    {
        const auto value = juce::roundToInt(amount * 16383.0f);
        midi(0xe0, value & 127, value >> 7, 0);
    }

    void automate(const char* id, float normalised) override
    {
        for (size_t n = 0; n < properties.size(); ++n)
            if (std::strcmp(starling::parameterTable[n].id, id) == 0)
                set(properties[n], valueAt(starling::parameterTable[n], normalised));
    }

    void process(const Mark& enter, const Mark& leave) override
    {
        lv2_atom_forge_pop(&forge, &sequence);
        auto* reply = reinterpret_cast<LV2_Atom_Sequence*>(fromPlugin.data());
        reply->atom = {static_cast<uint32_t>(fromPlugin.size() - sizeof(LV2_Atom)), chunk};
        enter();
        descriptor->run(instance, block);
        leave();
        startSequence();
    }

    void restart() override
    {
        descriptor->deactivate(instance);
        descriptor->activate(instance);
    }

    juce::MemoryBlock save() override
    {
        Stored saved;
        state->save(instance, Stored::store, &saved, LV2_STATE_IS_POD, nullptr);
        stateKey = saved.key;
        return saved.bytes;
    }

    void load(const juce::MemoryBlock& bytes) override
    {
        Stored stored{stateKey, urids(LV2_ATOM__String), bytes};
        state->restore(instance, Stored::retrieve, &stored, 0, nullptr);
    }

    bool loadsWhileProcessing() const override { return false; } // LV2's rule

  private:
    enum Port
    {
        audioIn = 0,
        audioOut = 2,
        events = 4,
        replies = 5,
        latency = 6,
        freeWheeling = 7,
        enabled = 8
    };

    void open(const juce::String& folder)
    {
        const int32_t most = block;
        const LV2_Options_Option options[] = {{LV2_OPTIONS_INSTANCE, 0,
                                               urids(LV2_BUF_SIZE__maxBlockLength), sizeof(most),
                                               urids(LV2_ATOM__Int), &most},
                                              {LV2_OPTIONS_INSTANCE, 0, 0, 0, 0, nullptr}};
        const LV2_Feature map{LV2_URID__map, &urids.map},
            option{LV2_OPTIONS__options, const_cast<LV2_Options_Option*>(options)},
            bounded{LV2_BUF_SIZE__boundedBlockLength, nullptr};
        const LV2_Feature* const features[] = {&map, &option, &bounded, nullptr};
        instance = descriptor->instantiate(descriptor, rate, folder.toRawUTF8(), features);

        if (instance == nullptr)
            return;

        state = static_cast<const LV2_State_Interface*>(
            descriptor->extension_data(LV2_STATE__interface));

        for (const auto& spec : starling::parameterTable)
            properties.push_back(
                urids((juce::String(descriptor->URI) + ":" + spec.id).toRawUTF8()));

        lv2_atom_forge_init(&forge, &urids.map);
        connect();
        startSequence();
        descriptor->activate(instance);
    }

    void connect()
    {
        for (int c = 0; c < 2; ++c)
        {
            descriptor->connect_port(instance, static_cast<uint32_t>(audioIn + c), in[c].data());
            descriptor->connect_port(instance, static_cast<uint32_t>(audioOut + c), out[c].data());
        }

        descriptor->connect_port(instance, events, toPlugin.data());
        descriptor->connect_port(instance, replies, fromPlugin.data());
        descriptor->connect_port(instance, latency, &controls[0]);
        descriptor->connect_port(instance, freeWheeling, &controls[1]);
        descriptor->connect_port(instance, enabled, &controls[2]);
    }

    void startSequence()
    {
        lv2_atom_forge_set_buffer(&forge, toPlugin.data(), toPlugin.size());
        lv2_atom_forge_sequence_head(&forge, &sequence, 0);
    }

    void midi(int status, int first, int second, int frame)
    {
        const uint8_t bytes[] = {static_cast<uint8_t>(status), static_cast<uint8_t>(first),
                                 static_cast<uint8_t>(second)};
        lv2_atom_forge_frame_time(&forge, frame);
        lv2_atom_forge_atom(&forge, sizeof(bytes), midiEvent);
        lv2_atom_forge_write(&forge, bytes, sizeof(bytes));
    }

    void set(LV2_URID property, float value)
    {
        LV2_Atom_Forge_Frame object;
        lv2_atom_forge_frame_time(&forge, 0);
        lv2_atom_forge_object(&forge, &object, 0, patchSet);
        lv2_atom_forge_key(&forge, patchProperty);
        lv2_atom_forge_urid(&forge, property);
        lv2_atom_forge_key(&forge, patchValue);
        lv2_atom_forge_float(&forge, value);
        lv2_atom_forge_pop(&forge, &object);
    }

    Urids urids;
    const LV2_URID midiEvent = urids(LV2_MIDI__MidiEvent), patchSet = urids(LV2_PATCH__Set),
                   patchProperty = urids(LV2_PATCH__property), patchValue = urids(LV2_PATCH__value),
                   chunk = urids(LV2_ATOM__Chunk);
    void* library;
    const LV2_Descriptor* descriptor = nullptr;
    LV2_Handle instance = nullptr;
    const LV2_State_Interface* state = nullptr;
    std::vector<LV2_URID> properties;
    std::atomic<LV2_URID> stateKey{0};
    LV2_Atom_Forge forge{};
    LV2_Atom_Forge_Frame sequence{};
    alignas(8) std::array<uint8_t, 65536> toPlugin{}, fromPlugin{};
    std::array<float, 3> controls{0.0f, 0.0f, 1.0f};
};
} // namespace

std::unique_ptr<BuiltPlugin> openLv2(const juce::File& binary)
{
    auto plugin = std::make_unique<BuiltLv2>(binary);

    if (plugin->isOpen())
        return plugin;

    const auto* why = dlerror();
    std::printf("%s does not open as LV2: %s\n", binary.getFullPathName().toRawUTF8(),
                why == nullptr ? "it makes no instance" : why);
    return {};
}
} // namespace harness
