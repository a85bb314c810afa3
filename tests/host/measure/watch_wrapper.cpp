// Plays a built plugin for a while in real time, as a busy host would, while count_calls.so
// (preloaded) counts what the format's own call into it allocates and locks, and its system calls.
// Beside it the bare processor plays the same part, so that the wrapper's time has a baseline.
#include "measure/block_times.h"
#include "measure/built_plugin.h"
#include "measure/counter.h"

#include "harness/harness.h"

namespace harness
{
namespace
{
/** What a host does in one block: notes, controllers, automation. Audio thread. */
class Part
{
  public:
    explicit Part(BuiltPlugin& p) : plugin(p) {}

    void bringEvents()
    {
        const auto key = 36 + random.nextInt(24);
        const auto frame = random.nextInt(BuiltPlugin::block);

        if (random.nextInt(2000) == 0) // more than there are voices
            for (int each = 30; each < 80; ++each)
                play(each, 100, frame);

        switch (random.nextInt(40)) // 375 blocks a second: about 9 of each kind
        {
        case 0:
        case 1:
            return play(key, 1 + random.nextInt(127), frame);
        case 2:
            return plugin.note(key, 0, frame);
        case 3:
            return plugin.pedal(random.nextBool());
        case 4:
            return plugin.bend(random.nextFloat());
        case 5:
            return automate();
        default:
            return;
        }
    }

    int notes = 0, points = 0;

  private:
    void play(int key, int velocity, int frame)
    {
        plugin.note(key, velocity, frame);
        ++notes;
    }

    void automate()
    {
        plugin.automate("attack", 0.01f * random.nextFloat());
        plugin.automate("gain", 0.6f + 0.4f * random.nextFloat());
        plugin.automate("control2", random.nextFloat());
        plugin.automate("variation", random.nextInt(1000) / 999999.0f);
        plugin.automate("mode", random.nextInt(4) == 0 ? 1.0f : 0.0f);
        plugin.automate("texture", random.nextInt(4) == 0 ? 1.0f : 0.0f);
        plugin.automate("temperature", random.nextFloat());
        plugin.automate("chip", random.nextInt(4) == 0 ? 1.0f : 0.0f);
        plugin.automate("chipvoices", random.nextInt(2) == 0 ? 1.0f : 0.0f);
        plugin.automate("p1duty", random.nextFloat());
        points += 10;
    }

    BuiltPlugin& plugin;
    juce::Random random{1};
};

/** Saves projects, and loads them where the format allows that meanwhile; the bare processor's too,
 * so that both play the same. A thread of its own. */
class Saver : public juce::Thread
{
  public:
    Saver(BuiltPlugin& p, BuiltPlugin& b) : Thread("saver"), plugin(p), bare(b) {}
    ~Saver() override { stopThread(5000); }

    void run() override
    {
        for (; !threadShouldExit(); wait(2000))
        {
            for (auto* each : {&plugin, &bare})
            {
                const auto state = each->save();

                if (plugin.loadsWhileProcessing())
                    each->load(state);
            }

            ++saves;
        }
    }

    std::atomic<int> saves{0};

  private:
    BuiltPlugin &plugin, &bare;
};

/** Sleep until the next block is due. */
void pace(double& due)
{
    const auto now = juce::Time::getMillisecondCounterHiRes();
    due = juce::jmax(due, now - 20.0) + 1000.0 * BuiltPlugin::block / BuiltPlugin::rate;

    if (due > now)
        juce::Thread::sleep(static_cast<int>(due - now));
}

/** Play notes until one sounds: the engine has answered. */
bool waitForSound(BuiltPlugin& plugin, double seconds)
{
    const auto end = juce::Time::getMillisecondCounterHiRes() + 1000.0 * seconds;
    const auto nothing = [] {};
    auto due = 0.0;

    for (int n = 0; juce::Time::getMillisecondCounterHiRes() < end; ++n, pace(due))
    {
        if (n % 100 == 0)
            plugin.note(60, 100, 0);

        if (n % 100 == 90)
            plugin.note(60, 0, 0);

        plugin.process(nothing, nothing);

        if (plugin.peak() > 0.001f)
            return true;
    }

    std::printf("no sound came from the engine\n");
    return false;
}

/** What the audio thread plays: a plugin, its part, and the times of its blocks. */
struct Played
{
    Played(BuiltPlugin& p, int seconds) : plugin(p), times(blocksIn(seconds)) {}

    static size_t blocksIn(int seconds)
    {
        return static_cast<size_t>(seconds * BuiltPlugin::rate / BuiltPlugin::block);
    }

