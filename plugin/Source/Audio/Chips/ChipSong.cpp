#include "Audio/Chips/ChipSong.h"

#include "Audio/Chips/ChipVoice.h"
#include "Audio/Chips/MetaEvents.h"

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
                if (trackNameOf(event->message).equalsIgnoreCase(name))
                    return voice;

    return -1;
}

int voiceOf(const juce::MidiMessage& message)
{
    return message.getChannel() <= chip::voices ? message.getChannel() - 1 : -1;
}

constexpr int expressionController = 11, timbreController = 12; // nesmdb's names for both differ

double timeOf(const juce::MidiMessage& message, const juce::MidiFile& file)
{
    return message.getTimeStamp() / file.getTimeFormat();
}

SongEvent change(double beat, int voice, int expression)
{
    SongEvent result{beat, voice, -1, 0};
    result.expression = expression;
    result.isChange = true;
    return result;
}

/** A note's begin or end, or the expression from now on, whose key is not known; or nothing. */
std::optional<SongEvent> eventOf(const juce::MidiMessage& message, int voice, double beat)
{
    if (message.isNoteOnOrOff())
        return SongEvent{beat, voice, message.getNoteNumber(),
                         message.isNoteOn() ? static_cast<int>(message.getVelocity()) : 0};

    if (message.isControllerOfType(expressionController))
        return change(beat, voice, message.getControllerValue());

    if (message.isResetAllControllers())
        return change(beat, voice, SongEvent::fullExpression);

    return {};
}

/** What a voice of a score does from a beat on. */
struct ScoreState
{
    double beat = 0.0;
    int note = 0, volume = 0, timbre = 0; // note 0: silence
};

/** As models/nes/scores/midi.py reads them: of those at one time the last counts. */
std::vector<ScoreState> statesOf(const juce::MidiFile& file, int track, int voice)
{
    std::vector<ScoreState> result;
    ScoreState now;

    for (const auto* event : *file.getTrack(track))
    {
        const auto& message = event->message;
        now.beat = timeOf(message, file);

        if (message.isNoteOn())
        {
            now.note = message.getNoteNumber();
            now.volume = voice == chip::tr ? chip::full : message.getVelocity();
        }
        else if (message.isNoteOff() && message.getNoteNumber() == now.note)
            now.note = 0;
        else if (message.isControllerOfType(expressionController) && voice != chip::tr)
            now.volume = message.getControllerValue();
        else if (message.isControllerOfType(timbreController))
            now.timbre = message.getControllerValue();
        else
            continue;

        now.volume = juce::jlimit(0, chip::full, now.volume);
        now.timbre = juce::jlimit(0, voice == chip::no ? 1 : 3, now.timbre);

        if (!result.empty() && result.back().beat == now.beat)
            result.back() = now;
        else
            result.push_back(now);
    }
    return result;
}

/** The largest volume of the note that begins with a state. */
int loudestFrom(const std::vector<ScoreState>& states, size_t first)
{
    auto result = 1;

    for (auto n = first; n < states.size() && states[n].note == states[first].note; ++n)
        result = juce::jmax(result, states[n].volume);

    return result;
}

/** NES-MDB's velocities are the chip's volumes, its noises 1..16; its triangle has no volume. A
    host gets the largest volume of a note as velocity, and expression as a part of that. */
std::vector<SongEvent> scoreEvents(const std::vector<ScoreState>& states, int voice)
{
    std::vector<SongEvent> result;
    ScoreState before;
    SongEvent note;

    for (size_t n = 0; n < states.size(); before = states[n++])
    {
        const auto& now = states[n];

        if (now.note != before.note && before.note > 0)
            result.push_back({now.beat, voice, note.key, 0});

        if (now.note == 0 ||
            (now.note == before.note && now.volume == before.volume && now.timbre == before.timbre))
            continue;

        note.isChange = now.note == before.note;

        if (!note.isChange)
        {
            const auto loudest = loudestFrom(states, n);
            note.velocity = juce::roundToInt(loudest * 127.0 / chip::full);
            note.key = voice == chip::no
                           ? juce::jlimit(0, 127, now.note - 1 + ChipVoice::lowestNoise)
                           : now.note;
        }
        note.beat = now.beat;
        note.voice = voice;
        note.volume = now.volume / static_cast<double>(chip::full);
        note.expression = juce::roundToInt(127.0 * std::sqrt(note.volume * 127.0 / note.velocity));
        note.expression = juce::jmin(note.expression, SongEvent::fullExpression);
        note.timbre = voice == chip::tr ? -1 : now.timbre;
        result.push_back(note);
    }
    return result;
}

