#include "measure/built_plugin.h"
#include "measure/vst3_parts.h"

#include "Wire/Protocol.h"

#include <dlfcn.h>
#include <pluginterfaces/base/ipluginbase.h>
#include <pluginterfaces/vst/ivstcomponent.h>
#include <pluginterfaces/vst/ivsteditcontroller.h>
#include <pluginterfaces/vst/ivstmessage.h>
#include <pluginterfaces/vst/ivstmidicontrollers.h>
#include <pluginterfaces/vst/ivstunits.h>

#include <cstdio>

namespace Steinberg
{
DEF_CLASS_IID(FUnknown)
DEF_CLASS_IID(IBStream)
DEF_CLASS_IID(IPluginBase)
DEF_CLASS_IID(IPluginFactory)
namespace Vst
{
DEF_CLASS_IID(IAudioProcessor)
DEF_CLASS_IID(IComponent)
DEF_CLASS_IID(IConnectionPoint)
DEF_CLASS_IID(IEditController)
DEF_CLASS_IID(IEventList)
DEF_CLASS_IID(IHostApplication)
DEF_CLASS_IID(IMidiMapping)
DEF_CLASS_IID(IParamValueQueue)
DEF_CLASS_IID(IParameterChanges)
DEF_CLASS_IID(IUnitInfo)
} // namespace Vst
} // namespace Steinberg

namespace harness
{
namespace
{
using namespace vst3;

/** A reference to an interface of the plugin's. */
template <typename Interface>
class Ref
{
  public:
    Ref() = default;
    Ref(const Ref&) = delete;
    Ref& operator=(const Ref&) = delete;

    ~Ref()
    {
        if (object != nullptr)
            object->release();
    }

    Interface* operator->() const { return object; }
    explicit operator bool() const { return object != nullptr; }
    Interface* get() const { return object; }
    void** out() { return reinterpret_cast<void**>(&object); }

    template <typename Other>
    void from(const Ref<Other>& other)
    {
        if (other)
            other->queryInterface(Interface::iid, out());
    }

  private:
    Interface* object = nullptr;
};

juce::String textOf(const String128& text)
{
    return juce::CharPointer_UTF16(
        reinterpret_cast<const juce::CharPointer_UTF16::CharType*>(text));
}

class BuiltVst3 final : public BuiltPlugin
{
  public:
    BuiltVst3(const juce::File& binary, int frames)
        : announced(frames),
          library(dlopen(binary.getFullPathName().toRawUTF8(), RTLD_NOW | RTLD_LOCAL))
    {
        if (library == nullptr)
            return;

        const auto enter = reinterpret_cast<bool (*)(void*)>(dlsym(library, "ModuleEntry"));
        const auto get =
            reinterpret_cast<IPluginFactory* (*)()>(dlsym(library, "GetPluginFactory"));

        if (enter != nullptr && get != nullptr && enter(library))
            open(*get());
    }

    ~BuiltVst3() override
    {
        if (!processor)
            return;

        processor->setProcessing(false);
        component->setActive(false);
        controller->terminate();
        component->terminate();
    }

    bool isOpen() const { return isReady; }

    void note(int key, int velocity, int frame) override
    {
        Event event{};
        event.sampleOffset = frame;

        if (velocity > 0)
        {
            event.type = Event::kNoteOnEvent;
            event.noteOn = {0, static_cast<int16>(key), 0.0f, velocity / 127.0f, 0, -1};
        }
        else
        {
            event.type = Event::kNoteOffEvent;
            event.noteOff = {0, static_cast<int16>(key), 0.0f, -1, 0.0f};
        }

        notes.addEvent(event);
    }

    void pedal(bool down) override { changes.add(pedalId, down ? 1.0 : 0.0); }
    void bend(float amount) override { changes.add(bendId, static_cast<ParamValue>(amount)); }

    void automate(const char* id, float normalised) override
    {
        for (size_t n = 0; n < ids.size(); ++n)
            if (std::strcmp(starling::parameterTable[n].id, id) == 0)
                changes.add(ids[n], static_cast<ParamValue>(normalised));
    }

    void process(const Mark& enter, const Mark& leave) override
    {
        float* inputs[] = {in[0].data(), in[1].data()};
        float* outputs[] = {out[0].data(), out[1].data()};
        AudioBusBuffers from{}, to{};
        from.numChannels = to.numChannels = 2;
        from.channelBuffers32 = inputs;
        to.channelBuffers32 = outputs;
        context.state = ProcessContext::kPlaying | ProcessContext::kTempoValid;
        context.sampleRate = rate;
        context.tempo = 120.0;

        ProcessData data{};
        data.processMode = kRealtime;
        data.symbolicSampleSize = kSample32;
        data.numSamples = block;
        data.numInputs = data.numOutputs = 1;
        data.inputs = &from;
        data.outputs = &to;
        data.inputParameterChanges = &changes;
        data.outputParameterChanges = &replies;
        data.inputEvents = &notes;
        data.processContext = &context;

        enter();
        processor->process(data);
        leave();
        context.projectTimeSamples += block;
        notes.clear();
        changes.clear();
        replies.clear();
    }