    /** One block of the part. Reading the clock may be a system call: it is outside of `enter` and
        `leave`. */
    void process(void (*enter)(), void (*leave)())
    {
        part.bringEvents();
        plugin.process(
            [this, enter]
            {
                times.enter();
                enter();
            },
            [this, leave]
            {
                leave();
                times.leave();
            });
    }

    BuiltPlugin& plugin;
    Part part{plugin}; // the same events for every plugin
    BlockTimes times;
};

/** Whether a VST3 plays blocks that are longer than its host has announced, with a sound that a
    project brings: what lies behind its buffers is not written. */
bool playsLongBlocks(const juce::File& binary)
{
    constexpr auto announced = BuiltPlugin::block / 16;
    const auto plugin = openVst3(binary, announced);
    starling::PluginProcessor source;
    juce::AudioBuffer<float> audio(1, 48000);

    for (int n = 0; n < audio.getNumSamples(); ++n)
        audio.setSample(0, n, n % 2 == 0 ? 0.5f : -0.5f);

    source.bank.publish(starling::Place::current, source.parameters.soundKey(),
                        std::make_shared<const starling::Sound>(
                            starling::SoundInfo{"long", "{}", 48000.0, 60}, audio));
    juce::MemoryBlock project;
    source.getStateInformation(project);

    if (plugin == nullptr)
        return false;

    const auto nothing = [] {};
    plugin->load(project);
    plugin->note(60, 127, 0);
    auto loud = 0;

    for (int n = 0; n < 100; ++n)
    {
        plugin->process(nothing, nothing);
        loud += plugin->peak() > 0.1f ? 1 : 0;
    }
    return loud > 90;
}

int watch(BuiltPlugin& plugin, BuiltPlugin& bare, int seconds)
{
    const Counter counter;

    if (!counter.isLoaded())
    {
        std::printf("run with LD_PRELOAD=count_calls.so\n");
        return 1;
    }

    const auto sees = counter.thread();
    long planted[4], counted[4];
    counter.plant(planted);

    if (!waitForSound(plugin, 60.0) || !waitForSound(bare, 60.0))
        return 1;

    Played built(plugin, seconds), baseline(bare, seconds);
    const auto nothing = [] {};
    Saver saver(plugin, bare);
    saver.startThread();
    const auto end = juce::Time::getMillisecondCounterHiRes() + 1000.0 * seconds;
    auto blocks = 0, loud = 0;
    auto due = 0.0;
    counter.reset();

    for (; juce::Time::getMillisecondCounterHiRes() < end; ++blocks, pace(due))
    {
        if (blocks % 2 == 0) // each is the one that finds the processor's caches cold in turn
            baseline.process(nothing, nothing);

        built.process(counter.enter, counter.leave);
        loud += plugin.peak() > 0.001f ? 1 : 0;

        if (blocks % 2 == 1)
            baseline.process(nothing, nothing);

        if (blocks % 2000 == 1999)
        {
            plugin.restart();
            bare.restart();
        }
    }

    counter.counts(counted);
    saver.stopThread(5000);
    std::printf("{");
    printCounts(counted, planted, sees != 0);
    std::printf(", \"seconds\": %d, \"blocks\": %d, \"blocks_with_sound\": %d, \"notes\": %d, "
                "\"automation_points\": %d, \"saves\": %d, \"block_us\": %.3f, "
                "\"bare_block_us\": %.3f}\n",
                seconds, blocks, loud, built.part.notes, built.part.points, saver.saves.load(),
                built.times.median(), baseline.times.median());
    return 0;
}
} // namespace

int watchWrapper(const Arguments& arguments)
{
    const auto binary = juce::File::getCurrentWorkingDirectory().getChildFile(arguments[1]);
    const auto isVst3 = arguments[0] == "vst3";

    if (isVst3 && !playsLongBlocks(binary))
    {
        std::printf("blocks longer than announced do not play\n");
        return 1;
    }
    const auto plugin = isVst3 ? openVst3(binary) : openLv2(binary);

    if (plugin == nullptr)
        return 1;

    const auto bare = makeBareProcessor();
    return watch(*plugin, *bare, juce::jmax(1, arguments[2].getIntValue()));
}

int printGroups(const Arguments& arguments)
{
    const auto plugin =
        openVst3(juce::File::getCurrentWorkingDirectory().getChildFile(arguments[0]));

    if (plugin == nullptr)
        return 1;

    std::printf("%s\n", plugin->groups().joinIntoString("\n").toRawUTF8());
    return 0;
}
} // namespace harness
