#include "Audio/Bank/Sound.h"

#include "Audio/Bank/FileChunks.h"

namespace starling
{
namespace
{
constexpr int bits = 24;
constexpr float fullScale = 8388608.0f; // 2^23: floats hold 24-bit integers exactly
constexpr int maxFrames = 192000 * 60;  // a minute at the highest rate we expect
constexpr double lowestRate = 1000.0, highestRate = 1e6;
constexpr double int32Scale = 1.0 / 2147483648.0; // JUCE's integer readers fill the upper bits

float onGrid(float value) noexcept
{
    const auto clean = std::isfinite(value) ? value : 0.0f;
    return juce::jlimit(-fullScale, fullScale - 1.0f, std::round(clean * fullScale)) / fullScale;
}

bool isPlayable(const juce::AudioFormatReader& reader)
{
    return reader.numChannels > 0 && reader.lengthInSamples > 0 &&
           reader.lengthInSamples <= maxFrames && reader.sampleRate >= lowestRate &&
           reader.sampleRate <= highestRate;
}

/** False for a file that ends before its header claims. */
bool isWhole(const juce::AudioFormatReader& reader, juce::int64 fileSize)
{
    const auto frameBits = juce::int64{reader.numChannels} * reader.bitsPerSample;
    return reader.lengthInSamples * frameBits / 8 <= fileSize;
}

bool isAs(const juce::AudioFormatReader& reader, const SoundExtent& expected)
{
    return reader.lengthInSamples == expected.frames &&
           static_cast<int>(reader.numChannels) == expected.channels &&
           reader.sampleRate == expected.rate;
}

SoundPointer readAll(juce::AudioFormatReader& reader, SoundInfo info)
{
    if (!isPlayable(reader))
        return nullptr;

    const auto frames = static_cast<int>(reader.lengthInSamples);
    const auto channels = juce::jlimit(1, 2, static_cast<int>(reader.numChannels));
    juce::AudioBuffer<float> audio(channels, frames);

    if (!reader.read(&audio, 0, frames, 0, true, true))
        return nullptr;

    info.rate = reader.sampleRate;

    if (info.root == SoundInfo::rootOfFile)
        info.root = juce::jlimit(
            0, 127, reader.metadataValues.getValue("MidiUnityNote", "60").getIntValue());

    return std::make_shared<const Sound>(std::move(info), audio);
}
} // namespace

Sound::Sound(SoundInfo soundInfo, const juce::AudioBuffer<float>& source)
    : info(std::move(soundInfo)),
      audio(juce::jlimit(1, 2, source.getNumChannels()), source.getNumSamples() + 2 * padding)
{
    audio.clear();

    for (int c = 0; c < audio.getNumChannels(); ++c)
        for (int n = 0; n < source.getNumSamples(); ++n)
            audio.setSample(c, n + padding, onGrid(source.getSample(c, n)));
}

const juce::MemoryBlock& Sound::flac() const
{
    std::call_once(
        encoded,
        [this]
        {
            auto stream = std::make_unique<juce::MemoryOutputStream>(flacBytes, false);
            std::unique_ptr<juce::AudioFormatWriter> writer(juce::FlacAudioFormat().createWriterFor(
                stream.get(), info.rate, static_cast<unsigned int>(channels()), bits, {}, 5));

            if (writer == nullptr)
                return;

            stream.release(); // the writer deletes it
            writeTo(*writer);
        });
    return flacBytes;
}

/** Through integers, as JUCE's way from floats is a step short. */
bool Sound::writeTo(juce::AudioFormatWriter& writer) const
{
    juce::HeapBlock<int> samples(static_cast<size_t>(frames() * channels()));
    const int* pointers[3] = {samples, samples + frames() * (channels() - 1), nullptr};

    for (int c = 0; c < channels(); ++c)
        for (int n = 0; n < frames(); ++n)
            samples[c * frames() + n] = static_cast<int>(channel(c)[n] * fullScale) * 256;

    pointers[channels()] = nullptr;
    return writer.write(pointers, frames());
}

SoundPointer readSoundFile(const juce::File& file, SoundInfo info,
                           std::optional<SoundExtent> expected)
{
    auto stream = file.createInputStream();

    if (stream == nullptr || !hasItsChunks(*stream))
        return nullptr;

    std::unique_ptr<juce::AudioFormatReader> reader(
        juce::WavAudioFormat().createReaderFor(stream.release(), true));

    if (reader == nullptr || !isWhole(*reader, file.getSize()) ||
        (expected && !isAs(*reader, *expected)))
        return nullptr;

    return readAll(*reader, std::move(info));
}

SoundPointer decodeFlac(const juce::MemoryBlock& bytes, SoundInfo info)
{
    std::unique_ptr<juce::AudioFormatReader> reader(
        juce::FlacAudioFormat().createReaderFor(new juce::MemoryInputStream(bytes, false), true));

    if (reader == nullptr || !isPlayable(*reader))
        return nullptr;

    const auto frames = static_cast<int>(reader->lengthInSamples);
    const auto channels = juce::jlimit(1, 2, static_cast<int>(reader->numChannels));
    juce::HeapBlock<int> samples(static_cast<size_t>(frames * channels));
    int* pointers[2] = {samples, samples + frames * (channels - 1)};

    if (!reader->read(pointers, channels, 0, frames, false))
        return nullptr;

    juce::AudioBuffer<float> audio(channels, frames);

    for (int c = 0; c < channels; ++c)
        for (int n = 0; n < frames; ++n)
            audio.setSample(c, n, static_cast<float>(pointers[c][n] * int32Scale));

    info.rate = reader->sampleRate;
    return std::make_shared<const Sound>(std::move(info), audio);
}
} // namespace starling
