#include "midi/channel_bench.h"

namespace harness
{
juce::MidiBuffer messages(const std::vector<Message>& list, int frame)
{
    juce::MidiBuffer midi;

    for (const auto& each : list)
        midi.addEvent(juce::MidiMessage(each[0], each[1], each[2]), frame);

    return midi;
}

Message control(int channel, int number, int value)
{
    return {0xb0 | (channel - 1), number, value};
}

Message bend(int channel, int value)
{
    return {0xe0 | (channel - 1), (value + 8192) & 127, (value + 8192) >> 7};
}

std::vector<Message> registered(int channel, int parameter, int value)
{
    return {control(channel, 101, 0), control(channel, 100, parameter), control(channel, 6, value)};
}

juce::AudioBuffer<float> rendered(starling::Player& player,
                                  const starling::PlayerSettings& settings, int frames,
                                  const juce::MidiBuffer& midi)
{
    juce::AudioBuffer<float> audio(2, frames);
    audio.clear();
    player.render(audio, midi, settings);
    return audio;
}

ChannelBench::ChannelBench()
{
    constexpr int frames = 30 * 48000;
    juce::AudioBuffer<float> audio(1, frames);

    for (int n = 0; n < frames; ++n)
        audio.setSample(
            0, n,
            static_cast<float>(0.5 * std::sin(juce::MathConstants<double>::twoPi * hz * n / rate)));
    player.prepare(rate);
    settings.envelope.release = 0.01f;
    bank.publish(starling::Place::current, settings.soundKey,
                 std::make_shared<const starling::Sound>(
                     starling::SoundInfo{"sine", "{}", rate, 60}, audio));
}

double ChannelBench::heard(int channel, int key)
{
    render(480, messages({{0x90 | (channel - 1), key, 127}}));
    const auto found = rises(render(24000));
    render(4800, messages({{0x80 | (channel - 1), key, 0}}));

    if (found.size() < 2)
        return -1000.0;

    const auto period = (found.back() - found.front()) / static_cast<double>(found.size() - 1);
    return 12.0 * std::log2(rate / period / hz) - (key - 60);
}

std::vector<double> rises(const juce::AudioBuffer<float>& audio)
{
    std::vector<double> found;

    for (int n = 1; n < audio.getNumSamples(); ++n)
    {
        const auto before = static_cast<double>(audio.getSample(0, n - 1));
        const auto here = static_cast<double>(audio.getSample(0, n));

        if (before < 0.0 && here >= 0.0)
            found.push_back(n - here / (here - before));
    }
    return found;
}
} // namespace harness
