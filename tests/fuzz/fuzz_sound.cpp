// Sound files, and the FLAC of projects.
#include "Audio/Bank/Sound.h"
#include "seeds.h"

#include <juce_audio_formats/juce_audio_formats.h>

using namespace starling;

namespace
{
const juce::File& file()
{
    static const auto made = juce::File::createTempFile("wav");
    return made;
}

juce::MemoryBlock wave()
{
    juce::AudioBuffer<float> audio(1, 60);
    audio.clear();
    juce::MemoryBlock bytes;
    std::unique_ptr<juce::AudioFormatWriter> writer(juce::WavAudioFormat().createWriterFor(
        new juce::MemoryOutputStream(bytes, false), 44100.0, 1, 16, {}, 0));
    writer->writeFromAudioSampleBuffer(audio, 0, 60);
    return bytes;
}
} // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments)
{
    juce::AudioBuffer<float> audio(2, 300);
    audio.clear();
    const Sound sound({"id", "{}", 44100.0, 300}, audio);
    fuzz::plant(*count, *arguments, "wave", wave());
    fuzz::plant(*count, *arguments, "flac", sound.flac());
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const juce::MemoryBlock bytes(data, size);
    decodeFlac(bytes, {"id", "{}", 44100.0, 300});
    file().replaceWithData(data, size);
    readSoundFile(file(), {"id", "{}", 44100.0, 300});
    return 0;
}
