// Sounds from sounds with a running engine: vary, play, turn, morph, encode, go back; and the
// window's buttons that do it.
#include "harness/window.h"

namespace harness
{
namespace
{
using starling::SoundPointer;

struct Sounds
{
    Session session;

    starling::PluginProcessor& plugin() { return session.host.plugin; }
    starling::EngineView view() { return plugin().engine.view(); }
    SoundPointer now() { return plugin().bank.current().sound; }
    juce::String id() { return now()->info.id; }
    juce::var recipe() { return juce::JSON::parse(now()->info.recipe); }
    juce::String point() { return juce::JSON::toString(recipe()["point"]); }

    bool becomes(const std::function<bool()>& condition)
    {
        return session.host.waitUntil(condition, Session::patience);
    }

    std::vector<SoundPointer> vary(float amount)
    {
        session.post([amount](auto& engine) { engine.variations.vary(amount); });
        becomes([this] { return !view().variations.isBusy; });
        return view().variations.sounds;
    }

    void turnKnob(float position) // the model's first that is no choice
    {
        const auto controls = plugin().models.at(plugin().parameters.soundKey().model)->controls();
        const auto knob = std::find_if(controls.begin(), controls.end(),
                                       [](const auto& control) { return !control.isChoice(); });
        const auto index = static_cast<int>(std::distance(controls.begin(), knob));
        plugin()
            .parameters.get(starling::indexOf(starling::param::control1) + index)
            .setValueNotifyingHost(position);
    }

