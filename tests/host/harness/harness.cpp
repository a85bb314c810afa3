// The table of the harness's commands, and the small host that they share.
#include "harness/harness.h"

#include <cstring>
#include <iterator>

namespace harness
{
Host::Host()
{
    midi.ensureSize(2048); // as formats' wrappers do
    plugin.enableAllBuses();
    plugin.setRateAndBufferSizeDetails(rate, block);
    plugin.prepareToPlay(rate, block);
    audio.setSize(juce::jmax(2, plugin.getTotalNumInputChannels()), block);
}

void Host::process(const juce::MidiBuffer& events)
{
    midi.clear();
    midi.addEvents(events, 0, -1, 0);
    beforeBlock();
    plugin.processBlock(audio, midi);
    afterBlock();
    ++blocks;
    mostVoices = juce::jmax(mostVoices, plugin.player.display.voices.load());
}

void Host::pace()
{
    const auto now = juce::Time::getMillisecondCounterHiRes();
    next = juce::jmax(next, now - 20.0) + 1000.0 * block / rate;

    if (next > now)
        juce::Thread::sleep(static_cast<int>(next - now));
}

bool Host::waitUntil(const std::function<bool()>& condition, double seconds)
{
    const auto end = juce::Time::getMillisecondCounterHiRes() + 1000.0 * seconds;

    while (!condition())
    {
        if (juce::Time::getMillisecondCounterHiRes() > end)
            return false;

        process();
        pace();
    }
    return true;
}

void Host::set(const char* id, float value)
{
    auto& parameter = plugin.parameters.get(id);
    parameter.setValueNotifyingHost(parameter.convertTo0to1(value));
}

juce::MidiBuffer noteOn(int note, int velocity, int frame)
{
    juce::MidiBuffer midi;
    midi.addEvent(juce::MidiMessage::noteOn(1, note, static_cast<juce::uint8>(velocity)), frame);
    return midi;
}

juce::MidiBuffer noteOff(int note, int frame)
{
    juce::MidiBuffer midi;
    midi.addEvent(juce::MidiMessage::noteOff(1, note), frame);
    return midi;
}
} // namespace harness

namespace
{
struct Command
{
    const char *name, *text;
    int (*run)(const harness::Arguments&);
};

constexpr Command commands[] = {
    {"player", "notes: timing, envelope, pitch, pedal, late sounds", harness::checkPlayer},
    {"voices", "stealing, interpolation, handover of sounds", harness::checkVoices},
    {"textures", "rings, gaps, stealing and bounces of textures", harness::checkTextures},
    {"chips", "the NES chip: pitch, duty, levels, routing, exactness; songs in time with a host",
     harness::checkChips},
    {"channels", "bends, tuning, vibrato, pedals, MPE zones: of voices, textures and the chip",
     harness::checkChannels},
    {"states", "FILE: what each message of a channel sets, a line a message", harness::printStates},
    {"phrases", "what is played as a prompt; songs at their place and as files",
     harness::checkPhrases},
    {"compose", "FOLDER: a prompt, its continuation and its files, with an engine that composes",
     harness::checkCompose},
    {"state", "FOLDER: saving and loading, FLAC, damaged, older and newer projects; malformed ones",
     harness::checkState},
    {"mutations", "N [SEED]: projects with a few bytes changed, under a right checksum",
     harness::checkMutations},
    {"texts", "parameters: texts and values of each other, steps, names", harness::checkTexts},
    {"told", "what the host is told of, and as which acts", harness::checkTold},
    {"osc", "the codec: golden bytes, round trip, noise", harness::checkOsc},
    {"link", "the socket: the secret, its own port, strangers, the goodbye; how the worker rests",
     harness::checkLink},
    {"host", "rates, blocks, layouts, random notes and parameters, the side-chain",
     harness::checkHost},
    {"session", "search, audition and export with a running engine and a library",
     harness::checkSession},
    {"presets", "filters, favourites and a preset on the keys, with a running engine",
     harness::checkPresets},
    {"terms", "what a search requests: words, filters, aspects, a marked part",
     harness::checkTerms},
    {"steering", "a part marked, aspects moved, scores, in the window with a running engine",
     harness::checkSteering},
    {"match", "a match of a tone with a running engine", harness::checkMatch},
    {"lostmatch", "a match whose engine ends when this says `matching`", harness::checkLostMatch},
    {"palette", "history, kept sounds, exported files, recipes", harness::checkPalette},
    {"sounds", "vary, turn, morph, encode and undo, with a running engine", harness::checkSounds},
    {"alone", "the window without an engine: what is dimmed, what is not", harness::checkAlone},
    {"firstscan", "an empty library, a scan of it, its end, with a running engine",
     harness::checkFirstScan},
    {"newmodel", "a model that appears once this says `listening` plays", harness::checkNewModel},
    {"newtexture", "a texture that appears once this says `listening` plays",
     harness::checkNewTexture},
    {"streams", "textures with a running engine that has one", harness::checkStreams},
    {"freeze", "FOLDER: freeze a texture, save the project there, and what it plays",
     harness::checkFreeze},
    {"reopen", "FOLDER: open that project where there is no engine", harness::checkReopen},
    {"loststream", "a texture whose engine ends when this says `holding`",
     harness::checkLostStream},
    {"slowstream", "six textures with an engine that renders three in real time",
     harness::checkSlowStream},
    {"song", "FILE: what the plugin reads of a song, a line an event", harness::printSong},
    {"pictures",
     "FOLDER [alone|scan|presets|sounds|textures|chip|compose]: the window in its states, with a "
     "running engine; alone: without one",
     harness::takePictures},
    {"roundtrip", "N: note to playable sound with a running engine, in ms",
     harness::measureRoundtrip},
    {"hold", "SECONDS: keys to textures in ms, then two held, with a running engine",
     harness::measureTextures},
    {"audiothread", "SECONDS: play while count_calls.so counts", harness::watchAudioThread},
    {"wrapper", "vst3|lv2 BINARY SECONDS: play the built plugin while count_calls.so counts",
     harness::watchWrapper},
    {"groups", "BINARY: the parameters of the built VST3 with their groups, a line each",
     harness::printGroups},
};
} // namespace

int main(int argc, char** argv)
{
    const juce::ScopedJuceInitialiser_GUI juce;

    for (const auto& command : commands)
        if (argc > 1 && std::strcmp(argv[1], command.name) == 0)
            return command.run(harness::Arguments(argv + 2, argc - 2));

    for (const auto& command : commands)
        std::printf("%-12s %s\n", command.name, command.text);

    return 2;
}
