#include "Music/SongFiles.h"

#include <juce_audio_formats/juce_audio_formats.h>

namespace starling
{
namespace
{
constexpr int block = 256;
constexpr int bits = 24;
constexpr double longestTail = 20.0; // seconds: more than an envelope's release
constexpr int idLength = 8;
constexpr const char* suffixTable[] = {".mid", ".vgm", ".wav"};

// The VGM specification's fields and commands.
constexpr int headerSize = 0xC0;
constexpr int chipWrite = 0xB4, wait = 0x61, endOfData = 0x66;
constexpr int longestWait = 0xFFFF; // samples
constexpr std::pair<int, int> fieldTable[] = {
    {0x08, 0x161}, {0x34, headerSize - 0x34}, {0x84, ChipRegisters::clock}};
constexpr int endField = 0x04, samplesField = 0x18;

/** Changes with everything that is heard of it. */
juce::String nameOf(const ChipSong& song, const SongSound& sound)
{
    juce::String all;
    all << song.file.toBase64Encoding() << " " << sound.tempo << " " << sound.tune;
    const auto& envelope = sound.chip.envelope;

    for (const auto value : {envelope.attack, envelope.decay, envelope.sustain, envelope.release})
        all << " " << value;

    for (const auto& voice : sound.chip.voices)
        all << " " << voice.timbre << " " << voice.level << " " << (voice.mute ? 1 : 0);

    return song.name.upToLastOccurrenceOf(".mid", false, true) + " " +
           juce::String::toHexString(all.hashCode64()).substring(0, idLength);
}

juce::MemoryBlock wavOf(const RenderedSong& rendered)
{
    juce::MemoryBlock bytes;
    auto stream = std::make_unique<juce::MemoryOutputStream>(bytes, false);
    std::unique_ptr<juce::AudioFormatWriter> writer(
        juce::WavAudioFormat().createWriterFor(stream.get(), RenderedSong::rate, 1, bits, {}, 0));

    if (writer == nullptr)
        return {};

    stream.release(); // the writer's by now
    const float* channels[] = {rendered.samples.data()};
    writer->writeFromFloatArrays(channels, 1, static_cast<int>(rendered.samples.size()));
    writer = nullptr; // completes the bytes
    return bytes;
}

juce::MemoryBlock bytesOf(const ChipSongPointer& song, const SongSound& sound, SongFormat format)
{
    if (format == SongFormat::midi)
        return song->file;

    const auto rendered = renderSong(song, sound);
    return format == SongFormat::vgm ? vgmOf(rendered) : wavOf(rendered);
}
} // namespace

RenderedSong renderSong(const ChipSongPointer& song, const SongSound& sound)
{
    const auto chips = std::make_unique<Chips>();
    RegisterLog log;
    RenderedSong result;
    chips->prepare(RenderedSong::rate);
    chips->logTo(&log);
    chips->song.choose(song);
    const auto beatsPerFrame = sound.tempo / (60.0 * RenderedSong::rate);
    const auto end = static_cast<std::int64_t>(std::ceil(song->beats / beatsPerFrame));
    const auto last = end + static_cast<std::int64_t>(longestTail * RenderedSong::rate);
    const Channels channels; // that no message moves
    std::array<float, block> left, right;

    for (std::int64_t at = 0; at < end || (chips->sounding() > 0 && at < last);)
    {
        const auto frames =
            static_cast<int>(at < end ? std::min<std::int64_t>(block, end - at) : block);
        left.fill(0.0f);
        right.fill(0.0f);
        SongPosition position;
        position.isPlaying = at < end;
        position.isOwn = true;
        position.beat = static_cast<double>(at) * beatsPerFrame;
        position.beatsPerFrame = beatsPerFrame;
        chips->song.follow(position);
        chips->begin(sound.chip, true);
        chips->render(left.data(), right.data(), frames, channels.now(sound.tune));
        result.samples.insert(result.samples.end(), left.begin(), left.begin() + frames);
        at += frames;
    }
    constexpr auto delay = ChipRegisters::delay;
    result.samples.erase(result.samples.begin(), result.samples.begin() + delay);
    result.samples.resize(result.samples.size() + delay, 0.0f); // nothing sounds there
    result.writes = std::move(log.writes);
    return result;
}

juce::MemoryBlock vgmOf(const RenderedSong& rendered)
{
    juce::MemoryOutputStream data;
    std::int64_t now = 0;
    const auto waitUntil = [&](std::int64_t frame)
    {
        for (; now < frame; now += std::min<std::int64_t>(longestWait, frame - now))
        {
            data.writeByte(static_cast<char>(wait));
            data.writeShort(static_cast<short>(std::min<std::int64_t>(longestWait, frame - now)));
        }
    };

    for (const auto& write : rendered.writes)
    {
        waitUntil(write.frame);
        data.writeByte(static_cast<char>(chipWrite));
        data.writeByte(static_cast<char>(write.address));
        data.writeByte(static_cast<char>(write.value));
    }
    const auto samples = static_cast<std::int64_t>(rendered.samples.size());
    waitUntil(samples);
    data.writeByte(static_cast<char>(endOfData));

    juce::MemoryBlock file(headerSize, true);
    const auto set = [&file](int at, std::int64_t value)
    {
        const auto bytes = juce::ByteOrder::swapIfBigEndian(static_cast<juce::uint32>(value));
        file.copyFrom(&bytes, at, sizeof(bytes));
    };
    file.copyFrom("Vgm ", 0, 4);

    for (const auto& [at, value] : fieldTable)
        set(at, value);

    set(samplesField, samples);
    set(endField, headerSize + static_cast<std::int64_t>(data.getDataSize()) - endField);
    file.append(data.getData(), data.getDataSize());
    return file;
}

juce::File exportSong(const ChipSongPointer& song, const SongSound& sound, SongFormat format,
                      const juce::File& folder)
{
    const auto name = nameOf(*song, sound) + suffixTable[static_cast<size_t>(format)];
    const auto file = folder.getChildFile(juce::File::createLegalFileName(name));

    if (file.existsAsFile())
        return file;

    const auto bytes = bytesOf(song, sound, format);
    const auto isWritten = bytes.getSize() > 0 && folder.createDirectory() &&
                           file.replaceWithData(bytes.getData(), bytes.getSize());
    return isWritten ? file : juce::File();
}
} // namespace starling
