#include "Music/PromptFile.h"

#include "Audio/Chips/ChipSong.h"

namespace starling
{
namespace
{
constexpr juce::int64 largestFile = 4 << 20; // bytes, as of a song
constexpr double microsecondsPerMinute = 60e6;

std::optional<juce::MidiFile> parsed(const juce::MemoryBlock& bytes)
{
    juce::MemoryInputStream stream(bytes, false);
    juce::MidiFile file;

    if (!file.readFrom(stream) || file.getTimeFormat() <= 0)
        return {};

    return file;
}
} // namespace

ReadPrompt readPrompt(const juce::File& file)
{
    const auto name = file.getFileName();
    juce::MemoryBlock bytes;

    if (file.getSize() > largestFile)
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

std::vector<DrawnNote> notesOf(const juce::MemoryBlock& bytes)
{
    std::vector<DrawnNote> result;
    const auto file = parsed(bytes);

    for (int n = 0; file && n < file->getNumTracks(); ++n)
    {
        auto track = *file->getTrack(n);
        track.updateMatchedPairs();

        for (const auto* event : track)
            if (event->message.isNoteOn() && event->noteOffObject != nullptr)
                result.push_back(
                    {event->message.getTimeStamp() / file->getTimeFormat(),
                     event->noteOffObject->message.getTimeStamp() / file->getTimeFormat(),
                     event->message.getNoteNumber(), 0});
    }
    return result;
}
} // namespace starling
