#include "chips/chip_bench.h"

#include <complex>

namespace harness
{
namespace
{
constexpr double pi = juce::MathConstants<double>::pi;

/** A partial through a Hann window. */
std::complex<double> partial(const float* samples, int size, int from, double hz, double rate)
{
    std::complex<double> sum = 0.0;

    for (int n = 0; n < size; ++n)
    {
        const auto window = 0.5 - 0.5 * std::cos(2.0 * pi * n / size);
        sum += window * static_cast<double>(samples[from + n]) *
               std::polar(1.0, -2.0 * pi * hz * (from + n) / rate);
    }
    return sum * 4.0 / static_cast<double>(size);
}
} // namespace

juce::MidiBuffer on(int channel, int key, int velocity)
{
    juce::MidiBuffer midi;
    midi.addEvent(juce::MidiMessage::noteOn(channel, key, static_cast<juce::uint8>(velocity)), 0);
    return midi;
}

juce::MidiBuffer off(int channel, int key)
{
    juce::MidiBuffer midi;
    midi.addEvent(juce::MidiMessage::noteOff(channel, key), 0);
    return midi;
}

double loudness(const juce::AudioBuffer<float>& audio, int from, int size)
{
    const auto count = size < 0 ? audio.getNumSamples() - from : size;
    double sum = 0.0, squares = 0.0;

    for (int n = 0; n < count; ++n)
    {
        const auto sample = static_cast<double>(audio.getSample(0, from + n));
        sum += sample;
        squares += sample * sample;
    }
    return std::sqrt(juce::jmax(0.0, squares / count - sum * sum / count / count));
}

bool same(const juce::AudioBuffer<float>& a, const juce::AudioBuffer<float>& b, int from, int size)
{
    auto equal = true;

    for (int channel = 0; channel < 2; ++channel)
        equal = equal &&
                std::equal(a.getReadPointer(channel, from), a.getReadPointer(channel, from) + size,
                           b.getReadPointer(channel, from));

    return equal && loudness(a) > 0.001;
}

double measuredHz(const juce::AudioBuffer<float>& audio, double near, double rate)
{
    const auto size = audio.getNumSamples() / 2;
    const auto step = size / 8; // the phase must not move by half a turn
    const auto* samples = audio.getReadPointer(0);
    const auto first = partial(samples, size, 0, near, rate);
    const auto second = partial(samples, size, step, near, rate);
    return near + std::arg(second / first) / (2.0 * pi * step / rate);
}

double amplitude(const juce::AudioBuffer<float>& audio, double hz, double rate)
{
    return std::abs(partial(audio.getReadPointer(0), audio.getNumSamples(), 0, hz, rate));
}

double repeatsAfter(const juce::AudioBuffer<float>& audio, int frames)
{
    const auto* x = audio.getReadPointer(0);
    double both = 0.0, mine = 0.0, later = 0.0;

    for (int n = 0; n + frames < audio.getNumSamples(); ++n)
    {
        const auto a = static_cast<double>(x[n]), b = static_cast<double>(x[n + frames]);
        both += a * b;
        mine += a * a;
        later += b * b;
    }
    return both / std::sqrt(juce::jmax(1e-12, mine * later));
}

double outputGain(double hz)
{
    const auto high = [hz](double cutoff) { return hz / std::hypot(hz, cutoff); };
    return high(90.0) * high(440.0) / std::hypot(1.0, hz / 14000.0);
}
} // namespace harness