int orderOf(const SongEvent& event)
{
    return event.ends() ? 0 : event.isChange ? 1 : 2;
}

/** How loud a note is that expression makes softer, by the square law. */
double softer(const SongEvent& note, int expression)
{
    const auto part = expression / static_cast<double>(SongEvent::fullExpression);
    return note.velocity / 127.0 * part * part;
}

/** In order of time: ends, changes, begins; of the notes of a voice only one sounds. */
std::vector<SongEvent> oneNoteAVoice(std::vector<SongEvent> events)
{
    std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b)
                     { return a.beat != b.beat ? a.beat < b.beat : orderOf(a) < orderOf(b); });
    std::array<SongEvent, chip::voices> playing; // with velocity 0: none
    std::array<int, chip::voices> expression{127, 127, 127, 127};
    std::vector<SongEvent> result;

    for (auto event : events)
    {
        auto& note = playing[static_cast<size_t>(event.voice)];
        auto& standing = expression[static_cast<size_t>(event.voice)];
        const auto isPlaying = note.velocity > 0;

        if (event.isChange && event.key < 0) // of the channel, whatever it plays
        {
            standing = event.expression;
            event.key = note.key;
            event.velocity = note.velocity;
            event.volume = softer(note, standing);
        }
        if (!event.begins() && !(isPlaying && note.key == event.key))
            continue; // it has ended already

        if (event.begins() && isPlaying)
            result.push_back({event.beat, event.voice, note.key, 0});

        if (event.begins() && event.volume < 0.0 && standing != SongEvent::fullExpression)
        {
            event.expression = standing;
            event.volume = softer(event, standing);
        }
        if (!event.isChange)
            note = event;

        result.push_back(event);
    }
    const auto end = events.empty() ? 0.0 : events.back().beat;

    for (const auto& note : playing)
        if (note.velocity > 0)
            result.push_back({end, note.voice, note.key, 0});

    return result;
}

std::vector<SongEvent> eventsOf(const juce::MidiFile& file)
{
    auto hasNames = false;

    for (int track = 0; track < file.getNumTracks(); ++track)
        hasNames = hasNames || voiceOf(*file.getTrack(track)) >= 0;

    std::vector<SongEvent> result;

    for (int track = 0; track < file.getNumTracks(); ++track)
    {
        const auto named = voiceOf(*file.getTrack(track));

        if (file.getTimeFormat() == nesmdbResolution && named >= 0)
        {
            const auto found = scoreEvents(statesOf(file, track, named), named);
            result.insert(result.end(), found.begin(), found.end());
            continue;
        }
        for (const auto* event : *file.getTrack(track))
        {
            const auto voice = hasNames ? named : voiceOf(event->message);

            if (voice >= 0)
                if (const auto found = eventOf(event->message, voice, timeOf(event->message, file)))
                    result.push_back(*found);
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

/** The longest note, a beat at most, of which bars are whole numbers. */
static double unitOf(double barBeats)
{
    auto unit = 1.0;

    while (unit > 1.0 / 16.0 && std::abs(std::remainder(barBeats, unit)) > 1e-6)
        unit /= 2.0;

    return unit;
}

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

    if (events.empty()) // without a note there are no changes
        return {nullptr, name + " has no notes on MIDI channels 1 to 4 and no tracks p1, "
                                "p2, tr or noise with any."};

    if (events.size() > mostEvents)
        return {nullptr, name + " has more than 200,000 begins, ends and changes of notes."};

    auto song = std::make_shared<ChipSong>();
    song->events = std::move(events);
    const auto end = juce::jmax(song->events.back().beat, lengthOf(file));
    song->barBeats = barBeatsOf(file);
    const auto unit = unitOf(song->barBeats);
    song->beats = juce::jmax(1.0, unit * std::ceil(end / unit - 1e-6));
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
