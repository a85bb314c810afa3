// A written piece on the chip: what is read of a MIDI file, and that it plays in time with the
// host.
#include "chips/chip_bench.h"
#include "music/playing_host.h"
#include "projects/saved_project.h"

namespace harness
{
namespace
{
using starling::readSong;
using starling::SongEvent;

juce::MidiMessage at(double tick, juce::MidiMessage message)
{
    message.setTimeStamp(tick);
    return message;
}

juce::MidiMessage begins(double tick, int channel, int key, int velocity)
{
    return at(tick, juce::MidiMessage::noteOn(channel, key, static_cast<juce::uint8>(velocity)));
}

juce::MidiMessage ends(double tick, int channel, int key)
{
    return at(tick, juce::MidiMessage::noteOff(channel, key));
}

using Tracks = std::vector<std::pair<juce::String, std::vector<juce::MidiMessage>>>;

/** A track for each list, a name in front of it unless it is empty. */
juce::MemoryBlock midiFile(const Tracks& tracks, int ticksPerBeat = 96)
{
    juce::MidiFile file;
    file.setTicksPerQuarterNote(ticksPerBeat);

    for (const auto& [name, messages] : tracks)
    {
        juce::MidiMessageSequence sequence;

        if (name.isNotEmpty())
            sequence.addEvent(juce::MidiMessage::textMetaEvent(3, name));

        for (const auto& message : messages)
            sequence.addEvent(message);

        file.addTrack(sequence);
    }
    juce::MemoryOutputStream out;
    file.writeTo(out);
    return out.getMemoryBlock();
}

/** Two beats: P1 plays C on the first and E on the second, TR the whole time. */
juce::MemoryBlock twoBeats()
{
    return midiFile({{"",
                      {begins(0, 1, 60, 100), ends(96, 1, 60), begins(96, 1, 64, 100),
                       ends(192, 1, 64), begins(0, 3, 48, 100), ends(192, 3, 48)}}});
}

bool isEvent(const SongEvent& event, double beat, int voice, int key, int velocity)
{
    return event.beat == beat && event.voice == voice && event.key == key &&
           event.velocity == velocity;
}

void reading(Checks& check)
{
    const auto song = readSong(twoBeats(), "two.mid").song;
    check.that(song != nullptr && song->beats == 2.0 && song->events.size() == 6 &&
                   isEvent(song->events[0], 0.0, 0, 60, 100) &&
                   isEvent(song->events[2], 1.0, 0, 60, 0) &&
                   isEvent(song->events[3], 1.0, 0, 64, 100),
               "notes on channels 1 to 4 are the voices', ends before begins");

    const auto named = readSong(midiFile({{"lead", {begins(0, 1, 70, 90), ends(96, 1, 70)}},
                                          {"P2", {begins(0, 1, 60, 15), ends(48, 1, 60)}},
                                          {"noise", {begins(0, 10, 40, 7), ends(48, 10, 40)}}}),
                                "named.mid")
                           .song;
    check.that(named != nullptr && named->beats == 1.0 && named->events.size() == 4 &&
                   isEvent(named->events[0], 0.0, 1, 60, 15) &&
                   isEvent(named->events[1], 0.0, 3, 40, 7),
               "tracks named as voices are those, whatever their channels");

    const auto nesmdb = readSong(midiFile({{"p1", {begins(0, 1, 60, 15), ends(22050, 1, 60)}},
                                           {"tr", {begins(0, 3, 50, 1), ends(22050, 3, 50)}},
                                           {"no", {begins(0, 10, 16, 7), ends(22050, 10, 16)}}},
                                          22050),
                                 "nesmdb.mid")
                            .song;
    check.that(nesmdb != nullptr && nesmdb->beats == 1.0 && nesmdb->events.size() == 6 &&
                   isEvent(nesmdb->events[0], 0.0, 0, 60, 127) &&
                   isEvent(nesmdb->events[1], 0.0, 2, 50, 127) &&
                   isEvent(nesmdb->events[2], 0.0, 3, 51, 59),
               "files in nesmdb's conventions have velocities of sixteen steps, noises 1 to 16");

    const auto chord = readSong(midiFile({{"",
                                           {begins(0, 2, 60, 80), begins(48, 2, 64, 80),
                                            ends(96, 2, 60), ends(144, 2, 64)}}}),
                                "chord.mid")
                           .song;
    check.that(chord != nullptr && chord->events.size() == 4 && chord->beats == 2.0 &&
                   isEvent(chord->events[1], 0.5, 1, 60, 0) &&
                   isEvent(chord->events[3], 1.5, 1, 64, 0),
               "a note ends where the next of its voice begins");
}

void refusing(Checks& check)
{
    const auto says = [](const juce::MemoryBlock& bytes, const char* sentence)
    {
        const auto read = readSong(bytes, "a.mid");
        return read.song == nullptr && read.error.contains(sentence);
    };
    check.that(says({"RIFF....", 8}, "no MIDI file"), "what is no MIDI file is refused");
    check.that(says(midiFile({{"", {begins(0, 9, 60, 80), ends(96, 9, 60)}}}), "channels 1 to 4"),
               "and one with no notes for the chip, in a sentence");
    check.that(says(midiFile({{"", {ends(96, 1, 60)}}}), "no notes"),
               "and one that only ends some");
    juce::MemoryBlock large(5 << 20, true);
    check.that(says(large, "4 MB"), "and one that is too large");
    check.that(readSong(juce::File("/nowhere/a.mid")).error.contains("a.mid cannot be read"),
               "and one that is not there");
}

/** A host whose transport runs while the chip plays two beats. */
struct SongHost : Host, PlayingHost
{
    SongHost() : PlayingHost(static_cast<Host&>(*this))
    {
        set("chip", 1.0f);
        set("release", 0.0f);
        plugin.player.chips.song.choose(readSong(twoBeats(), "two.mid").song);
    }
};

void inTime(Checks& check)
{
    SongHost playing;
    const auto first = playing.play(301);
    check.that(first.joinIntoString(", ") ==
                   "0 90 60, 0 92 48, 19200 80 60, 19200 90 64, 38400 80 64, 38400 82 48, "
                   "38400 90 60, 38400 92 48",
               "a song plays at the host's tempo, over and over, and the host gets its notes");
    playing.transport.tempo = 75.0;
    const auto slower = playing.play(300);
    check.that(slower.joinIntoString(", ") == "76672 80 60, 76672 90 64",
               "half the tempo: the next beat is twice as far");
    playing.transport.beat = 1.5;
    check.that(playing.play(1).size() == 2, "a jump ends what sounds");
    playing.transport.beat = 2.0;
    playing.play(1);
    playing.transport.isPlaying = false;
    const auto stopped = playing.play(2);
    check.that(stopped.size() == 2 && stopped[0].contains(" 80 60"), "so does a stop");
    check.that(playing.play(20, on(1, 50)).isEmpty(), "keys from the host are not sent back");

    playing.host.plugin.isListening = true;
    check.that(playing.play(2).size() == 2, "a song is listened to while the host stands");
    playing.host.plugin.isListening = false;
    playing.play(2);
    playing.host.set("chip", 0.0f);
    playing.transport.isPlaying = true;
    check.that(playing.play(200).isEmpty(), "off the keys, the chip plays no song");
}

void sounding(Checks& check)
{
    SongHost song, keys;
    keys.host.plugin.player.chips.song.choose(nullptr);
    auto equal = true, any = false;
    juce::MidiBuffer begin;
    begin.addEvents(on(1, 60, 100), 0, -1, 0);
    begin.addEvents(on(3, 48, 100), 0, -1, 0);

    for (int block = 0; block < 100; ++block)
    {
        song.play(1);
        keys.play(1, block == 0 ? begin : juce::MidiBuffer());
        equal = equal && std::equal(song.host.audio.getReadPointer(0),
                                    song.host.audio.getReadPointer(0) + Host::block,
                                    keys.host.audio.getReadPointer(0));
        any = any || song.host.audio.getMagnitude(0, 0, Host::block) > 0.05f;
    }
    check.that(equal && any, "it sounds as the same notes from the keys do");

    SongHost bypassed;
    bypassed.play(2);
    juce::MidiBuffer out = on(1, 70);
    bypassed.host.plugin.processBlockBypassed(bypassed.host.audio, out);
    check.that(out.getNumEvents() == 2, "bypassed, it ends its notes and passes no others on");
}

void saving(Checks& check)
{
    starling::PluginProcessor saved, loaded, older;
    saved.parameters.get("chip").setValueNotifyingHost(1.0f);
    saved.parameters.get("p1duty").setValueNotifyingHost(0.0f);
    saved.player.chips.song.choose(readSong(twoBeats(), "two.mid").song);
    juce::MemoryBlock bytes, again;
    saved.getStateInformation(bytes);
    loaded.setStateInformation(bytes.getData(), static_cast<int>(bytes.getSize()));
    loaded.getStateInformation(again);
    const auto song = loaded.player.chips.song.chosen();
    check.that(song != nullptr && song->name == "two.mid" && song->file == twoBeats() &&
                   loaded.parameters.playerSettings().chip &&
                   loaded.parameters.chipSettings().voices[0].timbre == 0,
               "the chip and its song come back with a project");
    check.that(bytes == again, "saved again with the same bytes");

    starling::PluginProcessor plain;
    const auto old = oldPayload(savedBytes(plain)); // before the chip
    check.that(opens(loaded, projectOf(4, old)) && loaded.player.chips.song.chosen() == nullptr &&
                   !loaded.parameters.playerSettings().chip,
               "a project of format 4 loads, without a song");
}
} // namespace

void checkSong(Checks& check)
{
    reading(check);
    refusing(check);
    inTime(check);
    sounding(check);
    saving(check);
}
} // namespace harness
