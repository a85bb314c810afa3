// Textures with a running engine that has one: from the key to the sound, controls, a prime,
// freezing, bounces; and what is heard when the engine ends.
#include "harness/texture_session.h"
#include "harness/window.h"

namespace harness
{
namespace
{
void holding(Checks& check, Textures& textures)
{
    const auto first = textures.press(60); // the engine loads the model
    textures.session.rest(1.0);
    check.that(first >= 0.0 && textures.isLoud(), "a held note sounds");
    check.that(textures.lift(60), "until its key is lifted");
    const auto second = textures.press(60);
    std::printf("     %.0f ms to the first note, %.0f ms to the second\n", first, second);
    textures.session.host.set("temperature", 0.7f);
    textures.session.rest(2.0);
    check.that(textures.isLoud() && !textures.view().isError, "a control moves while it plays");
    check.that(textures.press(67) >= 0.0, "a second note joins");
    textures.session.rest(1.0);
    std::printf("     %d gaps\n", textures.gaps());
    check.that(textures.lift(67) || textures.isLoud(), "and leaves");
    textures.lift(60);
}

/** The frozen sound on the keys has variations, as any other. */
void varying(Checks& check, Textures& textures)
{
    auto& engine = textures.plugin().engine;
    const auto varied = [&engine] { return engine.view().variations; };
    textures.session.post([](auto& each) { each.variations.vary(0.5f); });
    textures.session.host.waitUntil([&] { return !varied().isBusy; }, Session::patience);
    const auto sounds = varied().sounds;
    const auto isThere = [](const auto& sound) { return sound != nullptr; };
    std::printf("     %s\n", varied().message.toRawUTF8());
    check.that(sounds.size() == 16 && std::all_of(sounds.begin(), sounds.end(), isThere),
               "it has variations");

    if (sounds.empty() || sounds[3] == nullptr)
        return;

    textures.session.post([&](auto& each) { each.desk.use(sounds[3]); });
    textures.session.rest(0.2);
    check.that(textures.plugin().bank.current().sound == sounds[3], "which go on the keys");
}

void freezing(Checks& check, Textures& textures)
{
    textures.press(60);
    textures.session.rest(2.0);
    textures.session.post([](auto& engine) { engine.textures.freeze(); });
    textures.session.host.waitUntil([&] { return !textures.view().isFreezing; }, Session::patience);
    std::printf("     %s\n", textures.view().message.toRawUTF8());
    const auto kept = textures.plugin().palette.contents().kept;
    check.that(kept.size() == 1 && kept[0]->frames() > kept[0]->info.rate,
               "what was heard is kept with the project");
    check.that(!kept.empty() && starling::isOfTexture(*kept[0]), "its recipe says what it is of");
    textures.lift(60);
    textures.session.post([](auto& engine) { engine.textures.freeze(); });
    textures.session.host.waitUntil([&] { return !textures.view().isFreezing; }, Session::patience);
    check.that(textures.plugin().palette.contents().kept.size() == 2,
               "the last note can be frozen after its key was lifted");

    if (kept.empty())
        return;

    textures.session.post([&](auto& engine) { engine.desk.use(kept[0]); });
    textures.session.rest(0.2);
    check.that(textures.plugin().bank.current().sound == kept[0] &&
                   !textures.plugin().parameters.playerSettings().texture,
               "a frozen sound goes on the keys");
    check.that(textures.press(60) >= 0.0, "and plays there");
    textures.session.host.process(noteOff(60));
    textures.session.rest(0.5);

    juce::MemoryBlock bytes;
    textures.plugin().getStateInformation(bytes);
    starling::PluginProcessor alone; // its worker is never started: there is no engine for it
    alone.setStateInformation(bytes.getData(), static_cast<int>(bytes.getSize()));
    const auto restored = alone.bank.current().sound;
    check.that(restored != nullptr && restored->info.recipe == kept[0]->info.recipe &&
                   std::equal(restored->channel(0), restored->channel(0) + restored->frames(),
                              kept[0]->channel(0)),
               "and comes back with the project, with no engine");
    varying(check, textures);
    textures.session.host.set("texture", 1.0f);
}

void priming(Checks& check, Textures& textures)
{
    const juce::TemporaryFile tone(".wav"), text(".wav");
    writeTone(tone.getFile(), 220.0);
    text.getFile().replaceWithText("no sound");
    auto& engine = textures.plugin().engine;
    textures.session.post([&](auto&) { engine.textures.prime(text.getFile()); });
    check.that(textures.view().isError && textures.plugin().palette.contents().prime == nullptr,
               "a prime that is no sound gets a sentence");
    textures.session.post([&](auto&) { engine.textures.prime(tone.getFile()); });
    const auto prime = textures.plugin().palette.contents().prime;
    check.that(prime != nullptr && prime->frames() == 44100, "a recording becomes the prime");
    check.that(textures.press(62) >= 0.0, "a note goes on from it");
    textures.lift(62);
    writeTone(text.getFile(), 220.0, "{\"kind\":\"model\"}");
    textures.session.post([&](auto&) { engine.textures.prime(text.getFile()); });
    const auto own = textures.plugin().palette.contents().prime;
    check.that(own != nullptr && own->info.recipe == "{\"kind\":\"model\"}",
               "a model's own sound keeps its recipe, by which its level is known");
    textures.session.post([&](auto&) { engine.textures.prime({}); });
    check.that(textures.plugin().palette.contents().prime == nullptr, "the prime can be cleared");
}

/** Three seconds with three notes, the temperature rising, in blocks of this size. */
std::vector<float> bounced(Textures& textures, int block, bool isAutomated)
{
    auto& plugin = textures.plugin();
    plugin.setNonRealtime(true);
    plugin.setRateAndBufferSizeDetails(Host::rate, block);
    plugin.prepareToPlay(Host::rate, block);
    juce::AudioBuffer<float> audio(4, block);
    std::vector<float> result;
    const std::pair<int, juce::MidiMessage> notes[] = {
        {4800, juce::MidiMessage::noteOn(1, 60, juce::uint8{100})},
        {30000, juce::MidiMessage::noteOn(1, 64, juce::uint8{100})},
        {60001, juce::MidiMessage::noteOff(1, 60)},
        {70000, juce::MidiMessage::noteOn(1, 60, juce::uint8{90})},
        {110000, juce::MidiMessage::noteOff(1, 64)},
        {110000, juce::MidiMessage::noteOff(1, 60)}};

    for (int at = 0; at < 3 * static_cast<int>(Host::rate); at += block)
    {
        juce::MidiBuffer midi;

        for (const auto& [frame, message] : notes)
            if (frame >= at && frame < at + block)
                midi.addEvent(message, frame - at);

        if (isAutomated)
            textures.session.host.set("temperature",
                                      0.6f + 0.3f * static_cast<float>(at) / 144000.0f);

        plugin.processBlock(audio, midi);
        result.insert(result.end(), audio.getReadPointer(0), audio.getReadPointer(0) + block);
    }
    plugin.setNonRealtime(false);
    plugin.setRateAndBufferSizeDetails(Host::rate, Host::block);
    plugin.prepareToPlay(Host::rate, Host::block);
    textures.session.rest(0.3);
    return result;
}

float peakOf(const std::vector<float>& samples, size_t from, size_t to)
{
    auto result = 0.0f;

    for (auto n = from; n < to; ++n)
        result = juce::jmax(result, std::abs(samples[n]));

    return result;
}

void bounces(Checks& check, Textures& textures)
{
    textures.session.host.set("temperature", 0.9f);
    const auto first = bounced(textures, 480, false), second = bounced(textures, 480, false);
    const auto other = bounced(textures, 128, false);
    check.that(peakOf(first, 0, 4800) == 0.0f && peakOf(first, 4800, 9600) > Textures::quiet,
               "a bounced note begins at its frame");
    check.that(first == second, "two bounces are identical");
    check.that(first == other, "in blocks of any size");
    const auto rising = bounced(textures, 480, true), again = bounced(textures, 480, true);
    check.that(rising == again, "with a temperature that moves too");
    check.that(rising != first, "which is heard");
}

/** Of a texture of six albums four have knobs. */
void albums(Checks& check, Window& shown)
{
    const auto list = shown.plugin().textures.list();
    const auto drone = std::find_if(list.begin(), list.end(),
                                    [](const auto& each) { return each.name == "drone"; });
    shown.session().host.set("texturemodel", static_cast<float>(drone - list.begin()));
    shown.settle();
    check.that(shown.shows("not in the mix: fire, birds"),
               "the window names the albums that have no knob");
}

void window(Checks& check, Window& shown)
{
    auto& plugin = shown.plugin();
    auto& host = shown.session().host;
    const auto view = [&] { return plugin.engine.view(); };
    host.waitUntil([&] { return !view().texture.models.empty(); }, Session::patience);
    check.that(shown.click("Textures") && shown.click("Notes hold a texture") &&
                   plugin.parameters.playerSettings().texture,
               "the window's page of textures puts them on the keys");
    host.process(noteOn(60));
    host.waitUntil([&] { return view().texture.heardSeconds > 0.5f; }, Session::patience);
    shown.settle();
    check.that(shown.click("Freeze") &&
                   host.waitUntil([&] { return view().palette.kept.size() == 1; }, 10.0),
               "Freeze keeps what was heard");
    host.process(noteOff(60));
    const juce::TemporaryFile tone(".wav");
    writeTone(tone.getFile(), 220.0);
    shown.session().post([&](auto& engine) { engine.textures.prime(tone.getFile()); });
    shown.settle();
    check.that(view().palette.prime != nullptr && shown.click("Clear the prime"),
               "Clear can be pressed when there is a prime");
    shown.settle();
    check.that(view().palette.prime == nullptr && !shown.click("Clear the prime"),
               "and takes it away");
    albums(check, shown);
}
} // namespace

int checkStreams(const Arguments&)
{
    Checks check;
    {
        Textures textures;
        check.that(textures.connect(), "the engine lists its textures");
        holding(check, textures);
        freezing(check, textures);
        priming(check, textures);
        bounces(check, textures);
    }
    const auto code = withWindow([&](Window& shown) { window(check, shown); });
    return code + check.exitCode();
}

int checkLostStream(const Arguments&)
{
    Checks check;
    Textures textures;
    check.that(textures.connect() && textures.press(60) >= 0.0, "a note is held");
    textures.session.rest(1.0);
    auto& host = textures.session.host;
    const auto before = textures.heard.size();
    const auto connected = [&]
    { return textures.session.state() == starling::EngineState::connected; };
    std::printf("holding\n");
    std::fflush(stdout);
    check.that(host.waitUntil([&] { return !connected(); }, Session::patience),
               "the engine's end is noticed");
    check.that(host.waitUntil([&] { return !textures.isLoud(); }, 10.0), "the note fades");
    const auto silent = textures.heard.size();
    check.that(host.waitUntil([&] { return textures.isLoud(); }, Session::patience),
               "and goes on when there is an engine again, its key still down");
    textures.session.rest(1.0);
    const auto usual = textures.largestStep(before - static_cast<size_t>(Host::rate) / 2, before);
    const auto around = textures.largestStep(before, silent + static_cast<size_t>(Host::rate) / 2);
    std::printf("     largest step %.4f, around the gap %.4f\n", static_cast<double>(usual),
                static_cast<double>(around));
    check.that(around <= 1.5f * usual, "without a click");
    check.that(textures.lift(60), "a lifted key still ends it");
    return check.exitCode();
}

/** More notes than the engine can make: it renders three seconds of sound a second. */
int checkSlowStream(const Arguments&)
{
    Checks check;
    Textures textures;
    check.that(textures.connect(), "the engine lists its textures");
    constexpr int notes = 6;

    for (int key = 60; key < 60 + notes; ++key)
        textures.session.host.process(noteOn(key));

    const auto& voices = textures.plugin().player.textures.display.voices;
    check.that(textures.session.host.waitUntil([&] { return textures.view().isError; }, 30.0),
               "the engine ends a note, says a sentence");
    std::printf("     %s\n", textures.view().message.toRawUTF8());
    textures.session.rest(5.0);
    const auto left = voices.load();
    const auto gaps = textures.gaps();
    textures.session.rest(3.0);
    std::printf("     %d notes are left, %d gaps\n", left, gaps);
    check.that(left > 0 && left < notes && voices == left && textures.isLoud(), "the others go on");
    check.that(textures.gaps() == gaps, "and have no gaps any more");

    for (int key = 60; key < 60 + notes; ++key)
        textures.session.host.process(noteOff(key));

    check.that(textures.session.host.waitUntil([&] { return voices == 0; }, 5.0),
               "and end with their keys");
    return check.exitCode();
}
} // namespace harness
