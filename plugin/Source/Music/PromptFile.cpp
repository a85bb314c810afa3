#include "Music/PromptFile.h"

#include "Audio/Chips/ChipSong.h"
#include "Audio/Chips/MetaEvents.h"

namespace starling
{
namespace
{
constexpr size_t largestFile = 4 << 20; // bytes, as of a song
constexpr double microsecondsPerMinute = 60e6;

std::optional<juce::MidiFile> parsed(const juce::MemoryBlock& bytes)
{
    juce::MemoryInputStream stream(bytes, false);
    juce::MidiFile file;

    if (bytes.getSize() > largestFile || !file.readFrom(stream, false) || file.getTimeFormat() <= 0)
        return {};

    return file;
}

/** The track's notes from onset to end, in ticks; one that never ends is none. JUCE would pair
    them in quadratic time. */
void addNotes(const juce::MidiMessageSequence& track, std::vector<DrawnNote>& notes)
{
    constexpr double none = -1.0;
    std::array<std::array<double, 128>, 17> onsets; // by channel, from 1 on, and key

    for (auto& channel : onsets)
        channel.fill(none);

    for (const auto* event : track)
    {
        const auto& message = event->message;

        if (!message.isNoteOnOrOff())
            continue;

        auto& onset = onsets[static_cast<size_t>(message.getChannel())]
                            [static_cast<size_t>(message.getNoteNumber())];

        if (onset != none)
            notes.push_back({onset, message.getTimeStamp(), message.getNoteNumber(), 0});

        onset = message.isNoteOn() ? message.getTimeStamp() : none;
    }
}
} // namespace

ReadPrompt readPrompt(const juce::File& file)
{
    const auto name = file.getFileName();
    juce::MemoryBlock bytes;

    if (file.getSize() > static_cast<juce::int64>(largestFile))
        return {{}, name + " is larger than 4 MB; a prompt may be as large as that."};

    if (!file.loadFileAsData(bytes))
        return {{}, name + " cannot be read."};

    if (!parsed(bytes))
        return {{}, name + " is no MIDI file that counts beats."};

    if (notesOf(bytes).empty())
        return {{}, name + " holds no notes."};

    return {{name, std::make_shared<const juce::MemoryBlock>(bytes), 0.0}, {}};
}

juce::MemoryBlock atTempo(const juce::MemoryBlock& bytes, double tempo)
{
    const auto file = parsed(bytes);

    if (!file || file->getTimeFormat() == nesmdbResolution)
        return bytes;

    juce::MidiFile result;
    result.setTicksPerQuarterNote(file->getTimeFormat());
    juce::MidiMessageSequence conductor;
    conductor.addEvent(
        juce::MidiMessage::tempoMetaEvent(juce::roundToInt(microsecondsPerMinute / tempo)));
    result.addTrack(conductor);

    for (int n = 0; n < file->getNumTracks(); ++n)
    {
        juce::MidiMessageSequence track;

        for (const auto* event : *file->getTrack(n))
            if (!event->message.isTempoMetaEvent())
                track.addEvent(event->message);

        result.addTrack(track);
    }
    juce::MemoryOutputStream out;
    result.writeTo(out);
    return out.getMemoryBlock();
}

double barBeatsOf(const juce::MemoryBlock& bytes)
{
    const auto file = parsed(bytes);
    return file ? barBeatsOf(*file) : 4.0;
}

std::vector<DrawnNote> notesOf(const juce::MemoryBlock& bytes)
{
    std::vector<DrawnNote> result;
    const auto file = parsed(bytes);

    for (int n = 0; file && n < file->getNumTracks(); ++n)
        addNotes(*file->getTrack(n), result);

    for (auto& note : result)
    {
        note.begin /= file->getTimeFormat();
        note.end /= file->getTimeFormat();
    }
    return result;
}
} // namespace starling
