// What the host is told of: changes that a project would hold beside parameters, new names, and
// acts that set several parameters.
#include "harness/window.h"
#include "projects/saved_project.h"

namespace harness
{
namespace
{
using starling::Place;
using starling::PluginProcessor;

/** Counts what a host hears. */
class Listener final : public juce::AudioProcessorListener
{
  public:
    void audioProcessorChanged(juce::AudioProcessor*, const ChangeDetails& details) override
    {
        changes += details.nonParameterStateChanged ? 1 : 0;
        names += details.parameterInfoChanged ? 1 : 0;
        noteThread();
    }

    void audioProcessorParameterChanged(juce::AudioProcessor*, int, float) override { note('='); }

    void audioProcessorParameterChangeGestureBegin(juce::AudioProcessor*, int) override
    {
        note('(');
    }

    void audioProcessorParameterChangeGestureEnd(juce::AudioProcessor*, int) override { note(')'); }

    juce::String takeActs()
    {
        const std::lock_guard lock(mutex);
        return std::exchange(acts, {});
    }

    std::atomic<int> changes{0}, names{0}, elsewhere{0};

  private:
    void noteThread() { elsewhere += juce::MessageManager::existsAndIsCurrentThread() ? 0 : 1; }

    void note(char what)
    {
        noteThread();
        const std::lock_guard lock(mutex);
        acts << juce::String::charToString(what);
    }

    std::mutex mutex;
    juce::String acts;
};

/** A plugin whose worker runs, with no engine to find, and its host. */
struct Told
{
    Told()
    {
        plugin.addListener(&listener);
        plugin.setRateAndBufferSizeDetails(Host::rate, Host::block);
        plugin.prepareToPlay(Host::rate, Host::block);
        settle();
    }

    ~Told()
    {
        const juce::MessageManagerLock lock; // no call is under way
        plugin.removeListener(&listener);
    }

    /** Long enough for the worker and a message. */
    static void settle() { juce::Thread::sleep(150); }

    bool isTold(const std::atomic<int>& count, int before)
    {
        for (int n = 0; n < 400 && count.load() == before; ++n)
            juce::Thread::sleep(5);

        return count.load() > before;
    }

