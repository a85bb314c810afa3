// What is played becomes a prompt: exactly as it was played, from a bar line on. No engine is
// there.
#include "music/playing_host.h"

namespace harness
{
namespace
{
using starling::Phrase;
using starling::PlayedEvent;
using starling::PlayedNotes;

/** A note as the recorder sends it; `inBar` negative: the host stands. */
void addNote(PlayedNotes& notes, double beat, double length, int key, double inBar = -1.0,
             double hostBar = 0.0, int channel = 0)
{
    PlayedEvent event;
    event.beat = beat;
    event.channel = channel;
    event.key = key;
    event.velocity = 90;
    event.isHostPlaying = inBar >= 0.0;
    event.inBar = inBar;
    event.hostBar = hostBar;
    notes.add(event);
    event.beat = beat + length;
    event.velocity = 0;

    if (length > 0.0)
        notes.add(event);
}

void record(PlayedNotes& notes, double beat, bool on)
{
    PlayedEvent event;
    event.kind = on ? PlayedEvent::Kind::recordingBegins : PlayedEvent::Kind::recordingEnds;
    event.beat = beat;
    notes.add(event);
}

bool isNote(const Phrase& phrase, size_t at, double begin, double end, int key)
{
    const auto near = [](double a, double b) { return std::abs(a - b) < 1e-6; };
    return at < phrase.notes.size() && near(phrase.notes[at].begin, begin) &&
           near(phrase.notes[at].end, end) && phrase.notes[at].key == key;
}

void recorded(Checks& check)
{
    PlayedNotes notes;
    addNote(notes, 9.0, 0.5, 50, 1.0, 16.0);
    record(notes, 10.0, true);
    addNote(notes, 10.37, 0.4, 60, 2.37, 16.0);
    addNote(notes, 11.5, 0.0, 64, 3.5, 16.0); // held until after the recording
    record(notes, 12.0, false);
    const auto phrase = notes.takeRecorded();
    check.that(phrase && phrase->notes.size() == 2 && phrase->origin == 16.0 &&
                   isNote(*phrase, 0, 2.37, 2.77, 60) && isNote(*phrase, 1, 3.5, 4.0, 64),
               "a recording holds its own notes as played, from the host's bar line on");
    check.that(!notes.takeRecorded(), "once");
    record(notes, 13.0, true);
    record(notes, 14.0, false);
    check.that(!notes.takeRecorded(), "a recording without a note is none");

    PlayedNotes early;
    record(early, 0.0, true);
    addNote(early, 7.9, 0.6, 60, 3.9, 4.0);
    addNote(early, 9.0, 0.5, 62, 1.0, 8.0);
    record(early, 10.0, false);
    const auto onBar = early.takeRecorded();
    check.that(onBar && onBar->origin == 8.0 && isNote(*onBar, 0, 0.0, 0.5, 60) &&
                   isNote(*onBar, 1, 1.0, 1.5, 62),
               "a first note that is early is on the bar line that follows");

    PlayedNotes standing;
    record(standing, 100.0, true);
    addNote(standing, 103.3, 0.5, 60);
    addNote(standing, 104.0, 0.5, 62);
    record(standing, 106.0, false);
    const auto free = standing.takeRecorded();
    check.that(free && free->origin == 0.0 && isNote(*free, 0, 0.0, 0.5, 60) &&
                   isNote(*free, 1, 0.7, 1.2, 62),
               "while the host stands, a phrase begins with its first note");
}

void lastBars(Checks& check)
{
    PlayedNotes notes;

    for (int n = 0; n < 16; ++n) // four bars, a note on each beat
        addNote(notes, n, 0.5, 60 + n, n % 4, n / 4 * 4.0);

    const auto two = notes.last(2, 4.0, 17.0);
    check.that(two && two->notes.size() == 8 && two->origin == 8.0 && isNote(*two, 0, 0.0, 0.5, 68),
               "the last two bars are those in which something was played last");
    const auto begun = notes.last(1, 4.0, 15.2);
    check.that(begun && begun->notes.size() == 4 && isNote(*begun, 3, 3.0, 3.2, 75),
               "the last bar may not be over yet");
    check.that(notes.last(100, 4.0, 17.0)->notes.size() == 16, "more than there are: all");
    check.that(!PlayedNotes().last(2, 4.0, 8.0), "nothing was played: nothing is taken");

    PlayedNotes standing;

    for (int n = 0; n < 10; ++n)
        addNote(standing, n, 0.5, 60 + n);

    const auto one = standing.last(1, 4.0, 40.0);
    check.that(one && one->notes.size() == 4 && isNote(*one, 0, 0.0, 0.5, 66),
               "of a standing host, as many beats before the last note's end");
}

/** The tracks of a file: their names, channels, and first keys. */
juce::StringArray tracksOf(const juce::MemoryBlock& bytes)
{
    juce::MemoryInputStream stream(bytes, false);
    juce::MidiFile file;
    juce::StringArray result;

    if (!file.readFrom(stream))
        return result;

    for (int n = 0; n < file.getNumTracks(); ++n)
    {
        juce::String name;

        for (const auto* event : *file.getTrack(n))
            if (event->message.isTrackNameEvent())
                name = event->message.getTextFromTextMetaEvent();
            else if (event->message.isNoteOn())
            {
                result.add(name + " " + juce::String(event->message.getChannel()) + " " +
                           juce::String(event->message.getNoteNumber()));
                break;
            }
    }
    return result;
}

void bars(Checks& check)
{
    const auto is = [](int numerator, int denominator, const char* text)
    { return starling::metreText(numerator, denominator) == text; };
    check.that(is(4, 4, "4/4") && is(7, 8, "7/8") && is(5, 4, "5/4") && is(13, 16, "13/16"),
               "a host's bars are the engine's");
    check.that(is(12, 32, "6/16") && is(7, 32, "4/4") && is(4, 3, "4/4") && is(0, 4, "4/4"),
               "those that it has not are of four");
}

/** So many quarter notes of 7/8, as the engine writes them. */
starling::ChipSongPointer sevenEight(double beats)
{
    juce::MidiFile file;
    file.setTicksPerQuarterNote(960);
    juce::MidiMessageSequence track;
    track.addEvent(juce::MidiMessage::timeSignatureMetaEvent(7, 8));
    track.addEvent(juce::MidiMessage::noteOn(1, 60, juce::uint8{90}));
    track.addEvent(juce::MidiMessage::noteOff(1, 60).withTimeStamp(960));
    track.addEvent(juce::MidiMessage::endOfTrack().withTimeStamp(960 * beats));
    file.addTrack(track);
    juce::MemoryOutputStream out;
    file.writeTo(out);
    return starling::readSong(out.getMemoryBlock(), "seven.mid").song;
}

void oddBars(Checks& check)
{
    const auto two = sevenEight(7.0), three = sevenEight(10.5);
    check.that(two != nullptr && two->barBeats == 3.5 && two->beats == 7.0, "two bars of 7/8");
    check.that(three != nullptr && three->beats == 10.5,
               "three of them end on a half beat, not on the next whole one");

    Phrase phrase;
    phrase.notes = {{0.0, 1.0, 0, 72, 90}};
    for (const auto beats : {4.0, 3.5, 2.25, 3.0})
    {
        phrase.barBeats = beats;
        check.that(starling::barBeatsOf(starling::midiOf(phrase, {})) == beats,
                   "a phrase keeps the host's bars");
    }
}

void files(Checks& check)
{
    starling::ChipSettings chip;
    Phrase phrase;
    phrase.notes = {{0.0, 1.0, 0, 72, 90}, {0.0, 1.0, 2, 40, 90}, {0.5, 1.0, 3, 36 + 17, 90}};
    check.that(starling::choosesVoices(phrase, chip), "notes on several channels choose voices");
    check.that(tracksOf(starling::midiOf(phrase, chip)).joinIntoString(", ") ==
                   "p1 1 72, tr 3 40, noise 10 37",
               "each voice has its track; a noise is one of its sixteen notes");
    phrase.notes = {{0.0, 1.0, 0, 72, 90}, {0.0, 1.0, 0, 40, 90}};
    check.that(!starling::choosesVoices(phrase, chip), "those on one channel do not");
    check.that(tracksOf(starling::midiOf(phrase, {})).joinIntoString(", ") == "keys 1 72",
               "they are one track, which the engine arranges");
    chip.byKey = true;
    check.that(starling::choosesVoices(phrase, chip), "by key they do");

    juce::MidiFile two;
    two.setTicksPerQuarterNote(96);
    juce::MidiMessageSequence track;
    track.addEvent(juce::MidiMessage::tempoMetaEvent(400000));
    track.addEvent(juce::MidiMessage::noteOn(7, 60, juce::uint8{90}).withTimeStamp(96));
    track.addEvent(juce::MidiMessage::tempoMetaEvent(800000).withTimeStamp(100));
    track.addEvent(juce::MidiMessage::noteOff(7, 60).withTimeStamp(192));
    two.addTrack(track);
    juce::MemoryOutputStream written;
    two.writeTo(written);
    const auto moved = starling::atTempo(written.getMemoryBlock(), 90.0);
    juce::MemoryInputStream stream(moved, false);
    juce::MidiFile read;
    juce::MidiMessageSequence tempi;
    check.that(read.readFrom(stream), "a prompt at the host's tempo is a MIDI file");
    read.findAllTempoEvents(tempi);
    const auto notes = starling::notesOf(moved);
    check.that(tempi.getNumEvents() == 1 &&
                   std::abs(tempi.getEventPointer(0)->message.getTempoSecondsPerQuarterNote() -
                            60.0 / 90.0) < 1e-5 &&
                   notes.size() == 1 && notes[0].begin == 1.0 && notes[0].end == 2.0,
               "it has that tempo alone, and its notes on their beats");
    const auto says = [](const juce::File& file, const char* text)
    { return starling::readPrompt(file).error.contains(text); };
    const juce::TemporaryFile broken(".mid");
    broken.getFile().replaceWithText("RIFF....");
    check.that(says(broken.getFile(), "no MIDI file"), "what is none is refused in a sentence");
    check.that(says(juce::File("/nowhere/a.mid"), "a.mid cannot be read"),
               "so is one that is gone");
}

/** The plugin itself: what comes in on its audio thread is the prompt that its worker makes. */
void throughThePlugin(Checks& check)
{
    Host host;
    PlayingHost playing(host);
    auto& plugin = host.plugin;
    playing.transport.beat = 8.0; // of bars of four
    playing.play(10);
    host.set("record", 1.0f);
    playing.play(140); // one beat in all
    playing.key(67, 74);
    playing.play(75);
    playing.key(71, 149);
    host.set("record", 0.0f);
    playing.play(1);
    const auto found = [&plugin]
    {
        const auto prompt = plugin.choices.contents().prompt;
        return prompt.isThere() ? starling::notesOf(*prompt.file)
                                : std::vector<starling::DrawnNote>();
    };
    check.that(host.waitUntil([&] { return found().size() == 2; }, 10.0),
               "what is played while Record is on becomes the prompt");
    const auto notes = found();
    const auto near = [](double a, double b) { return std::abs(a - b) < 2.0 / 960.0; };
    check.that(notes.size() == 2 && near(notes[0].begin, 1.0) &&
                   near(notes[0].end, 1.0 + 74 / 150.0) && near(notes[1].begin, 2.0) &&
                   notes[1].key == 71,
               "with every note where it was played, not where a grid would put it");
    check.that(plugin.choices.contents().prompt.origin == 8.0, "from that bar of the host's on");

    playing.play(150);
    playing.key(50, 75);
    plugin.engine.post([&plugin] { plugin.engine.composer.promptByLast(1); });
    check.that(host.waitUntil([&] { return found().size() == 1 && found()[0].key == 50; }, 10.0) &&
                   plugin.choices.contents().prompt.origin == 12.0,
               "the last bar is taken although it was not recorded");

    juce::MemoryBlock bytes, again;
    plugin.choices.change(
        [](auto& contents)
        {
            contents.model = "toy";
            contents.bars = 4;
            contents.seed = 77;
            contents.voices = {true, false, true, false};
            contents.values = {0.7f, -1.0f, 0.25f};
        });
    plugin.getStateInformation(bytes);
    starling::PluginProcessor loaded;
    loaded.setStateInformation(bytes.getData(), static_cast<int>(bytes.getSize()));
    const auto contents = loaded.choices.contents();
    check.that(contents.model == "toy" && contents.bars == 4 && contents.seed == 77 &&
                   starling::voicesText(contents) == "p1 tr" && contents.values[0] == 0.7f &&
                   contents.values[1] < 0.0f && contents.prompt.isThere() &&
                   *contents.prompt.file == *plugin.choices.contents().prompt.file &&
                   contents.prompt.origin == 12.0,
               "a project holds the prompt and what was chosen");
    loaded.getStateInformation(again);
    check.that(bytes == again, "saved again with the same bytes");
}
} // namespace

int checkPhrases(const Arguments&)
{
    Checks check;
    recorded(check);
    lastBars(check);
    bars(check);
    oddBars(check);
    files(check);
    throughThePlugin(check);
    checkSongFiles(check);
    return check.exitCode();
}
} // namespace harness
