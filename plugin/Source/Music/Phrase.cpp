#include "Music/Phrase.h"

#include "Audio/Chips/ChipVoice.h"

#include <algorithm>
#include <set>

namespace starling
{
namespace
{
constexpr size_t mostNotes = 8192; // that are remembered
constexpr double early = 0.25;     // beats before a bar line that still are on it: a sixteenth
constexpr double shortest = 1.0 / 64.0;
constexpr int ticksPerBeat = 960;
constexpr const char* trackTable[] = {"p1", "p2", "tr", "noise"};
constexpr int channelTable[] = {1, 2, 3, 10}; // as the engine writes them; 10: drums

juce::MidiMessage at(double beat, juce::MidiMessage message)
{
    message.setTimeStamp(std::round(beat * ticksPerBeat));
    return message;
}

void addNote(juce::MidiMessageSequence& track, const PhraseNote& note, int channel, int key)
{
    track.addEvent(at(note.begin, juce::MidiMessage::noteOn(
                                      channel, key, static_cast<juce::uint8>(note.velocity))));
    track.addEvent(at(note.end, juce::MidiMessage::noteOff(channel, key)));
}

/** A time signature of bars of so many quarter notes. */
juce::MidiMessage signatureOf(double barBeats)
{
    auto notes = 4;

    while (notes < 16 &&
           std::abs(barBeats * notes / 4.0 - std::round(barBeats * notes / 4.0)) > 1e-6)
        notes *= 2;

    return juce::MidiMessage::timeSignatureMetaEvent(
        juce::jmax(1, juce::roundToInt(barBeats * notes / 4.0)), notes);
}

juce::MemoryBlock bytesOf(const juce::MidiFile& file)
{
    juce::MemoryOutputStream out;
    file.writeTo(out);
    return out.getMemoryBlock();
}
} // namespace

void PlayedNotes::add(const PlayedEvent& event)
{
    if (event.kind == PlayedEvent::Kind::recordingBegins)
    {
        recording = true;
        from = event.beat;
        return;
    }
    if (event.kind == PlayedEvent::Kind::recordingEnds)
    {
        recorded = recording ? between(from, event.beat) : std::nullopt;
        recording = false;
        return;
    }
    for (auto& each : played) // the key is lifted, or struck again
        if (each.note.end < 0.0 && each.note.key == event.key && each.note.channel == event.channel)
            each.note.end = event.beat;

    if (event.velocity == 0)
        return;

    if (played.size() == mostNotes)
        played.erase(played.begin(), played.begin() + mostNotes / 2);

    played.push_back({{event.beat, -1.0, event.channel, event.key, event.velocity}, event});
}

std::optional<Phrase> PlayedNotes::takeRecorded()
{
    return std::exchange(recorded, std::nullopt);
}

std::optional<Phrase> PlayedNotes::last(int bars, double barBeats, double now) const
{
    if (played.empty())
        return {};

    const auto& newest = played.back();
    auto end = now; // where the host stood, of the newest notes those within so many beats

    if (newest.begin.isHostPlaying) // the end of the bar in which the newest one begins
        end = newest.note.begin - newest.begin.inBar +
              barBeats * (newest.begin.inBar > barBeats - early ? 2.0 : 1.0);
    else if (newest.note.end >= 0.0)
        end = newest.note.end;

    return between(end - bars * barBeats - (newest.begin.isHostPlaying ? early : 0.0),
                   juce::jmin(end, now));
}

std::optional<Phrase> PlayedNotes::between(double begin, double end) const
{
    const auto first = std::find_if(played.begin(), played.end(), [begin](const auto& each)
                                    { return each.note.begin >= begin - 1e-9; });

    if (first == played.end() || first->note.begin >= end)
        return {};

    const auto& start = first->begin;
    auto zero = start.beat;
    Phrase result;
    result.barBeats = start.barBeats;

    if (start.isHostPlaying) // one that is early is on the bar line that follows
    {
        const auto line = start.inBar > start.barBeats - early ? start.barBeats : 0.0;
        zero += line - start.inBar;
        result.origin = start.hostBar + line;
    }
    for (auto each = first; each != played.end() && each->note.begin < end; ++each)
    {
        auto note = each->note;
        const auto noteEnd = note.end < 0.0 ? end : juce::jmin(note.end, end);
        note.begin = juce::jmax(0.0, note.begin - zero);
        note.end = juce::jmax(note.begin + shortest, noteEnd - zero);
        result.notes.push_back(note);
    }
    return result;
}

juce::MemoryBlock midiOf(const Phrase& phrase, const std::optional<ChipSettings>& chip)
{
    juce::MidiFile file;
    file.setTicksPerQuarterNote(ticksPerBeat);
    std::array<juce::MidiMessageSequence, chip::voices> tracks;

    for (const auto& note : phrase.notes)
    {
        const auto voice = chip ? chip->voiceOf(note.channel, note.key) : 0;

        if (voice < 0)
            continue;

        const auto key = chip && voice == chip::no
                             ? ChipVoice::lowestNoise + ChipVoice::noiseOf(note.key) - 1
                             : note.key;
        addNote(tracks[static_cast<size_t>(voice)], note,
                chip ? channelTable[static_cast<size_t>(voice)] : 1, key);
    }
    for (size_t voice = 0; voice < tracks.size(); ++voice)
        if (tracks[voice].getNumEvents() > 0)
        {
            juce::MidiMessageSequence track;
            track.addEvent(juce::MidiMessage::textMetaEvent(3, chip ? trackTable[voice] : "keys"));
            track.addEvent(signatureOf(phrase.barBeats));
            tracks[voice].sort();
            track.addSequence(tracks[voice], 0.0);
            file.addTrack(track);
        }

    return bytesOf(file);
}

bool choosesVoices(const Phrase& phrase, const ChipSettings& chip)
{
    std::set<int> channels;

    for (const auto& note : phrase.notes)
        channels.insert(note.channel);

    return chip.byKey || (channels.size() > 1 && *channels.rbegin() < chip::voices);
}
} // namespace starling
