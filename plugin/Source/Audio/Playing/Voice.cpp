#include "Audio/Playing/Voice.h"

#include <cmath>

namespace starling
{
namespace
{
constexpr double stealSeconds = 0.003; // short enough to be unheard, long enough not to click
constexpr double edgeFrames = 96.0;    // output frames of fade where start or length cut the sound
} // namespace

void Voice::start(Delivery& newDelivery, SoundBank& bank, const NoteStart& start) noexcept
{
    stop();
    bank.retain(newDelivery);
    delivery = &newDelivery;
    owner = &bank;
    note = start;
    const auto frames = static_cast<double>(newDelivery.sound->frames());
    first = std::floor(frames * start.from);
    last = first + std::ceil((frames - first) * start.length);
    position = first;
    fade = 1.0f;
    fadeStep = 0.0f;
    held = true;
    sustained = false;
    envelope.start();
}

void Voice::fadeAway(double rate) noexcept
{
    fadeStep = static_cast<float>(1.0 / (stealSeconds * rate));
}

void Voice::stop() noexcept
{
    if (delivery != nullptr)
        owner->release(*delivery);

    delivery = nullptr;
    held = sustained = false;
    fadeStep = 0.0f;
    envelope.stop();
}

float Voice::edgeGain(double speed) const noexcept
{
    const auto width = edgeFrames * speed;
    auto gain = 1.0;

    if (first > 0.0 && position - first < width)
        gain = (position - first) / width;

    if (last < delivery->sound->frames() && last - position < width)
        gain = std::min(gain, (last - position) / width);

    return static_cast<float>(std::max(gain, 0.0));
}

void Voice::render(float* left, float* right, int frames, double shift,
                   const VoiceSettings& settings, const Interpolator& interpolator) noexcept
{
    const auto& sound = *delivery->sound;
    const auto speed = sound.info.rate / settings.rate * std::exp2((note.shift + shift) / 12.0);
    const auto& kernel = interpolator.forSpeed(speed);
    const auto exact = speed == 1.0 && position == std::floor(position);
    const auto trimmed = first > 0.0 || last < sound.frames();
    const float* source[2] = {sound.channel(0), sound.channel(1)};
    std::array<float, Kernel::taps> weights;

    for (int n = 0; n < frames; ++n)
    {
        if (note.releaseAfter >= 0 && note.releaseAfter-- == 0)
            noteOff();

        auto gain = note.gain * envelope.next(settings.envelope);
        fade -= fadeStep;

        if (position >= last || !envelope.isActive() || fade <= 0.0f)
            return stop();

        if (isFading())
            gain *= fade;

        if (trimmed)
            gain *= edgeGain(speed);

        const auto index = static_cast<int>(position);
        float sum[2] = {source[0][index], source[1][index]};

        if (!exact)
        {
            sum[0] = sum[1] = 0.0f;
            kernel.coefficients(position - index, weights);
            const auto begin = index - (Kernel::taps / 2 - 1);

            for (int tap = 0; tap < Kernel::taps; ++tap)
                sum[0] += weights[static_cast<size_t>(tap)] * source[0][begin + tap];

            if (source[1] != source[0])
                for (int tap = 0; tap < Kernel::taps; ++tap)
                    sum[1] += weights[static_cast<size_t>(tap)] * source[1][begin + tap];
            else
                sum[1] = sum[0];
        }

        left[n] += gain * sum[0];
        right[n] += gain * sum[1];
        position += speed;
    }
}
} // namespace starling
