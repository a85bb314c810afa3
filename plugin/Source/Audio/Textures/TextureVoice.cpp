#include "Audio/Textures/TextureVoice.h"

#include <cmath>

namespace starling
{
namespace
{
constexpr double stealSeconds = 0.003;   // as Voice's
constexpr double patienceSeconds = 0.25; // for the first frames after the key is up
constexpr int marginFrames = 2;          // of output: positions are rounded
} // namespace

void TextureVoice::start(TextureFeed& source, const NoteStart& start) noexcept
{
    feed = &source;
    note = start;
    flow = Flow::waiting;
    hasSounded = false;
    age = 0;
    heldFor = -1;
    position = 0.0;
    level = 0.0f;
    fade = 1.0f;
    fadeStep = 0.0f;
    held = true;
    sustained = false;
    envelope.stop();
}

void TextureVoice::noteOff() noexcept
{
    held = false;

    if (hasSounded)
        envelope.release();
    else if (heldFor < 0)
        heldFor = age;
}

void TextureVoice::fadeAway(double rate) noexcept
{
    if (!hasSounded || flow == Flow::waiting)
        stop();
    else
        fadeStep = static_cast<float>(1.0 / (stealSeconds * rate));
}

void TextureVoice::stop() noexcept
{
    feed = nullptr;
    held = sustained = false;
    heldFor = -1;
    fadeStep = 0.0f;
    envelope.stop();
}

double TextureVoice::speedFor(double shift, double outputRate) const noexcept
{
    const auto rate = feed->rate.load(std::memory_order_acquire);
    return rate / outputRate * std::exp2((note.shift + shift) / 12.0);
}

float TextureVoice::ahead() const noexcept
{
    const auto pace = isActive() ? feed->pace.load() : 0.0;
    const auto frames = pace > 0.0 ? static_cast<double>(feed->ring.written()) - position : 0.0;
    return pace > 0.0 ? static_cast<float>(frames / pace) : 0.0f;
}

bool TextureVoice::isReadyFor(int frames, double shift, double outputRate) noexcept
{
    const auto speed = speedFor(shift, outputRate);
    const auto output = frames + fadeSeconds * outputRate + marginFrames;
    const auto needed = static_cast<juce::int64>(std::ceil(position + output * speed));
    feed->pace = speed * outputRate;
    feed->wanted = needed + SampleRing::reach + 1;
    return feed->ring.finished() || (speed > 0.0 && feed->ring.written() >= feed->wanted.load());
}

/** A bounce has what it needs; otherwise the ring must hold its target, or all there will be. */
void TextureVoice::beginIfFilled(double speed, double outputRate) noexcept
{
    const auto isBounce = feed->wanted.load() >= 0;
    const auto seconds = isBounce ? fadeSeconds : bufferSeconds;
    const auto enough = (seconds * outputRate + marginFrames) * speed + SampleRing::reach;
    const auto finished = feed->ring.finished(); // before written(): all of it is there then
    const auto present = static_cast<double>(feed->ring.written()) - position;

    if (present < enough)
    {
        if (finished)
            stop();
        return;
    }
    flow = Flow::rising;

    if (std::exchange(hasSounded, true))
        return;

    envelope.start();
    note.releaseAfter = heldFor;
}

/** Before the first frames are there; false when a lifted key waited too long for them. */
bool TextureVoice::waitLonger(int frames, double outputRate) noexcept
{
    if (hasSounded)
        return true;

    age += frames;
    return heldFor < 0 || age - heldFor <= patienceSeconds * outputRate;
}

float TextureVoice::flowGain(double framesLeft, double fadeFrames) noexcept
{
    const auto step = static_cast<float>(1.0 / fadeFrames);

    if (flow == Flow::rising)
    {
        level = std::min(1.0f, level + step);
        flow = level >= 1.0f ? Flow::playing : flow;
    }
    else if (flow == Flow::falling)
    {
        level = std::min(level - step, static_cast<float>(framesLeft / fadeFrames));
        level = std::max(level, 0.0f);
        flow = level <= 0.0f ? Flow::waiting : flow;
    }
    return level;
}

float TextureVoice::sampleAt(const Kernel& kernel) const noexcept
{
    std::array<float, Kernel::taps> weights;
    const auto index = static_cast<juce::int64>(position);
    kernel.coefficients(position - static_cast<double>(index), weights);
    const auto begin = index - (Kernel::taps / 2 - 1);
    auto sum = 0.0f;

    for (int tap = 0; tap < Kernel::taps; ++tap)
        sum += weights[static_cast<size_t>(tap)] * feed->ring.at(begin + tap);

    return sum;
}

bool TextureVoice::render(float* left, float* right, int frames, double shift,
                          const VoiceSettings& settings, const Interpolator& interpolator) noexcept
{
    const auto speed = speedFor(shift, settings.rate);
    const auto fadeFrames = fadeSeconds * settings.rate;
    const auto& kernel = interpolator.forSpeed(speed);
    auto ranDry = false;
    feed->pace = speed * settings.rate;

    if (flow == Flow::waiting)
        beginIfFilled(speed, settings.rate);

    if (isActive() && flow == Flow::waiting && !waitLonger(frames, settings.rate))
        stop();

    for (int n = 0; n < frames && isActive(); ++n)
    {
        if (hasSounded && note.releaseAfter >= 0 && note.releaseAfter-- == 0)
            envelope.release();

        const auto gain = note.gain * (hasSounded ? envelope.next(settings.envelope) : 0.0f);
        fade -= fadeStep;

        if ((hasSounded && !envelope.isActive()) || fade <= 0.0f)
            stop();
        else if (flow != Flow::waiting)
        {
            const auto playable = feed->ring.written() - SampleRing::reach - 1;
            const auto framesLeft = (static_cast<double>(playable) - position) / speed;

            if (flow != Flow::falling && framesLeft <= fadeFrames)
            {
                flow = Flow::falling;
                ranDry = !feed->ring.finished();
            }
            const auto sample = flowGain(framesLeft, fadeFrames) * gain * fade * sampleAt(kernel);
            left[n] += sample;
            right[n] += sample;
            position += speed;
        }
    }

    if (isActive())
        feed->ring.keepFrom(static_cast<juce::int64>(position));

    return ranDry;
}
} // namespace starling
