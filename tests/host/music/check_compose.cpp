// Composing in the plugin with a running engine that has a composer: a prompt of played notes, its
// continuation on the chip and as MIDI, what is saved with the project.
#include "music/playing_host.h"

#include "Music/SongFiles.h"

namespace harness
{
namespace
{
using starling::ChipSongPointer;

struct Composing
{
    Composing()
    {
        playing.transport.tempo = 120.0; // a beat is 24,000 frames
        host.set("release", 0.0f);
        choose([](auto& contents) { contents.model = "toy"; });
    }

    starling::PluginProcessor& plugin() { return host.plugin; }
    starling::ComposeView view() { return plugin().engine.view().compose; }
    ChipSongPointer song() { return plugin().player.chips.song.chosen(); }

    void choose(const std::function<void(starling::ComposeContents&)>& how)
    {
        plugin().choices.change(how);
    }

    /** Compose as the button does, and wait for the end; the sentence that is shown. */
    juce::String compose()
    {
        session.post([](auto& engine) { engine.composer.compose(); });
        host.waitUntil([this] { return !view().isRunning; }, Session::patience);
        session.post([](auto&) {});
        std::printf("     %s\n", view().message.toRawUTF8());
        return view().message;
    }

    Session session;
    Host& host{session.host};
    PlayingHost playing{host};
};

/** A bar of four notes on the beats, late by a hundredth of one, from the bar at beat 16 on. */
void playPrompt(Composing& it)
{
    auto& transport = it.playing.transport;
    transport.beat = 16.0;
    transport.frame = 16 * 24000;
    it.host.set("record", 1.0f);
    it.playing.play(2); // 256 frames: a hundredth of a beat

    for (const auto key : {60, 64, 67, 72})
    {
        it.playing.key(key, 93);
        it.playing.play(94);
    }
    it.host.set("record", 0.0f);
    it.playing.play(1);
    transport.isPlaying = false;
    it.host.waitUntil([&it] { return it.view().contents.prompt.isThere(); }, 10.0);
}

void continues(Checks& check, Composing& it)
{
    check.that(it.host.waitUntil([&it] { return it.view().composers.size() == 2; }, 20.0) &&
                   it.view().composers[0].name == "chip-composer" &&
                   it.view().composers[1].name == "toy",
               "the engine's composers are listed, Starling's first");
    playPrompt(it);
    check.that(it.view().contents.prompt.name.startsWith("4 notes"), "four notes are the prompt");
    it.choose([](auto& contents) { contents.bars = 2; });
    check.that(it.compose().contains("from where the prompt was played") && !it.view().isError,
               "a composition ends with a sentence that says where it plays");
    const auto song = it.song();
    check.that(song != nullptr && song->beats == 12.0 && song->prompt == 4.0 &&
                   song->origin == 16.0 && song->name == "toy 1",
               "the prompt's bar and two more, at the prompt's place");
    check.that(it.plugin().parameters.playerSettings().chip, "notes play the chip now");

    juce::StringArray begins;

    for (const auto& event : song->events)
        if (event.voice == starling::chip::p1 && event.velocity > 0 && event.beat < 3.9)
            begins.add(juce::String(event.beat, 1) + " " + juce::String(event.key));

    check.that(begins.joinIntoString(", ") == "0.0 60, 1.0 64, 2.0 67, 3.0 72",
               "it begins with what was played");
}

juce::String lineOf(juce::int64 frame, int voice, int key, bool begins)
{
    return juce::String(frame) + " " + juce::String::toHexString((begins ? 0x90 : 0x80) | voice) +
           " " + juce::String(key);
}

/** The lines that PlayingHost answers for a song from its origin on. */
juce::StringArray linesOf(const ChipSongPointer& song)
{
    juce::StringArray result;

    for (const auto& event : song->events)
        result.add(lineOf(
            static_cast<juce::int64>(std::ceil((song->origin + event.beat) * 24000.0 - 1e-3)),
            event.voice, event.key, event.velocity > 0));

    return result;
}

/** Play the song once from its place on: its notes, and how loud it was. */
std::pair<juce::StringArray, float> playSong(Composing& it)
{
    auto loudest = 0.0f;
    it.host.afterBlock = [&]
    { loudest = juce::jmax(loudest, it.host.audio.getMagnitude(0, 0, Host::block)); };
    it.playing.transport.beat = 16.0;
    it.playing.transport.frame = 16 * 24000;
    it.playing.transport.isPlaying = true;
    const auto lines = it.playing.play(12 * 24000 / Host::block);
    it.playing.transport.isPlaying = false;
    it.playing.play(1);
    it.host.afterBlock = [] {};
    return {lines, loudest};
}

void playsAndSaves(Checks& check, Composing& it)
{
    const auto expected = linesOf(it.song());
    const auto [lines, loudest] = playSong(it);
    auto common = juce::jmin(lines.size(), expected.size());
    auto equal = common > 20 && common >= expected.size() - 8; // ends on the last frame come later

    for (int n = 0; n < common; ++n)
        equal = equal && lines[n] == expected[n];

    check.that(equal && loudest > 0.05f,
               "it is heard from there on in the host's time, and the host gets its notes");

    juce::MemoryBlock bytes;
    it.plugin().getStateInformation(bytes);
    starling::PluginProcessor alone; // without an engine: its worker never starts
    alone.setStateInformation(bytes.getData(), static_cast<int>(bytes.getSize()));
    const auto saved = alone.player.chips.song.chosen();
    check.that(saved != nullptr && linesOf(saved) == expected && saved->origin == 16.0 &&
                   saved->prompt == 4.0,
               "a project brings it back without an engine");
    Transport transport;
    transport.tempo = 120.0;
    juce::AudioBuffer<float> audio(4, 512);
    alone.setPlayHead(&transport);
    alone.setRateAndBufferSizeDetails(48000.0, 512);
    alone.player.prepare(48000.0);
    auto sent = 0;
    auto peak = 0.0f;

    for (int n = 0; n < 100; ++n)
    {
        juce::MidiBuffer midi;
        transport.beat = 16.0 + n * 512 * 2.0 / 48000.0;
        alone.processBlock(audio, midi);
        sent += midi.getNumEvents();
        peak = juce::jmax(peak, audio.getMagnitude(0, 0, 512));
    }
    check.that(sent > 4 && peak > 0.05f, "and plays there");
    alone.setPlayHead(nullptr);
}

void choices(Checks& check, Composing& it)
{
    const auto first = it.song()->file;
    it.compose();
    check.that(it.song()->file == first, "the same seed gives the same music");
    it.choose([](auto& contents) { contents.seed = 2; });
    it.compose();
    check.that(it.song()->file != first && it.song()->name == "toy 2", "another seed gives other");
    it.choose(
        [](auto& contents)
        {
            contents.bars = 0;
            contents.voices = {false, true, false, false};
        });
    it.compose();
    auto seconds = 0;

    for (const auto& event : it.song()->events)
        seconds += event.voice == starling::chip::p2 ? 1 : 0;

    check.that(it.song()->beats == 4.0 && seconds > 0,
               "one voice is written to the prompt's own bars");
    it.session.post([](auto& engine) { engine.composer.clearPrompt(); });
    check.that(it.compose().contains("without a prompt") && it.view().isError,
               "what the engine refuses stands there in its words");
    const auto kept = it.song();
    it.choose(
        [](auto& contents)
        {
            contents.voices = {true, true, true, true};
            contents.bars = 200;
        });
    it.session.post([](auto& engine) { engine.composer.compose(); });
    it.host.waitUntil([&it] { return it.view().fraction > 0.0f; }, 30.0);
    check.that(it.view().isRunning, "while it is written, its progress is shown");
    it.session.post([](auto& engine) { engine.composer.cancel(); });
    check.that(!it.view().isRunning && it.view().message == "Cancelled." && it.song() == kept,
               "cancelled, nothing has changed");
}

void byParameter(Checks& check, Composing& it)
{
    it.choose(
        [](auto& contents)
        {
            contents.bars = 1;
            contents.seed = 5;
        });
    it.host.set("compose", 1.0f);
    check.that(it.host.waitUntil([&it] { return it.song()->name == "toy 5"; }, 30.0),
               "the host parameter Compose does as the button does");
    check.that(it.song()->origin == 0.0 && it.song()->beats == 4.0,
               "without a prompt a piece begins with the host");
    check.that(it.plugin().parameters.get("compose").getValue() == 0.0f, "and springs back");
    it.choose([](auto& contents) { contents.seed = 6; });
    it.session.rest(0.3);
    check.that(!it.view().isRunning && it.song()->name == "toy 5", "it composes once");
}
} // namespace

/** Arguments: a folder for the files of the song. */
int checkCompose(const Arguments& arguments)
{
    Checks check;
    Composing it;
    check.that(it.session.connect(), "the plugin finds its engine");
    continues(check, it);
    const auto folder = juce::File::getCurrentWorkingDirectory().getChildFile(arguments[0]);
    const starling::SongSound sound{it.plugin().parameters.playerSettings().chips, 120.0, 0.0f};

    for (const auto format :
         {starling::SongFormat::midi, starling::SongFormat::vgm, starling::SongFormat::wav})
        check.that(starling::exportSong(it.song(), sound, format, folder).existsAsFile(),
                   "it is written as a file");

    playsAndSaves(check, it);
    choices(check, it);
    byParameter(check, it);
    return check.exitCode();
}
} // namespace harness
