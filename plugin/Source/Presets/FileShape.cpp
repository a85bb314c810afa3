#include "Presets/FileShape.h"

#include "Audio/Bank/FileChunks.h"

namespace starling
{
namespace
{
constexpr int columnCount = 1024;           // at most: wider than the panel
constexpr double longestSeconds = 600.0;    // a part lies in these
constexpr juce::int64 mostFrames = 1 << 26; // of them at 96 kHz, whatever a header says

std::unique_ptr<juce::AudioFormatReader> readerOf(const juce::File& file)
{
    juce::WavAudioFormat wave;
    juce::AiffAudioFormat aiff;
    juce::FlacAudioFormat flac;
    juce::OggVorbisAudioFormat vorbis;

    for (auto* format : std::initializer_list<juce::AudioFormat*>{&wave, &aiff, &flac, &vorbis})
        if (format->canHandleFile(file))
            if (auto stream = file.createInputStream(); stream != nullptr && hasItsChunks(*stream))
                if (auto* reader = format->createReaderFor(stream.release(), true))
                    return std::unique_ptr<juce::AudioFormatReader>(reader);

    return nullptr;
}

juce::Range<float> levelsOf(juce::AudioFormatReader& reader, juce::int64 from, juce::int64 to)
{
    std::vector<juce::Range<float>> channels(reader.numChannels);
    reader.readMaxLevels(from, to - from, channels.data(), static_cast<int>(channels.size()));
    juce::Range<float> levels;

    for (const auto& each : channels)
        levels = levels.getUnionWith(each);

    return levels.getIntersectionWith({-1.0f, 1.0f});
}
} // namespace

std::shared_ptr<const FileShape> readFileShape(const juce::File& file)
{
    const auto reader = readerOf(file);

    if (reader == nullptr || reader->numChannels == 0 || reader->lengthInSamples <= 0 ||
        !(reader->sampleRate >= 1.0))
        return nullptr;

    const auto longest =
        juce::jmin(mostFrames, static_cast<juce::int64>(longestSeconds * reader->sampleRate));
    const auto frames = juce::jmin(reader->lengthInSamples, longest);
    const auto columns = juce::jmin<juce::int64>(columnCount, frames);
    auto shape = std::make_shared<FileShape>();
    shape->seconds = static_cast<double>(frames) / reader->sampleRate;

    for (juce::int64 n = 0; n < columns; ++n)
    {
        if (juce::Thread::currentThreadShouldExit())
            return nullptr; // closing the plugin need not wait for a slow disk

        shape->columns.push_back(
            levelsOf(*reader, n * frames / columns, (n + 1) * frames / columns));
    }
    return shape;
}
} // namespace starling