    PluginProcessor plugin;
    Listener listener;
};

starling::SoundPointer modelSound(int seed)
{
    juce::AudioBuffer<float> audio(1, 60);
    audio.clear();
    return std::make_shared<const starling::Sound>(
        starling::SoundInfo{"model" + juce::String(seed), R"({"kind":"model","model":"drums"})",
                            44100.0, 60},
        audio);
}

struct Act
{
    const char* name;
    std::function<void(PluginProcessor&)> work;
};

std::vector<Act> acts()
{
    const auto onWorker = [](std::function<void(starling::EngineClient&)> job)
    {
        return [job](PluginProcessor& p)
        { p.engine.post([&engine = p.engine, job] { job(engine); }); };
    };
    const auto song = starling::readSong(midiOf(4, true), "Song").song;
    return {
        {"a sound that arrived",
         [](auto& p) { p.bank.publish(Place::current, p.parameters.soundKey(), modelSound(1)); }},
        {"a key's sound that arrived", [](auto& p)
         { p.bank.publish(Place::key, p.parameters.soundKey().forKey(40, 0), modelSound(2)); }},
        {"Play on keys",
         [](auto& p)
         {
             p.bank.publishPreset({0, 7, "Brass", "amsynth"}, p.parameters.soundKey(),
                                  modelSound(3));
         }},
        {"Back to the model", [](auto& p) { p.bank.clearPlace(Place::current); }},
        {"a star", onWorker([](auto& engine) { engine.desk.keep(modelSound(4), true); })},
        {"a star taken away",
         onWorker([](auto& engine) { engine.desk.keep(modelSound(4), false); })},
        {"Morph A", onWorker([](auto& engine) { engine.morpher.choose(true, modelSound(5)); })},
        {"Morph B", onWorker([](auto& engine) { engine.morpher.choose(false, modelSound(6)); })},
        {"the morph's point",
         onWorker([](auto& engine) { engine.morpher.move({0.5f, 0.5f}, true); })},
        {"the padlock",
         [](auto& p) { p.palette.change([](auto& contents) { contents.isSeedLocked = true; }); }},
        {"a prime",
         [](auto& p) { p.palette.change([](auto& contents) { contents.prime = modelSound(7); }); }},
        {"a song", [song](auto& p) { p.player.chips.song.choose(song); }},
        {"no song", [](auto& p) { p.player.chips.song.choose(nullptr); }},
        {"what is composed", [](auto& p) { p.choices.change([](auto& c) { c.bars = 4; }); }},
        {"no prompt", onWorker([](auto& engine) { engine.composer.clearPrompt(); })},
        {"a new model", [](auto& p) { p.models.merge({{"drums", "Drums", "a", "[]", true}}); }},
        {"a new texture", [](auto& p) { p.textures.merge({{"rain", "Rain", "a", "[]", true}}); }},
    };
}

void changes(Checks& check)
{
    Told told;

    for (const auto& act : acts())
    {
        const auto before = told.listener.changes.load();
        act.work(told.plugin);
        check.that(told.isTold(told.listener.changes, before),
                   (juce::String("the host is told of ") + act.name).toRawUTF8());
        Told::settle();
    }
    check.that(told.listener.elsewhere == 0, "all on the message thread");
    const auto before = told.listener.changes.load();
    told.plugin.bank.publish(Place::temporary, starling::SoundKey::temporary(), modelSound(8));
    told.plugin.bank.publish(Place::preview, {}, modelSound(9));
    told.plugin.models.merge({{"drums", "Drums", "a", "[]", true}});
    Told::settle();
    check.that(told.listener.changes == before, "but not of what no project holds");
    PluginProcessor other;
    fillProject(other);
    opens(told.plugin, savedBytes(other));
    Told::settle();
    check.that(told.listener.changes == before, "nor of a project that it gives itself");
}

void names(Checks& check)
{
    Told told;
    auto& model = told.plugin.parameters.get("model");
    const auto first = told.listener.names.load();
    told.plugin.models.merge({{"drums", "Drums", "a", R"([{"name":"a","title":"A"}])", true},
                              {"cats", "Cats", "a", R"([{"name":"b","title":"B"}])", true}});
    check.that(told.isTold(told.listener.names, first) &&
                   told.plugin.parameters.get("control1").getName(100) == "A",
               "the host is told of new names");
    Told::settle();
    const auto second = told.listener.names.load();
    Window::onMessageThread([&] { model.setValueNotifyingHost(model.convertTo0to1(1.0f)); });
    check.that(told.isTold(told.listener.names, second), "and when another model is chosen");
}

void gestures(Checks& check)
{
    Told told;
    auto& parameters = told.plugin.parameters;
    auto soundKey = parameters.soundKey();
    soundKey.model = 1;
    soundKey.variation = 77;
    soundKey.controls = {1, 2, 3, 4, 5, 6};
    told.listener.takeActs();
    told.plugin.engine.post([&] { parameters.choose(soundKey); });
    juce::String acts;

    for (int n = 0; n < 400 && !acts.endsWith("))))))))"); ++n)
    {
        juce::Thread::sleep(5);
        acts << told.listener.takeActs();
    }
    std::printf("     %s\n", acts.toRawUTF8());
    check.that(acts == "((((((((========))))))))", "choosing a sound is one act of the host's");
    check.that(parameters.soundKey() == soundKey, "and holds");
    check.that(told.listener.elsewhere == 0, "on the message thread");
    check.that(parameters.isTouched(starling::indexOf("model")), "as if the user had set it");
}

void holding(Checks& check)
{
    Told told;
    auto& parameters = told.plugin.parameters;
    auto soundKey = parameters.soundKey();
    auto undone = 0;

    for (int n = 0; n < 200000; ++n) // while the message thread tells of the ones before
    {
        soundKey.variation = 1 + n % 1000;
        soundKey.controls = {n % 7, n % 11, n % 13, n % 17, n % 19, n % 23};
        parameters.choose(soundKey);
        undone += parameters.soundKey() == soundKey ? 0 : 1;
    }
    Told::settle(); // nothing is being told any more
    std::printf("     %d undone\n", undone);
    check.that(undone == 0, "telling the host changes nothing");
}
} // namespace

int checkTold(const Arguments&)
{
    Checks check;
    const auto ended = besideMessages(
        [&check]
        {
            changes(check);
            names(check);
            gestures(check);
            holding(check);
        });
    return ended + check.exitCode();
}
} // namespace harness
