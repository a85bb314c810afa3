#include "Sounds/Textures/Prime.h"

#include "Audio/Bank/FileChunks.h"

namespace starling
{
namespace
{
constexpr double mostSeconds = 60.0; // what the engine takes of a prime
constexpr int bits = 24;
constexpr double lowestRate = 4000.0, highestRate = 384000.0;

juce::AudioBuffer<float> mixed(const juce::AudioBuffer<float>& audio)
{
    juce::AudioBuffer<float> result(1, audio.getNumSamples());
    result.clear();

    for (int c = 0; c < audio.getNumChannels(); ++c)
        result.addFrom(0, 0, audio, c, 0, audio.getNumSamples(),
                       1.0f / static_cast<float>(audio.getNumChannels()));

    return result;
}
} // namespace

SoundPointer readPrime(const juce::File& file)
{
    std::unique_ptr<juce::InputStream> stream(file.createInputStream());

    if (stream == nullptr || !hasItsChunks(*stream))
        return nullptr;

    juce::AudioFormatManager formats;
    formats.registerBasicFormats();
    const std::unique_ptr<juce::AudioFormatReader> reader(
        formats.createReaderFor(std::move(stream)));

    if (reader == nullptr || reader->lengthInSamples <= 0 || reader->sampleRate < lowestRate ||
        reader->sampleRate > highestRate || reader->numChannels == 0)
        return nullptr;

    const auto most = static_cast<juce::int64>(mostSeconds * reader->sampleRate);
    const auto frames = juce::jmin(most, reader->lengthInSamples);
    juce::AudioBuffer<float> audio(juce::jlimit(1, 2, static_cast<int>(reader->numChannels)),
                                   static_cast<int>(frames));

    if (!reader->read(&audio, 0, static_cast<int>(frames), reader->lengthInSamples - frames, true,
                      true))
        return nullptr;

    const auto recipe = reader->metadataValues[juce::WavAudioFormat::riffInfoComment2];
    const SoundInfo info{file.getFileName(), recipe, reader->sampleRate};
    return std::make_shared<const Sound>(info, mixed(audio));
}

std::optional<juce::String> PrimeFile::pathFor(const SoundPointer& prime)
{
    if (prime == nullptr)
        return juce::String();

    if (written == prime && file.existsAsFile())
        return file.getFullPathName();

    const auto fresh = inbox.newFile("prime.wav");
    auto stream = fresh ? fresh->createOutputStream() : nullptr;

    if (stream == nullptr)
        return {};

    juce::StringPairArray about; // a model's own sound has its level already: its recipe says so
    about.set(juce::WavAudioFormat::riffInfoComment2, prime->info.recipe);
    const std::unique_ptr<juce::AudioFormatWriter> writer(juce::WavAudioFormat().createWriterFor(
        stream.get(), prime->info.rate, static_cast<unsigned>(prime->channels()), bits, about, 0));

    if (writer == nullptr)
        return {};

    stream.release(); // the writer's by now

    if (!prime->writeTo(*writer))
        return {};

    written = prime;
    file = *fresh;
    return file.getFullPathName();
}
} // namespace starling
