// History, kept sounds, the palette in a project, and sounds as files and as recipes. No engine.
#include "projects/saved_project.h"

#include "Sounds/Palette/SavedPalette.h"

namespace harness
{
namespace
{
using starling::Place;
using starling::PluginProcessor;
using starling::Sound;
using starling::SoundPointer;

const char* const recipe =
    R"({"controls":{"brightness":0.25,"kind":2.0,"pitch":3.0},"kind":"model","model":"drums",)"
    R"("point":{"kinds":{"snare":1.0},"latent":[0.5]},"seed":77})";
const char* const controls =
    R"([{"name":"brightness","title":"Brightness","min":0,"max":1,"default":0.5},)"
    R"({"name":"kind","title":"Kind","min":0,"max":2,"default":0,)"
    R"("labels":["By key","Kick","Snare"]},)"
    R"({"name":"pitch","title":"Pitch","min":-12,"max":12,"default":0}])";

SoundPointer noise(int frames, int seed, const juce::String& text = {})
{
    juce::Random random(seed);
    juce::AudioBuffer<float> audio(1, frames);

    for (int n = 0; n < frames; ++n)
        audio.setSample(0, n, random.nextFloat() * 2.0f - 1.0f);

    return std::make_shared<const Sound>(
        starling::SoundInfo{"sound" + juce::String(seed), text, 44100.0, 60}, audio);
}

bool same(const Sound& a, const Sound& b)
{
    return a.info.id == b.info.id && a.frames() == b.frames() &&
           std::equal(a.channel(0), a.channel(0) + a.frames(), b.channel(0));
}

struct Past
{
    PluginProcessor plugin;
    starling::History history;
    double now = 0.0;