    void use(const SoundPointer& sound)
    {
        session.post([sound](auto& engine) { engine.desk.use(sound); });
    }
};

std::set<juce::String> ids(const std::vector<SoundPointer>& sounds)
{
    std::set<juce::String> result;

    for (const auto& each : sounds)
        result.insert(each == nullptr ? juce::String() : each->info.id);

    return result;
}

void variations(Checks& check, Sounds& sounds)
{
    const auto made = sounds.vary(0.4f);
    check.that(made.size() == 16 && ids(made).size() == 16 && ids(made).count({}) == 0,
               "sixteen variations, all different");
    const auto others = sounds.vary(0.4f);
    check.that(ids(others) != ids(made), "other ones each time");

    juce::MemoryBlock bytes;
    sounds.plugin().getStateInformation(bytes);
    Session second;
    second.host.plugin.setStateInformation(bytes.getData(), static_cast<int>(bytes.getSize()));
    second.connect();
    const auto again = [&] { return second.host.plugin.engine.view().variations; };
    second.host.waitUntil([&] { return again().sounds.size() == 16 && !again().isBusy; },
                          Session::patience);
    check.that(ids(again().sounds) == ids(others), "a project brings its own ones back");
}

void turning(Checks& check, Sounds& sounds)
{
    auto& plugin = sounds.plugin();
    const auto first = sounds.id();
    const auto made = sounds.vary(0.5f);
    sounds.use(made.at(3));
    check.that(sounds.id() == made[3]->info.id && sounds.point() != "{}",
               "a variation plays on the keys");
    const auto point = sounds.point();
    sounds.turnKnob(0.9f);
    check.that(sounds.becomes([&] { return sounds.id() != made[3]->info.id; }) &&
                   sounds.point() == point,
               "a knob turns it and leaves its point alone");
    const auto turned = sounds.id();
    sounds.session.rest(0.6);
    sounds.session.post([](auto& engine) { engine.desk.undo(); });
    check.that(sounds.id() == made[3]->info.id, "undo takes the turn back");
    sounds.session.post([](auto& engine) { engine.desk.undo(); });
    check.that(sounds.id() == first, "and the variation");
    sounds.session.rest(0.3);
    check.that(sounds.id() == first, "for good");
    sounds.session.post([](auto& engine) { engine.desk.redo(); });
    sounds.session.post([](auto& engine) { engine.desk.redo(); });
    check.that(sounds.id() == turned, "redo brings both back");
    plugin.parameters.get("variation").setValueNotifyingHost(0.5f);
    check.that(sounds.becomes([&] { return sounds.id() != turned; }) && !sounds.recipe()["point"],
               "another seed is a sound of its own");
}

void morphing(Checks& check, Sounds& sounds)
{
    const auto made = sounds.vary(0.8f);
    const auto move = [&](float x, float y)
    {
        const auto before = sounds.id();
        sounds.session.post([x, y](auto& engine) { engine.morpher.move({x, y}, true); });
        sounds.becomes([&] { return sounds.id() != before; });
        return sounds.id();
    };
    sounds.session.post([](auto& engine) { engine.morpher.move({0.5f, 0.5f}, true); });
    check.that(sounds.view().morph.isError, "a morph of nothing gets a sentence");
    sounds.session.post([&](auto& engine) { engine.morpher.choose(true, made.at(0)); });
    sounds.session.post([&](auto& engine) { engine.morpher.choose(false, made.at(5)); });
    const auto middle = move(0.5f, 0.5f);
    check.that(middle != made[0]->info.id && middle != made[5]->info.id && sounds.point() != "{}",
               "between two sounds lies a third");
    check.that(move(0.0f, 0.0f) == made[0]->info.id, "and the first at its end");
    check.that(sounds.plugin().palette.contents().morph == starling::MorphPoint(),
               "the pad stays where it was left");
}

void encoding(Checks& check, Sounds& sounds)
{
    const juce::TemporaryFile tone(".wav"), text(".wav");
    writeTone(tone.getFile(), 110.0);
    text.getFile().replaceWithText("no sound");
    const auto before = sounds.id();
    sounds.session.post([&](auto& engine) { engine.desk.encode(tone.getFile()); });
    sounds.becomes([&] { return !sounds.view().desk.isEncoding; });
    std::printf("     %s\n", sounds.view().desk.message.toRawUTF8());
    check.that(!sounds.view().desk.isError && sounds.id() != before && sounds.point() != "{}",
               "a recording becomes a sound of the model, on the keys");
    check.that(sounds.vary(0.3f).size() == 16, "and has variations");
    sounds.session.post([&](auto& engine) { engine.desk.encode(text.getFile()); });
    sounds.becomes([&] { return !sounds.view().desk.isEncoding; });
    check.that(sounds.view().desk.isError, "what is no sound gets a sentence");
}

void presets(Checks& check, Sounds& sounds)
{
    auto& plugin = sounds.plugin();
    const auto model = sounds.now();
    juce::AudioBuffer<float> audio(1, 100);
    audio.clear();
    const auto rendered = std::make_shared<const starling::Sound>(
        starling::SoundInfo{"rendered", R"({"kind":"preset"})", 44100.0, 60}, audio);
    sounds.session.rest(0.6);
    plugin.bank.publishPreset({0, 1, "Brass", "amsynth"}, plugin.parameters.soundKey(), rendered);
    sounds.session.rest(0.6);
    sounds.session.post([](auto& engine) { engine.variations.vary(0.5f); });
    check.that(sounds.view().variations.isError, "a preset has no variations, says a sentence");
    sounds.session.post([](auto& engine) { engine.desk.undo(); });
    check.that(sounds.id() == model->info.id && plugin.bank.preset().number == 0,
               "undo goes from a preset to the sound before");
    sounds.session.post([](auto& engine) { engine.desk.redo(); });
    check.that(sounds.id() == "rendered" && plugin.bank.preset().name == "Brass",
               "and redo puts the preset back");
    sounds.use(model);
}

void window(Checks& check, Window& window)
{
    auto& bank = window.plugin().bank;
    const auto id = [&bank] { return bank.current().sound->info.id; };
    const auto before = id();
    check.that(window.click("Sounds") && window.click("Vary"), "Vary can be pressed");
    const auto view = [&] { return window.plugin().engine.view(); };
    window.session().host.waitUntil(
        [&] { return view().variations.sounds.size() == 16 && !view().variations.isBusy; },
        Session::patience);
    window.settle();
    auto& host = window.session().host;
    host.mostVoices = 0; // it may be heard, and over, before the click returns
    check.that(window.click("Variation 5") &&
                   host.waitUntil([&] { return host.mostVoices > 0; }, 5.0),
               "a thumbnail is heard");
    check.that(id() == before, "and leaves the keys alone");
    check.that(window.click("Play on keys") && id() == view().variations.sounds.at(4)->info.id,
               "Play on keys puts it there");
    check.that(window.click("Keep") && view().palette.kept.size() == 1, "the star keeps it");
    check.that(window.click("Undo") && id() == before, "Undo goes back");
    check.that(window.click("Redo") && id() != before && !window.click("Redo"), "Redo forth");
    check.that(window.click("Lock the seed") && !window.click("Generate") &&
                   window.click("Unlock the seed") && window.click("Generate"),
               "a locked seed stops Generate");
    check.that(window.click("History") && window.click("Kept") && window.click("Kept sound 1") &&
                   window.click("Keep it no longer") && view().palette.kept.empty(),
               "what was kept can be let go of");
    check.that(window.click("Morph") && window.click("This sound to A") &&
                   view().palette.first != nullptr,
               "the sound on the keys goes to the pad");
}
} // namespace

int checkSounds(const Arguments&)
{
    Checks check;
    {
        Sounds sounds;
        check.that(sounds.session.connect(), "the engine is found");
        variations(check, sounds);
        turning(check, sounds);
        morphing(check, sounds);
        encoding(check, sounds);
        presets(check, sounds);
    }
    const auto code = withWindow([&](Window& shown) { window(check, shown); });
    return code + check.exitCode();
}
} // namespace harness
