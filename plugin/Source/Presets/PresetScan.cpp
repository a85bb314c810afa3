#include "Presets/PresetScan.h"

namespace starling
{
namespace
{
constexpr double patienceMs = 3600000.0; // without an answer: one preset, or another scan
}

void PresetScan::start()
{
    if (shown.isRunning)
        return;

    if (!link.isOpen())
        return end("Scanning needs the engine, and it is not connected.", true);

    Request request;
    request.address = protocol::Scan::address;
    request.timeoutMs = patienceMs;
    request.done = [this](const auto& reply, const auto&) { done(reply); };
    request.failed = [this](const auto& code, const auto& sentence)
    {
        end(code == EngineLink::lost ? "The engine went away in the middle of the scan. What was "
                                       "scanned stays in the library."
                                     : sentence,
            true);
    };
    request.progress = [this](float fraction, const auto& text) { progressed(fraction, text); };
    timeLeft = {};
    shown = {true, 0.0f, "Looking for presets", {}};
    running = link.send(std::move(request));
}

void PresetScan::progressed(float fraction, const juce::String& text)
{
    if (fraction > 0.0f)
        timeLeft.report(fraction, juce::Time::getMillisecondCounterHiRes());

    shown.fraction = fraction;
    shown.text = text.substring(0, 1).toUpperCase() + text.substring(1);
    shown.timeLeft = timeLeft.text();
    onProgress();
}

void PresetScan::done(const osc::Message& reply)
{
    namespace field = protocol::Scan::returns;
    const auto failed = reply.integer(field::failed);
    end(juce::String(reply.integer(field::added)) + " presets added, " +
            juce::String(reply.integer(field::kept)) + " were up to date" +
            (failed > 0 ? ", " + juce::String(failed) + " failed." : "."),
        false);
}

void PresetScan::cancel()
{
    if (!shown.isRunning)
        return;

    link.cancel(running);
    end("Cancelled. What was scanned stays in the library.", false);
}

void PresetScan::end(const juce::String& sentence, bool isError)
{
    shown = {};
    onEnd(sentence, isError);
}
} // namespace starling
