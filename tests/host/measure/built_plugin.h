// A built plugin, loaded from its file and called through its format's own interface, so that the
// format's wrapper runs too; and the same processor without a format, to compare with.
#pragma once

#include <juce_core/juce_core.h>

#include <functional>
#include <memory>

namespace harness
{
/** One instance at 48 kHz in blocks of 128, its side-chain connected. Everything but saving belongs
 * to the audio thread; save() may be called from another one, as hosts do. */
class BuiltPlugin
{
  public:
    static constexpr double rate = 48000.0;
    static constexpr int block = 128;

    virtual ~BuiltPlugin() = default;

    // -- what the next block brings; at most `maxEvents` in all --------------------------------
    static constexpr int maxEvents = 256;

    virtual void note(int key, int velocity, int frame) = 0; // velocity 0 ends it
    virtual void pedal(bool down) = 0;
    virtual void bend(float amount) = 0; // 0..1
    /** An automation point: the id of parameterTable, 0..1. */
    virtual void automate(const char* id, float normalised) = 0;

    using Mark = std::function<void()>;

    /** One block; `enter` and `leave` stand directly around the call into the plugin. */
    virtual void process(const Mark& enter, const Mark& leave) = 0;

    /** Stop and start, as on a jump of the transport. */
    virtual void restart() = 0;

    virtual juce::MemoryBlock save() = 0;
    virtual void load(const juce::MemoryBlock& state) = 0;

    /** Whether load() may run on another thread while process() does. */
    virtual bool loadsWhileProcessing() const = 0;

    /** `GROUP/PARAMETER` by their titles, in the host's order; nothing where the format's own file
        tells of them. */
    virtual juce::StringArray groups() const { return {}; }

    /** Of the last block's output. */
    float peak() const;

  protected:
    std::array<float, block> in[2]{}, out[2]{};
};

/** Null when the file cannot be opened; prints why. `announced` is how many frames the host says
   that blocks have at most. */
std::unique_ptr<BuiltPlugin> openVst3(const juce::File& binary, int announced = BuiltPlugin::block);
std::unique_ptr<BuiltPlugin> openLv2(const juce::File& binary);

/** The processor that the harness links, its processBlock called with nothing around it. */
std::unique_ptr<BuiltPlugin> makeBareProcessor();
} // namespace harness
