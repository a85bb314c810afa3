#include "measure/built_plugin.h"

#include "harness/harness.h"

namespace harness
{
namespace
{
class BareProcessor final : public BuiltPlugin
{
  public:
    void note(int key, int velocity, int frame) override
    {
        midi.addEvents(velocity > 0 ? noteOn(key, velocity, frame) : noteOff(key, frame), 0, -1, 0);
    }

    void pedal(bool down) override
    {
        midi.addEvent(juce::MidiMessage::controllerEvent(1, 64, down ? 127 : 0), 0);
    }

    void bend(float amount) override
    {
        midi.addEvent(juce::MidiMessage::pitchWheel(1, juce::roundToInt(amount * 16383.0f)), 0);
    }

    /** As the formats' wrappers do: the value is set, no listener is called. */
    void automate(const char* id, float normalised) override
    {
        juce::AudioProcessorParameter& parameter = host.plugin.parameters.get(id);
        parameter.setValue(normalised);
    }

    void process(const Mark& enter, const Mark& leave) override
    {
        host.audio.clear();
        host.beforeBlock = enter;
        host.afterBlock = leave;
        host.process(midi);
        midi.clear();

        for (int c = 0; c < 2; ++c)
            std::copy_n(host.audio.getReadPointer(c), block, out[c].begin());
    }

    void restart() override { host.plugin.reset(); }

    juce::MemoryBlock save() override
    {
        juce::MemoryBlock bytes;
        host.plugin.getStateInformation(bytes);
        return bytes;
    }

    void load(const juce::MemoryBlock& state) override
    {
        host.plugin.setStateInformation(state.getData(), static_cast<int>(state.getSize()));
    }

    bool loadsWhileProcessing() const override { return true; }

  private:
    static_assert(Host::block == BuiltPlugin::block, "both play the same blocks");

    Host host;
    juce::MidiBuffer midi;
};
} // namespace

std::unique_ptr<BuiltPlugin> makeBareProcessor()
{
    return std::make_unique<BareProcessor>();
}
} // namespace harness