    void restart() override
    {
        processor->setProcessing(false);
        processor->setProcessing(true);
    }

    juce::MemoryBlock save() override
    {
        Stream stream;
        component->getState(&stream);
        return stream.bytes;
    }

    void load(const juce::MemoryBlock& state) override
    {
        Stream stream;
        stream.bytes = state;
        component->setState(&stream);
    }

    bool loadsWhileProcessing() const override { return true; }

    juce::StringArray groups() const override
    {
        juce::StringArray result;
        Ref<IUnitInfo> units;
        units.from(controller);

        for (int32 i = 0; i < controller->getParameterCount(); ++i)
        {
            ParameterInfo info;

            if (controller->getParameterInfo(i, info) == kResultOk &&
                std::find(ids.begin(), ids.end(), info.id) != ids.end())
                result.add(titleOf(units, info.unitId) + "/" + textOf(info.title));
        }
        return result;
    }

  private:
    void open(IPluginFactory& factory)
    {
        for (int32 i = 0; i < factory.countClasses() && !component; ++i)
        {
            PClassInfo info;

            if (factory.getClassInfo(i, &info) == kResultOk &&
                juce::String(info.category) == "Audio Module Class")
                factory.createInstance(info.cid, IComponent::iid, component.out());
        }

        TUID id;

        if (!component || component->initialize(&host) != kResultOk ||
            component->getControllerClassId(id) != kResultOk)
            return;

        factory.createInstance(id, IEditController::iid, controller.out());

        if (!controller || controller->initialize(&host) != kResultOk)
            return;

        Ref<IConnectionPoint> ours, theirs;
        ours.from(component);
        theirs.from(controller);
        ours->connect(theirs.get());
        theirs->connect(ours.get());
        processor.from(component);
        isReady = findParameters() && start();
    }

    static juce::String titleOf(const Ref<IUnitInfo>& units, UnitID unit)
    {
        UnitInfo info;

        for (int32 i = 0; units && i < units->getUnitCount(); ++i)
            if (units->getUnitInfo(i, info) == kResultOk && info.id == unit)
                return textOf(info.name);

        return {};
    }

    bool findParameters()
    {
        for (const auto& spec : starling::parameterTable)
            for (int32 i = 0; i < controller->getParameterCount(); ++i)
            {
                ParameterInfo info;

                if (controller->getParameterInfo(i, info) == kResultOk &&
                    textOf(info.title) == spec.title)
                {
                    ids.push_back(info.id);
                    break;
                }
            }

        Ref<IMidiMapping> mapping;
        mapping.from(controller);
        return ids.size() == std::size(starling::parameterTable) && mapping &&
               mapping->getMidiControllerAssignment(0, 0, kCtrlSustainOnOff, pedalId) ==
                   kResultOk &&
               mapping->getMidiControllerAssignment(0, 0, kPitchBend, bendId) == kResultOk;
    }

    bool start()
    {
        ProcessSetup setup{kRealtime, kSample32, announced, rate};

        for (const auto direction : {kInput, kOutput})
            component->activateBus(kAudio, direction, 0, true);

        component->activateBus(kEvent, kInput, 0, true);
        return processor->setupProcessing(setup) == kResultOk &&
               component->setActive(true) == kResultOk &&
               processor->setProcessing(true) != kResultFalse;
    }

    const int announced;
    void* library;
    Context host;
    Notes notes;
    Automation changes, replies;
    ProcessContext context{};
    std::vector<ParamID> ids; // in the order of parameterTable
    ParamID pedalId = 0, bendId = 0;
    Ref<IComponent> component;
    Ref<IEditController> controller;
    Ref<IAudioProcessor> processor;
    bool isReady = false;
};
} // namespace

std::unique_ptr<BuiltPlugin> openVst3(const juce::File& binary, int announced)
{
    auto plugin = std::make_unique<BuiltVst3>(binary, announced);

    if (plugin->isOpen())
        return plugin;

    const auto* why = dlerror();
    std::printf("%s does not open as VST3: %s\n", binary.getFullPathName().toRawUTF8(),
                why == nullptr ? "it makes no instance" : why);
    return {};
}
} // namespace harness
