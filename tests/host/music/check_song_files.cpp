// A song of the chip at its place in the host's time, and as files for other programs.
#include "music/playing_host.h"

#include "Music/SongFiles.h"

namespace harness
{
namespace
{
using starling::ChipSong;
using starling::SongSound;

/** Four beats: P1 on the first, TR on the third. */
std::shared_ptr<ChipSong> fourBeats()
{
    auto song = std::make_shared<ChipSong>();
    song->events = {{0.0, 0, 60, 100}, {1.0, 0, 60, 0}, {2.0, 2, 48, 100}, {3.0, 2, 48, 0}};
    song->beats = 4.0;
    song->name = "four.mid";
    return song;
}

void places(Checks& check)
{
    Host host;
    PlayingHost playing(host);
    host.set("chip", 1.0f);
    auto song = fourBeats();
    song->origin = 6.0;
    host.plugin.player.chips.song.choose(song);
    playing.transport.beat = 6.0;
    check.that(playing.play(601).joinIntoString(", ") ==
                   "0 90 60, 19200 80 60, 38400 92 48, 57600 82 48, 76800 90 60",
               "a song begins at its place in the host's time");
    check.that(std::abs(host.plugin.player.chips.song.shownBeat - 0.0) < 0.02,
               "and shows how far it is");
    playing.transport.isPlaying = false;
    playing.play(1);
    host.plugin.isListening = true;
    check.that(playing.play(1).joinIntoString(" ").contains(" 90 60"),
               "listened to, it plays from its first beat");

    juce::MidiFile file;
    file.setTicksPerQuarterNote(96);
    juce::MidiMessageSequence track;
    track.addEvent(juce::MidiMessage::noteOn(1, 60, juce::uint8{90}));
    track.addEvent(juce::MidiMessage::noteOff(1, 60).withTimeStamp(96));
    track.addEvent(juce::MidiMessage::endOfTrack().withTimeStamp(96 * 8));
    file.addTrack(track);
    juce::MemoryOutputStream out;
    file.writeTo(out);
    const auto read = starling::readSong(out.getMemoryBlock(), "rest.mid").song;
    check.that(read != nullptr && read->beats == 8.0, "a song may end with a rest");
}

void sounds(Checks& check)
{
    SongSound sound;
    sound.tempo = 150.0;
    sound.chip.envelope.release = 0.05f;
    const auto song = fourBeats();
    const auto rendered = starling::renderSong(song, sound);
    const auto beat = starling::RenderedSong::rate * 60 / 150;
    const auto peak = [&rendered](int from, int to)
    {
        auto result = 0.0f;

        for (int n = from; n < to; ++n)
            result = juce::jmax(result, std::abs(rendered.samples[static_cast<size_t>(n)]));

        return result;
    };
    check.that(static_cast<int>(rendered.samples.size()) == 4 * beat, "a song is as long as it is");
    check.that(peak(0, 50) > 0.02f && peak(beat / 2, beat) > 0.05f,
               "its first note begins with the file");
    check.that(peak(beat + beat / 2, 2 * beat) < 0.02f && peak(2 * beat, 2 * beat + 200) > 0.01f,
               "rests and later notes are where they are written");

    starling::Chips chips; // as a host in other blocks hears it
    chips.prepare(starling::RenderedSong::rate);
    chips.song.choose(song);
    std::vector<float> left(rendered.samples.size()), right(left.size());
    const starling::Channels channels;
    constexpr int block = 100;

    for (int at = 0; at + block <= static_cast<int>(left.size()); at += block)
    {
        const auto step = sound.tempo / 60.0 / starling::RenderedSong::rate;
        chips.song.follow({true, at * step, step});
        chips.begin(sound.chip, true);
        chips.render(left.data() + at, right.data() + at, block, channels.now(0.0));
    }
    const auto delay = starling::ChipRegisters::delay;
    check.that(std::equal(left.begin() + delay, left.end() - block, rendered.samples.begin()),
               "sample for sample what the plugin plays, without the chip's delay");

    auto muted = sound;
    muted.chip.voices[0].mute = true;
    const auto quiet = starling::renderSong(song, muted);
    check.that(std::all_of(quiet.samples.begin(), quiet.samples.begin() + 2 * beat - 50,
                           [](float sample) { return std::abs(sample) < 0.02f; }),
               "a muted voice is not in the file");
}

void files(Checks& check)
{
    const auto folder = juce::File::createTempFile("songs");
    auto song = fourBeats();
    song->file = juce::MemoryBlock("MThd", 4);
    SongSound sound;
    const auto write = [&](starling::SongFormat format)
    { return starling::exportSong(song, sound, format, folder); };
    const auto vgm = write(starling::SongFormat::vgm);
    const auto wav = write(starling::SongFormat::wav);
    const auto midi = write(starling::SongFormat::midi);
    juce::MemoryBlock bytes;
    check.that(midi.getFileName().startsWith("four ") && midi.hasFileExtension(".mid") &&
                   midi.loadFileAsData(bytes) && bytes == song->file,
               "the .mid is the song's own");
    juce::WavAudioFormat format;
    const std::unique_ptr<juce::AudioFormatReader> reader(
        format.createReaderFor(wav.createInputStream().release(), true));
    check.that(reader != nullptr && reader->sampleRate == 44100.0 && reader->numChannels == 1 &&
                   reader->lengthInSamples == 2 * 44100,
               "the .wav lasts the song's two seconds at 120 a minute");
    bytes.reset();
    check.that(vgm.loadFileAsData(bytes) && bytes.getSize() > 0xC0,
               "the .vgm has more than its header");
    const auto* data = static_cast<const juce::uint8*>(bytes.getData());
    const auto number = [data](int at) { return juce::ByteOrder::littleEndianInt(data + at); };
    check.that(std::memcmp(data, "Vgm ", 4) == 0 && number(0x08) == 0x161 &&
                   number(0x04) + 4 == bytes.getSize() && number(0x18) == 2u * 44100u &&
                   number(0x84) == 1789773u && data[bytes.getSize() - 1] == 0x66,
               "its header says version, size, length and clock");
    const auto modified = wav.getLastModificationTime();
    check.that(write(starling::SongFormat::wav) == wav && wav.getLastModificationTime() == modified,
               "the same sound is the same file");
    sound.chip.voices[0].timbre = 0;
    check.that(write(starling::SongFormat::wav) != wav, "another duty is another file");
    folder.deleteRecursively();
}
} // namespace

void checkSongFiles(Checks& check)
{
    places(check);
    sounds(check);
    files(check);
}
} // namespace harness
