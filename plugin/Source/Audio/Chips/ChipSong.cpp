#include "Audio/Chips/ChipSong.h"

#include "Audio/Chips/ChipVoice.h"

namespace starling
{
namespace
{
constexpr size_t largestFile = 4 << 20; // bytes: an hour of four voices takes a tenth
constexpr int mostEvents = 200000;
constexpr std::pair<const char*, int> voiceTable[] = {
    {"p1", chip::p1}, {"p2", chip::p2}, {"tr", chip::tr}, {"no", chip::no}, {"noise", chip::no}};

juce::String tooLarge(const juce::String& name)
{
    return name + " is larger than 4 MB; a song for the chip may be as large as that.";
}

/** The voice that a track is named after; -1: none. */
int voiceOf(const juce::MidiMessageSequence& track)
{
    for (const auto* event : track)
        if (event->message.isTrackNameEvent())
            for (const auto& [name, voice] : voiceTable)
                if (event->message.getTextFromTextMetaEvent().trim().equalsIgnoreCase(name))
                    return voice;

    return -1;
}

int voiceOf(const juce::MidiMessage& message)
{
    return message.getChannel() <= chip::voices ? message.getChannel() - 1 : -1;
}

SongEvent eventOf(const juce::MidiMessage& message, int voice, double beat)
{
    return {beat, voice, message.getNoteNumber(),
            message.isNoteOn() ? static_cast<int>(message.getVelocity()) : 0};
}

/** NES-MDB's velocities are the chip's volumes, its noises 1..16; its triangle has no volume. */
SongEvent fromNesmdb(SongEvent event)
{
    const auto loud = event.voice == chip::tr ? chip::full : event.velocity;

    if (event.voice == chip::no)
        event.key = juce::jlimit(0, 127, event.key - 1 + ChipVoice::lowestNoise);

    if (event.velocity > 0)
        event.velocity = juce::jlimit(1, 127, juce::roundToInt(loud * 127.0 / chip::full));

    return event;
}

/** In order of time, ends before begins; of the notes of a voice only one sounds. */
std::vector<SongEvent> oneNoteAVoice(std::vector<SongEvent> events)
{
    std::stable_sort(
        events.begin(), events.end(), [](const auto& a, const auto& b)
        { return a.beat != b.beat ? a.beat < b.beat : a.velocity == 0 && b.velocity > 0; });
    std::array<int, chip::voices> playing{-1, -1, -1, -1};
    std::vector<SongEvent> result;

    for (const auto& event : events)
    {
        auto& key = playing[static_cast<size_t>(event.voice)];

        if (event.velocity == 0 && key != event.key)
            continue; // it has ended already

        if (event.velocity > 0 && key >= 0)
            result.push_back({event.beat, event.voice, key, 0});

        key = event.velocity > 0 ? event.key : -1;
        result.push_back(event);
    }
    const auto end = events.empty() ? 0.0 : events.back().beat;

    for (int voice = 0; voice < chip::voices; ++voice)
        if (const auto key = playing[static_cast<size_t>(voice)]; key >= 0)
            result.push_back({end, voice, key, 0});

    return result;
}

std::vector<SongEvent> eventsOf(const juce::MidiFile& file)
{
    const auto resolution = static_cast<int>(file.getTimeFormat());
    auto hasNames = false;

    for (int track = 0; track < file.getNumTracks(); ++track)
        hasNames = hasNames || voiceOf(*file.getTrack(track)) >= 0;

    std::vector<SongEvent> result;

    for (int track = 0; track < file.getNumTracks(); ++track)
    {
        const auto named = voiceOf(*file.getTrack(track));

        for (const auto* event : *file.getTrack(track))
        {
            const auto& message = event->message;
            const auto voice = hasNames ? named : voiceOf(message);

            if (message.isNoteOnOrOff() && voice >= 0)
            {
                const auto found = eventOf(message, voice, message.getTimeStamp() / resolution);
                result.push_back(resolution == nesmdbResolution ? fromNesmdb(found) : found);
            }
        }
    }
    return result;
}
/** Where the file ends: a piece may end with a rest. */
double lengthOf(const juce::MidiFile& file)
{
    double end = 0.0;

    for (int track = 0; track < file.getNumTracks(); ++track)
        for (const auto* event : *file.getTrack(track))
            if (event->message.isEndOfTrackMetaEvent())
                end = juce::jmax(end, event->message.getTimeStamp() / file.getTimeFormat());

    return end;
}
} // namespace

ReadSong readSong(const juce::MemoryBlock& bytes, const juce::String& name)
{
    juce::MemoryInputStream stream(bytes, false);
    juce::MidiFile file;

    if (bytes.getSize() > largestFile)
        return {nullptr, tooLarge(name)};

    if (!file.readFrom(stream, false)) // JUCE would pair notes in quadratic time
        return {nullptr, name + " is no MIDI file."};

    if (file.getTimeFormat() <= 0)
        return {nullptr, name + " counts time in frames of video; beats are needed."};

    auto events = oneNoteAVoice(eventsOf(file));

    if (events.empty())
        return {nullptr, name + " has no notes on MIDI channels 1 to 4 and no tracks p1, "
                                "p2, tr or noise with any."};

    if (events.size() > mostEvents)
        return {nullptr, name + " has more than 100,000 notes."};

    auto song = std::make_shared<ChipSong>();
    song->events = std::move(events);
    const auto end = juce::jmax(song->events.back().beat, lengthOf(file));
    song->beats = juce::jmax(1.0, std::ceil(end - 1e-6));
    song->name = name;
    song->file = bytes;
    return {std::move(song), {}};
}

ReadSong readSong(const juce::File& file)
{
    juce::MemoryBlock bytes;

    if (file.getSize() > static_cast<juce::int64>(largestFile))
        return {nullptr, tooLarge(file.getFileName())};

    if (!file.loadFileAsData(bytes))
        return {nullptr, file.getFileName() + " cannot be read."};

    return readSong(bytes, file.getFileName());
}

ChipSongPointer placed(const ChipSong& song, double origin, double prompt)
{
    auto result = std::make_shared<ChipSong>(song);
    result->origin = origin;
    result->prompt = juce::jlimit(0.0, song.beats, prompt);
    return result;
}
} // namespace starling
