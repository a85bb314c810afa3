#include "Audio/Playing/Capture.h"

namespace starling
{
void Capture::prepare(double sampleRate)
{
    rate = sampleRate;
}

void Capture::write(const juce::AudioBuffer<float>& input) noexcept
{
    const auto frames = input.getNumSamples();

    if (input.getNumChannels() == 0 || frames == 0)
        return;

    peak = juce::jmax(peak.load() * 0.95f, input.getMagnitude(0, frames));

    if (!recording.load(std::memory_order_acquire) || fifo.getFreeSpace() < frames)
        return;

    const auto scope = fifo.write(frames);

    for (int c = 0; c < 2; ++c)
    {
        const auto source = juce::jmin(c, input.getNumChannels() - 1);
        ring.copyFrom(c, scope.startIndex1, input, source, 0, scope.blockSize1);

        if (scope.blockSize2 > 0)
            ring.copyFrom(c, scope.startIndex2, input, source, scope.blockSize1, scope.blockSize2);
    }
}

void Capture::start()
{
    tick(); // drop what an earlier recording left
    left.clear();
    right.clear();
    recordedSeconds = 0.0f;
    recording.store(true, std::memory_order_release);
}

bool Capture::tick()
{
    const auto ready = fifo.getNumReady();

    if (ready > 0)
    {
        const auto scope = fifo.read(ready);
        scope.forEach(
            [this](int index)
            {
                left.push_back(ring.getSample(0, index));
                right.push_back(ring.getSample(1, index));
            });
    }

    if (!isRecording())
        return false;

    recordedSeconds = static_cast<float>(static_cast<double>(left.size()) / rate.load());
    return recordedSeconds.load() >= maxSeconds;
}

bool Capture::stop(const juce::File& file)
{
    recording = false;
    tick();
    const auto frames = static_cast<int>(left.size());
    auto stream = frames == 0 ? nullptr : file.createOutputStream();

    if (stream == nullptr)
        return false;

    std::unique_ptr<juce::AudioFormatWriter> writer(
        juce::WavAudioFormat().createWriterFor(stream.get(), rate.load(), 2, 32, {}, 0));

    if (writer == nullptr)
        return false;

    stream.release(); // the writer deletes it
    const float* channels[2] = {left.data(), right.data()};
    return writer->writeFromFloatArrays(channels, 2, frames);
}
} // namespace starling
