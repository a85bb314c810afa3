#include "harness/session.h"

namespace harness
{
bool Session::connect()
{
    return host.waitUntil([this] { return state() == starling::EngineState::connected; },
                          patience) &&
           host.waitUntil([this] { return host.plugin.bank.current().sound != nullptr; }, patience);
}

void Session::rest(double seconds)
{
    host.waitUntil([] { return false; }, seconds);
}

void Session::post(std::function<void(starling::EngineClient&)> job)
{
    run(std::move(job));
    rest(0.05);        // the view is renewed at most every 30 ms,
    run([](auto&) {}); // after the jobs of the worker's round: after this one's it is due,
    run([](auto&) {}); // and when the next round has begun, it is done
}

void Session::run(std::function<void(starling::EngineClient&)> job)
{
    std::atomic<bool> asked{false};
    auto& engine = host.plugin.engine;
    engine.post(
        [&engine, &asked, job = std::move(job)]
        {
            job(engine);
            asked = true;
        });
    host.waitUntil([&] { return asked.load(); }, patience);
}

starling::SearchView Session::ask(std::function<void(starling::PresetSearch&)> job)
{
    post([&](auto& engine) { job(engine.search); });
    host.waitUntil([this] { return !view().isBusy; }, patience);
    rest(0.05); // what came for the keys is taken in
    const auto shown = view();
    std::printf("     %d hits. %s\n", static_cast<int>(shown.hits.size()),
                shown.message.toRawUTF8());
    return shown;
}

void writeTone(const juce::File& file, double frequency, const juce::String& recipe)
{
    constexpr auto rate = 44100;
    file.deleteFile(); // or a stream would append
    juce::AudioBuffer<float> audio(1, rate);

    for (int n = 0; n < rate; ++n)
    {
        const auto phase = juce::MathConstants<double>::twoPi * frequency * n / rate;
        audio.setSample(0, n,
                        static_cast<float>(0.3 * std::sin(phase) + 0.15 * std::sin(2.0 * phase) +
                                           0.1 * std::sin(3.0 * phase)));
    }

    juce::StringPairArray about;
    about.set("ICMT", recipe);
    std::unique_ptr<juce::AudioFormatWriter> writer(juce::WavAudioFormat().createWriterFor(
        file.createOutputStream().release(), rate, 1, 16, about, 0));
    writer->writeFromAudioSampleBuffer(audio, 0, rate);
}
} // namespace harness
