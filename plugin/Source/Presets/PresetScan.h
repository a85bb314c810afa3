// Has the engine look for the presets on this machine and hear each once. Worker thread only.
#pragma once

#include "Engine/EngineLink.h"
#include "Presets/TimeLeft.h"

namespace starling
{
/** What the editor shows of a scan. */
struct ScanView
{
    bool isRunning = false;
    float fraction = 0.0f; // 0..1; 0 while presets are looked for
    juce::String text;     // how many are done, and of which synth
    juce::String timeLeft; // empty until that is known
};

/** One scan at a time, beside searches. Worker thread only. */
class PresetScan
{
  public:
    explicit PresetScan(EngineLink& engineLink) : link(engineLink) {}

    void start();

    /** Give up; what was scanned stays in the library. */
    void cancel();

    const ScanView& view() const { return shown; }

    std::function<void()> onProgress; // there may be new presets
    std::function<void(const juce::String& sentence, bool isError)> onEnd;

  private:
    void progressed(float fraction, const juce::String& text);
    void done(const osc::Message& reply);
    void end(const juce::String& sentence, bool isError);

    EngineLink& link;
    ScanView shown;
    TimeLeft timeLeft;
    int running = 0; // of the request
};
} // namespace starling
