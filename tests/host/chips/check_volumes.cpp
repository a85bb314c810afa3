// Volumes and duties of a song while its notes sound: from its file to the chip and to the host.
#include "chips/chip_bench.h"

#include <map>

namespace harness
{
namespace
{
using starling::ChipSong;
using starling::SongEvent;

juce::MidiMessage at(double tick, juce::MidiMessage message)
{
    return message.withTimeStamp(tick);
}

/** One track of a file, its name in front. */
juce::MemoryBlock fileOf(const char* name, const std::vector<juce::MidiMessage>& messages,
                         int ticksPerBeat)
{
    juce::MidiFile file;
    file.setTicksPerQuarterNote(ticksPerBeat);
    juce::MidiMessageSequence track;
    track.addEvent(juce::MidiMessage::textMetaEvent(3, name));

    for (const auto& message : messages)
        track.addEvent(message);

    file.addTrack(track);
    juce::MemoryOutputStream out;
    file.writeTo(out);
    return out.getMemoryBlock();
}

/** A beat of P1, soft from its half on and in another duty; a rest. */
juce::MemoryBlock fading()
{
    using Message = juce::MidiMessage;
    return fileOf(
        "p1",
        {at(0, Message::controllerEvent(1, 12, 1)), at(0, Message::noteOn(1, 60, juce::uint8{12})),
         at(11025, Message::controllerEvent(1, 11, 3)),
         at(11025, Message::controllerEvent(1, 12, 2)), at(22050, Message::noteOff(1, 60)),
         at(44100, Message::controllerEvent(1, 12, 0))},
        starling::nesmdbResolution);
}

juce::String lineOf(const SongEvent& event)
{
    const char* kind = event.isChange ? "change" : event.begins() ? "begin" : "end";
    return juce::String(event.beat, 6) + " " + juce::String(event.voice) + " " + kind + " " +
           juce::String(event.key) + " " + juce::String(event.velocity) + " " +
           juce::String(event.expression) + " " +
           juce::String(juce::roundToInt(15.0 * event.loudness())) + " " +
           juce::String(event.timbre);
}

juce::String linesOf(const ChipSong& song)
{
    juce::StringArray lines;

    for (const auto& event : song.events)
        lines.add(lineOf(event));

    return lines.joinIntoString("\n");
}

void reading(Checks& check)
{
    check.that(linesOf(*starling::readSong(fading(), "fading.mid").song) ==
                   "0.000000 0 begin 60 102 127 12 1\n"
                   "0.500000 0 change 60 102 63 3 2\n"
                   "1.000000 0 end 60 0 127 0 -1",
               "a score's volumes and duties are the chip's while its note sounds");

    using Message = juce::MidiMessage;
    const auto plain = fileOf(
        "p1",
        {at(0, Message::noteOn(1, 60, juce::uint8{100})),
         at(48, Message::controllerEvent(1, 11, 64)), at(48, Message::controllerEvent(1, 12, 3)),
         at(96, Message::noteOff(1, 60)), at(96, Message::noteOn(1, 62, juce::uint8{100})),
         at(144, Message::allControllersOff(1)), at(192, Message::noteOff(1, 62))},
        96);
    check.that(linesOf(*starling::readSong(plain, "plain.mid").song) ==
                   "0.000000 0 begin 60 100 127 12 -1\n"
                   "0.500000 0 change 60 100 64 3 -1\n"
                   "1.000000 0 end 60 0 127 0 -1\n"
                   "1.000000 0 begin 62 100 64 3 -1\n"
                   "1.500000 0 change 62 100 127 12 -1\n"
                   "2.000000 0 end 62 0 127 0 -1",
               "elsewhere controller 11 is expression, and 12 nothing");
}

/** What a pulse's first register says at so many beats of a song, at a level. */
std::map<int, int> registersOf(const juce::MemoryBlock& file, int level, int frames = 44100)
{
    starling::Chips chips;
    starling::RegisterLog log;
    chips.prepare(44100.0);
    chips.logTo(&log);
    starling::ChipSettings settings;
    settings.voices[0].level = level;
    settings.envelope = {};
    settings.envelope.release = 0.0f;
    chips.song.choose(starling::readSong(file, "a.mid").song);
    std::vector<float> left(static_cast<size_t>(frames)), right(left.size());
    chips.song.follow({true, 0.0, 2.0 / 44100.0});
    chips.begin(settings, true);
    chips.render(left.data(), right.data(), frames, starling::Channels().now(0.0));
    std::map<int, int> result;

    for (const auto& write : log.writes)
        if (write.address == 0)
            result[static_cast<int>(write.frame)] = write.value;

    return result;
}

/** The value that stands at a frame. */
int standing(const std::map<int, int>& writes, int frame)
{
    return std::prev(writes.upper_bound(frame))->second;
}

void sounding(Checks& check)
{
    const auto full = registersOf(fading(), 15), soft = registersOf(fading(), 5);
    check.that(standing(full, 5000) == (1 << 6 | 0x30 | 12) &&
                   standing(full, 11050) == (2 << 6 | 0x30 | 3) &&
                   (standing(full, 30000) & 15) == 0,
               "the chip gets them at their time");
    check.that(standing(soft, 5000) == (1 << 6 | 0x30 | 4) &&
                   standing(soft, 11050) == (2 << 6 | 0x30 | 1),
               "a voice's level is of them");
    auto equal = true;

    for (int volume = 1; volume <= 15; ++volume)
    {
        const auto loud = static_cast<juce::uint8>(volume);
        const auto file = fileOf("p1",
                                 {at(0, juce::MidiMessage::noteOn(1, 60, loud)),
                                  at(22050, juce::MidiMessage::noteOff(1, 60))},
                                 starling::nesmdbResolution);

        for (int level = 1; level <= 15; ++level)
        {
            const auto expected = juce::jmax(1, juce::roundToInt(volume * level / 15.0));
            equal = equal && (standing(registersOf(file, level, 441), 440) & 15) == expected;
        }
    }
    check.that(equal, "each volume at each level, as models/nes/chip/play.py has it");
}

/** What a host gets of a song from a beat on, a thousand frames each: frame, status, key or
    controller, value. */
juce::String sent(starling::Chips& chips, double beat, int frames, bool isPlaying = true)
{
    std::vector<float> left(static_cast<size_t>(frames)), right(left.size());
    chips.song.follow({isPlaying, beat, 1.0 / 1000.0});
    chips.begin({}, true);
    chips.render(left.data(), right.data(), frames, starling::Channels().now(0.0));
    juce::StringArray lines;

    for (const auto event : chips.song.played)
        lines.add(juce::String(event.samplePosition) + " " +
                  juce::String::toHexString(event.data[0]) + " " + juce::String(event.data[1]) +
                  " " + juce::String(event.data[2]));

    return lines.joinIntoString(", ");
}

void toTheHost(Checks& check)
{
    starling::Chips chips;
    chips.prepare(48000.0);
    chips.song.choose(starling::readSong(fading(), "fading.mid").song);
    check.that(sent(chips, 0.0, 1500) == "0 90 60 102, 500 b0 11 63, 1000 80 60 0",
               "a host gets the loudest volume as velocity, and expression while a note sounds");
    check.that(sent(chips, 1.5, 600) == "500 b0 11 127, 500 90 60 102",
               "the next note is as loud as it was");
    check.that(sent(chips, 0.25, 500) == "0 80 60 0", "of a note that began before, it gets none");
    check.that(sent(chips, 0.0, 600) == "0 90 60 102, 500 b0 11 63" &&
                   sent(chips, 0.0, 100, false) == "0 80 60 0, 0 b0 11 127",
               "stopped while it is soft, expression is full again");
}
} // namespace

void checkVolumes(Checks& check)
{
    reading(check);
    sounding(check);
    toTheHost(check);
}

/** Argument: a MIDI file. */
int printSong(const Arguments& arguments)
{
    const auto file = juce::File::getCurrentWorkingDirectory().getChildFile(arguments[0]);
    const auto read = starling::readSong(file);

    if (read.song == nullptr)
    {
        std::printf("%s\n", read.error.toRawUTF8());
        return 1;
    }
    std::printf("%s\n", linesOf(*read.song).toRawUTF8());
    return 0;
}
} // namespace harness