    void play(int variation, int seed, double after)
    {
        auto soundKey = plugin.parameters.soundKey();
        soundKey.variation = variation;
        plugin.bank.publish(Place::current, soundKey, noise(100, seed));
        history.note(plugin.bank, now += after);
    }
};

void history(Checks& check)
{
    Past past;
    auto& entries = past.history.list();
    past.history.note(past.plugin.bank, 0.0);
    check.that(entries.empty() && !past.history.back(), "nothing played, nothing to go back to");
    past.play(1, 1, 0.0);
    past.play(1, 1, 1000.0);
    past.play(2, 2, 100.0);
    check.that(entries.size() == 2, "another seed is a step, the same sound is none");
    past.play(2, 3, 100.0);
    past.play(2, 4, 100.0);
    check.that(entries.size() == 2 && entries[1].held.sound->info.id == "sound4",
               "a knob that is turned is one step");
    past.play(2, 5, 1000.0);
    check.that(entries.size() == 3, "after a rest it is another");
    const auto first = past.history.back();
    check.that(first && first->held.sound->info.id == "sound4" && past.history.at() == 1,
               "back gives the sound before");
    past.plugin.bank.publish(Place::current, first->held.soundKey, first->held.sound);
    past.history.note(past.plugin.bank, past.now);
    check.that(entries.size() == 3 && past.history.at() == 1, "going back is no step");
    check.that(past.history.forward()->held.sound->info.id == "sound5" && !past.history.forward(),
               "forward returns, and ends at the newest");
    past.play(2, 6, 1000.0);
    past.history.beginStep();
    past.play(2, 7, 100.0);
    check.that(entries.size() == 5 && entries[3].held.sound->info.id == "sound6",
               "what was chosen is a step of its own, however fast");
    past.play(2, 8, 100.0);
    past.play(2, 9, 100.0);
    check.that(entries.size() == 6 && entries[4].held.sound->info.id == "sound7" &&
                   entries[5].held.sound->info.id == "sound9",
               "and a knob that is turned at once is one after it");
    past.history.go(0);
    past.play(9, 9, 10.0);
    check.that(entries.size() == 2 && past.history.at() == 1, "a new sound begins a new future");

    for (int n = 0; n < 2 * starling::History::most; ++n)
        past.play(100 + n, 100 + n, 1000.0);

    check.that(static_cast<int>(entries.size()) == starling::History::most,
               "the oldest are forgotten");
    past.plugin.bank.clear();
    past.history.note(past.plugin.bank, past.now);
    check.that(entries.empty() && past.history.at() == -1, "another project has no past");
}

void kept(Checks& check)
{
    starling::Palette palette;
    const auto sound = noise(44100, 1);
    check.that(palette.keep(sound) && palette.keep(noise(44100, 1)) &&
                   palette.contents().kept.size() == 1,
               "a sound is kept once");
    palette.discard(noise(1, 1));
    check.that(palette.contents().kept.empty(), "and let go of by its id");
    auto count = 0;

    while (palette.keep(noise(10, count)))
        ++count;

    check.that(count == static_cast<int>(starling::Palette::mostKept), "not too many are kept");
    starling::Palette lengthy;
    check.that(lengthy.keep(noise(44100 * 40, 1)) && !lengthy.keep(noise(44100 * 30, 2)),
               "nor too long ones");
}

void projects(Checks& check)
{
    PluginProcessor saved, loaded, older;
    starling::PaletteContents contents;
    contents.kept = {noise(1000, 1, recipe), noise(500, 2, recipe)};
    contents.first = noise(300, 3, recipe);
    contents.second = noise(200, 4, recipe);
    contents.grid = {recipe, 0.75f, 12345};
    contents.morph = {0.25f, 0.5f};
    contents.isSeedLocked = true;
    saved.palette.replace(contents);
    juce::MemoryBlock first, again;
    saved.getStateInformation(first);
    loaded.setStateInformation(first.getData(), static_cast<int>(first.getSize()));
    loaded.getStateInformation(again);
    const auto found = loaded.palette.contents();
    check.that(found.kept.size() == 2 && same(*found.kept[0], *contents.kept[0]) &&
                   same(*found.kept[1], *contents.kept[1]) && same(*found.first, *contents.first) &&
                   same(*found.second, *contents.second),
               "kept sounds and the morph's two come back, bit for bit");
    check.that(found.grid == contents.grid && found.morph == contents.morph && found.isSeedLocked &&
                   found.kept[0]->info.recipe == recipe,
               "with the grid's origin, the morph's place and the lock");
    check.that(first == again, "and are saved with the same bytes");

    const auto plain = projectOf(2, oldPayload(savedBytes(older))); // before there was a palette
    check.that(opens(loaded, plain) && loaded.palette.contents().kept.empty() &&
                   !loaded.palette.contents().isSeedLocked,
               "another project takes its place");
    starling::SoundBudget budget;
    const auto nothing = starling::savedPalette({}, budget);
    check.that(nothing.kept.empty() && nothing.first == nullptr && nothing.grid.recipe.isEmpty() &&
                   nothing.grid.amount == starling::Neighbourhood().amount,
               "a project of format 2 has an empty palette");
    auto tree = starling::describePalette(contents);
    tree.setProperty("x", std::numeric_limits<double>::quiet_NaN(), nullptr);
    tree.setProperty("amount", 99.0, nullptr);
    tree.getChild(0).setProperty("flac", juce::var("no sound"), nullptr);
    const auto odd = starling::savedPalette(tree, budget);
    check.that(odd.morph.x == 0.0f && odd.grid.amount == 1.0f && odd.kept.size() == 1,
               "what is out of range or damaged is left out");
}

void recipes(Checks& check)
{
    starling::ModelTable models;
    models.merge({{"meows", "Meows", "0", "[]", true}, {"drums", "Drums", "1", controls, true}});
    const auto sound = noise(10, 1, recipe);
    const auto soundKey = starling::soundKeyFor(*sound, models);
    check.that(soundKey && soundKey->model == 1 && soundKey->variation == 77 &&
                   soundKey->controls[0] == 2500 && soundKey->controls[1] == 10000 &&
                   soundKey->controls[2] == 6250 && soundKey->key == starling::SoundKey::everyKey,
               "a recipe says what the parameters are");
    check.that(starling::isOfModel(*sound) && starling::hasPoint(*sound),
               "and that it has a point");
    check.that(starling::titleOf(*sound, models) == "Drums Snare 77", "and what it is called");
    const auto other = noise(10, 2, R"({"kind":"preset","note":60})");
    const auto odd = noise(10, 3, "[1, 2");
    check.that(!starling::isOfModel(*other) && !starling::soundKeyFor(*other, models) &&
                   !starling::isOfModel(*odd) && !starling::hasPoint(*odd) &&
                   !starling::soundKeyFor(*odd, models),
               "what no model of ours made has none");
    PluginProcessor plugin;
    plugin.parameters.get("mode").setValueNotifyingHost(1.0f);
    plugin.parameters.choose(*soundKey);
    check.that(plugin.parameters.soundKey() == *soundKey &&
                   !plugin.parameters.playerSettings().fresh,
               "the parameters follow a sound, in Play mode");
}

void files(Checks& check)
{
    const juce::TemporaryFile place("folder");
    const auto folder = place.getFile();
    const auto sound = noise(4321, 1, recipe);
    const auto file = starling::exportWav(*sound, "Drums Snare 77", folder);
    const auto read =
        starling::readSoundFile(file, {sound->info.id, {}, 0.0, starling::SoundInfo::rootOfFile},
                                starling::SoundExtent{4321, 1, 44100.0});
    check.that(read != nullptr && same(*read, *sound) && read->info.root == 60,
               "a sound as a WAV file, bit for bit, with its root note");
    check.that(file.getFileName() == "Drums Snare 77 sound1.wav", "its name says what it is");
    const auto written = file.getLastModificationTime();
    check.that(starling::exportWav(*sound, "Drums Snare 77", folder) == file &&
                   file.getLastModificationTime() == written &&
                   folder.getNumberOfChildFiles(juce::File::findFiles) == 1,
               "it is written once");
    check.that(starling::exportWav(*noise(5, 2), "x", file.getChildFile("in a file")) ==
                   juce::File(),
               "a folder that cannot be made gives no file");
    folder.deleteRecursively();
}
} // namespace

int checkPalette(const Arguments&)
{
    Checks check;
    history(check);
    kept(check);
    projects(check);
    recipes(check);
    files(check);
    return check.exitCode();
}
} // namespace harness
