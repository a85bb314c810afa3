// Plays for a while in real time, with everything going on at once, while
// count_calls.so (preloaded) counts what processBlock allocates and locks, and its
// system calls. See watch_wrapper.cpp for the formats' own calls around it.
#include "harness/harness.h"
#include "measure/counter.h"

namespace harness
{
namespace
{
juce::MidiBuffer randomEvents(juce::Random& random)
{
    juce::MidiBuffer midi;
    const auto frame = random.nextInt(Host::block);
    const auto note = 36 + random.nextInt(24);

    if (random.nextInt(2000) == 0) // more than there are voices
    {
        for (int key = 30; key < 80; ++key)
            midi.addEvent(juce::MidiMessage::noteOn(1, key, juce::uint8{100}), frame);

        return midi;
    }

    switch (random.nextInt(40)) // 375 blocks a second: about 9 of each kind
    {
    case 0:
    case 1:
        return noteOn(note, 1 + random.nextInt(127), frame);
    case 2:
        return noteOff(note, frame);
    case 3:
        midi.addEvent(juce::MidiMessage::controllerEvent(1, 64, random.nextInt(128)), frame);
        return midi;
    case 4:
        midi.addEvent(juce::MidiMessage::pitchWheel(1, random.nextInt(16384)), frame);
        return midi;
    case 5: // vibrato, volume, pan, expression, the other pedals, data entry for an RPN
    {
        constexpr int numbers[] = {1, 1, 7, 10, 11, 66, 67, 6, 100, 101, 121};
        const auto number = numbers[random.nextInt(static_cast<int>(std::size(numbers)))];
        const auto value = number > 99 ? random.nextInt(3) : random.nextInt(128);
        midi.addEvent(juce::MidiMessage::controllerEvent(1, number, value), frame);
        return midi;
    }
    case 6:
        midi.addEvent(juce::MidiMessage::aftertouchChange(1, note, random.nextInt(128)), frame);
        return midi;
    default:
        return midi;
    }
}

/** What users and hosts do meanwhile, from other threads than audio's. */
class Bustle : public juce::Thread
{
  public:
    explicit Bustle(Host& theHost) : Thread("bustle"), host(theHost) {}
    ~Bustle() override { stopThread(5000); }

    void run() override
    {
        juce::Random random(5);

        for (int turn = 0; !threadShouldExit(); ++turn, wait(200))
        {
            host.set("variation", static_cast<float>(random.nextInt(1000)));
            host.set("control2", random.nextFloat());
            host.set("attack", 0.05f * random.nextFloat());
            host.set("gain", -20.0f * random.nextFloat());
            host.set("mode", turn / 25 % 2 == 0 ? 0.0f : 1.0f); // 5 s each
            host.set("texture", turn % 10 < 4 ? 1.0f : 0.0f);
            host.set("temperature", 0.5f + random.nextFloat());
            playChip(turn, random);

            if (turn % 10 == 8)
                host.plugin.engine.post([this] { host.plugin.engine.textures.freeze(); });

            if (turn % 10 == 0)
                saveAndLoad();

            if (turn % 15 == 0)
                preview();

            if (turn % 7 == 0)
                presetOnKeys(turn);

            if (turn % 4 == 0)
                soundsFromSounds(turn);

            if (turn % 20 == 0)
                host.plugin.engine.post([this] { host.plugin.engine.startCapture(); });

            if (turn % 20 == 10)
                host.plugin.engine.post([this] { host.plugin.engine.stopCapture({}); });
        }
    }

    int saves = 0;

  private:
    void saveAndLoad()
    {
        juce::MemoryBlock bytes;
        host.plugin.getStateInformation(bytes);
        host.plugin.setStateInformation(bytes.getData(), static_cast<int>(bytes.getSize()));
        ++saves;
    }

    /** The chip on the keys, its voices, and a song that plays meanwhile. */
    void playChip(int turn, juce::Random& random)
    {
        host.set("chip", turn % 5 > 2 ? 1.0f : 0.0f);
        host.set("chipvoices", random.nextFloat() < 0.5f ? 0.0f : 1.0f);
        host.set("p1duty", static_cast<float>(random.nextInt(4)));
        host.set("noiselevel", static_cast<float>(random.nextInt(16)));
        host.set("trmute", random.nextFloat() < 0.2f ? 1.0f : 0.0f);
        host.plugin.isListening = turn % 7 > 0;
        host.set("record", turn % 4 < 2 ? 1.0f : 0.0f);

        if (turn % 6 == 1) // loading a state at turn 0 ends the song that was chosen before
            host.plugin.player.chips.song.choose(turn % 12 == 1 ? everyVoice() : nullptr);
    }

    /** Eighths and sixteenths for all voices. */
    static starling::ChipSongPointer everyVoice()
    {
        auto song = std::make_shared<starling::ChipSong>();
        song->beats = 1.0;

        for (int n = 0; n < 4; ++n)
            for (int voice = 0; voice < starling::chip::voices; ++voice)
            {
                song->events.push_back({0.25 * n, voice, 50 + 5 * n, 100});
                song->events.push_back({0.25 * n + 0.125 * (voice % 2 + 1), voice, 50 + 5 * n, 0});
            }

        std::stable_sort(song->events.begin(), song->events.end(),
                         [](const auto& a, const auto& b) { return a.beat < b.beat; });
        return song;
    }

    void preview()
    {
        if (auto sound = host.plugin.bank.current().sound)
            host.plugin.bank.publish(starling::Place::preview, {}, sound);
    }

    void presetOnKeys(int turn)
    {
        auto& bank = host.plugin.bank;
        const auto sound = bank.current().sound;

        if (sound == nullptr)
            return;

        const auto soundKey = host.plugin.parameters.soundKey();
        const auto number = bank.publishPreset({0, 1, "preset", "synth"}, soundKey, sound);

        for (int note = 36; note <= 84; note += 4)
            bank.publish(starling::Place::zone, starling::SoundKey::zone(number, note), sound);

        if (turn % 2 == 0)
            bank.publish(starling::Place::temporary, starling::SoundKey::temporary(), sound);
        else
            bank.clearPlace(starling::Place::temporary);
    }

    /** Variations, morphs and steps back and forth, as the buttons of the window request them. */
    void soundsFromSounds(int turn)
    {
        auto& engine = host.plugin.engine;
        engine.post(
            [&engine, turn = static_cast<size_t>(turn)]
            {
                const auto sounds = engine.variations.view().sounds;
                const auto sound = sounds.empty() ? nullptr : sounds[turn % sounds.size()];

                if (turn % 48 == 0)
                    engine.variations.vary(0.5f);

                engine.desk.listen(sound);
                engine.desk.use(sound);
                engine.morpher.choose(turn % 8 == 0, sound);
                engine.morpher.move({0.5f, 0.5f}, true);

                if (turn % 3 == 0)
                    engine.desk.undo();
            });
    }

    Host& host;
};
} // namespace

int watchAudioThread(const Arguments& arguments)
{
    const auto seconds = juce::jmax(1, arguments[0].getIntValue());
    const Counter counter;

    if (!counter.isLoaded())
    {
        std::printf("run with LD_PRELOAD=count_calls.so\n");
        return 1;
    }

    const auto sees = counter.thread();
    long planted[4], counted[4];
    counter.plant(planted);
    Host host;

    if (!host.waitUntil([&] { return host.plugin.bank.current().sound != nullptr; }, 60.0))
    {
        std::printf("no sound came from the engine\n");
        return 1;
    }
    host.beforeBlock = counter.enter;
    host.afterBlock = counter.leave;
    Bustle bustle(host);
    bustle.startThread();
    juce::Random random(1);
    int notes = 0, textureBlocks = 0, chipBlocks = 0, sent = 0;
    const auto began = host.plugin.bank.serial();
    const auto end = juce::Time::getMillisecondCounterHiRes() + 1000.0 * seconds;
    host.blocks = 0;
    counter.reset();

    while (juce::Time::getMillisecondCounterHiRes() < end)
    {
        const auto midi = randomEvents(random);

        for (const auto event : midi)
            notes += event.getMessage().isNoteOn() ? 1 : 0;

        for (int c = 0; c < host.audio.getNumChannels(); ++c)
            host.audio.setSample(c, 0,
                                 random.nextFloat()); // something on the side-chain

        if (random.nextInt(100) == 0)
            host.plugin.playKey(60, random.nextInt(2) * 100);

        host.process(midi);
        textureBlocks += host.plugin.player.textures.display.voices > 0 ? 1 : 0;
        chipBlocks += host.plugin.player.chips.sounding() > 0 ? 1 : 0;
        sent += host.midi.getNumEvents();
        host.pace();

        if (random.nextInt(2000) == 0)
        {
            counter.enter();
            host.plugin.reset();
            counter.leave();
        }
    }

    counter.counts(counted);
    const auto changes = host.plugin.bank.serial() - began;
    bustle.stopThread(5000);
    std::printf("{");
    printCounts(counted, planted, sees != 0);
    std::printf(", \"seconds\": %d, \"blocks\": %lld, \"notes\": %d, \"sound_changes\": %d, "
                "\"saves\": %d, \"texture_blocks\": %d, \"chip_blocks\": %d, \"midi_out\": %d}\n",
                seconds, static_cast<long long>(host.blocks), notes, changes, bustle.saves,
                textureBlocks, chipBlocks, sent);
    return 0;
}
} // namespace harness
