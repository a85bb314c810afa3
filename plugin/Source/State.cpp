#include "State.h"

#include "Project/ProjectFile.h"
#include "Sounds/Palette/SavedPalette.h"

namespace starling
{
namespace
{
namespace id
{
const juce::Identifier state("state"), parameter("parameter"), model("model"), sound("sound"),
    name("name"), value("value"), title("title"), weights("weights"), controls("controls"),
    variation("variation"), key("key"), step("step"), soundId("id"), touched("touched"),
    preset("preset"), zone("zone"), synth("synth"), texture("texture"), song("song"), file("file"),
    origin("origin"), prompt("prompt");
} // namespace id

juce::String controlsText(const SoundKey& soundKey)
{
    juce::StringArray words;

    for (const auto control : soundKey.controls)
        words.add(juce::String(control));

    return words.joinIntoString(" ");
}

void describeModels(const juce::Identifier& type, const ModelTable& table, juce::ValueTree& tree)
{
    for (const auto& model : table.list())
        tree.appendChild({type,
                          {{id::name, model.name},
                           {id::title, model.title},
                           {id::weights, model.weights},
                           {id::controls, model.controlsJson}}},
                         nullptr);
}

void restoreModels(const juce::Identifier& type, const juce::ValueTree& tree, ModelTable& table)
{
    std::vector<ModelSpec> list;

    for (const auto& child : tree)
        if (child.hasType(type))
            list.push_back({child[id::name].toString(), child[id::title].toString(),
                            child[id::weights].toString(), child[id::controls].toString(), false});

    if (!list.empty())
        table.replace(std::move(list));
}

double number(const juce::var& saved)
{
    const auto value = static_cast<double>(saved);
    return std::isfinite(value) ? value : 0.0;
}

juce::ValueTree describeHeld(const HeldSound& held)
{
    auto tree = describeSound(id::sound, *held.sound);
    tree.setProperty(id::model, held.soundKey.model, nullptr);
    tree.setProperty(id::variation, held.soundKey.variation, nullptr);
    tree.setProperty(id::controls, controlsText(held.soundKey), nullptr);
    tree.setProperty(id::key, held.soundKey.key, nullptr);
    tree.setProperty(id::step, held.soundKey.step, nullptr);
    return tree;
}

SoundKey soundKeyFrom(const juce::ValueTree& tree)
{
    SoundKey soundKey;
    soundKey.model = juce::jlimit(0, protocol::modelSlots - 1, static_cast<int>(tree[id::model]));
    soundKey.variation = tree[id::variation];
    soundKey.key =
        juce::jlimit(SoundKey::everyKey, SoundBank::keys - 1, static_cast<int>(tree[id::key]));
    soundKey.step = juce::jlimit(0, SoundBank::steps - 1, static_cast<int>(tree[id::step]));
    const auto words = juce::StringArray::fromTokens(tree[id::controls].toString(), " ", {});

    for (size_t n = 0; n < soundKey.controls.size(); ++n)
        soundKey.controls[n] = words[static_cast<int>(n)].getIntValue();

    return soundKey;
}
} // namespace

void State::save(juce::MemoryBlock& out) const
{
    writeProject(describe(), out);
}

juce::ValueTree State::describe() const
{
    juce::ValueTree tree(id::state);

    for (int i = 0; i < Parameters::count; ++i)
        tree.appendChild({id::parameter,
                          {{id::name, juce::String(parameterTable[i].id)},
                           {id::value, savedValue(i)},
                           {id::touched, parameters.isTouched(i)}}},
                         nullptr);

    describeModels(id::model, models, tree);
    describeModels(id::texture, textures, tree);

    const auto now = parameters.soundKey();

    for (const auto& held : bank.held()) // Fresh sounds of earlier settings would never play again
        if (held.soundKey.preset == 0 &&
            (held.soundKey.key < 0 ||
             held.soundKey == now.forKey(held.soundKey.key, held.soundKey.step)))
            tree.appendChild(describeHeld(held), nullptr);

    describePreset(tree);
    tree.appendChild(describePalette(palette.contents()), nullptr);
    describeSong(tree);
    tree.appendChild(describeChoices(choices.contents()), nullptr);
    return tree;
}

void State::describeSong(juce::ValueTree& tree) const
{
    if (const auto chosen = song.chosen())
        tree.appendChild({id::song,
                          {{id::name, chosen->name},
                           {id::file, chosen->file},
                           {id::origin, chosen->origin},
                           {id::prompt, chosen->prompt}}},
                         nullptr);
}

void State::describePreset(juce::ValueTree& tree) const
{
    const auto preset = bank.preset();
    const auto middle = bank.current().sound;

    if (preset.number == 0 || middle == nullptr)
        return;

    auto zones = bank.held();
    zones.erase(std::remove_if(zones.begin(), zones.end(), [&](const auto& held)
                               { return held.soundKey.preset != preset.number; }),
                zones.end());
    std::stable_sort(zones.begin(), zones.end(),
                     [root = middle->info.root](const auto& a, const auto& b)
                     { return std::abs(a.soundKey.key - root) < std::abs(b.soundKey.key - root); });
    juce::ValueTree described(
        id::preset, {{id::soundId, preset.id}, {id::name, preset.name}, {id::synth, preset.synth}});
    size_t bytes = 0;

    for (const auto& held : zones)
        if ((bytes += held.sound->flac().getSize()) <= zoneBudget)
            described.appendChild(describeSound(id::zone, *held.sound), nullptr);

    tree.appendChild(described, nullptr);
}

juce::String State::load(const void* data, int size)
{
    const auto read = readProject(data, static_cast<size_t>(juce::jmax(0, size)));

    if (read.error.isEmpty())
        apply(read.tree);

    return read.error;
}

float State::savedValue(int index) const
{
    const auto value = parameters.normalised(index);
    const auto& [file, parameter] = loaded[static_cast<size_t>(index)];
    return value == parameter ? file : value;
}

void State::apply(const juce::ValueTree& tree)
{
    for (int i = 0; i < Parameters::count; ++i) // one that an older version lacked gets its default
    {
        auto& parameter = parameters.get(i);
        const auto saved = tree.getChildWithProperty(id::name, juce::String(parameterTable[i].id));
        const auto found = static_cast<float>(saved[id::value]);
        const auto isGood = saved.isValid() && std::isfinite(found);
        const auto value = isGood ? juce::jlimit(0.0f, 1.0f, found) : parameter.getDefaultValue();
        parameter.setValueNotifyingHost(value);
        loaded[static_cast<size_t>(i)] = {value, parameter.getValue()};
        parameters.setTouched(i, saved.getProperty(id::touched, saved.isValid()));
    }

    restoreModels(id::model, tree, models);
    restoreModels(id::texture, tree, textures); // none before format 4
    bank.beginLoad(); // after the parameters: a request made of the old ones belongs to the old era
    SoundBudget budget;
    applySounds(tree, budget);
    bank.endLoad(); // a request made meanwhile is overtaken by what has come
    palette.replace(savedPalette(tree.getChildWithName("palette"), budget)); // none before format 3
    applySong(tree.getChildWithName(id::song));                              // none before format 5
    const auto saved = savedChoices(tree.getChildWithName("compose"));       // none before format 6
    choices.change([&saved](auto& contents) { contents = saved; });
}

void State::applySong(const juce::ValueTree& saved)
{
    const auto* file = saved[id::file].getBinaryData();
    const auto read = file == nullptr ? nullptr : readSong(*file, saved[id::name].toString()).song;
    song.restore(read == nullptr
                     ? nullptr
                     : placed(*read, number(saved[id::origin]), number(saved[id::prompt])));
}

void State::applySounds(const juce::ValueTree& tree, SoundBudget& budget)
{
    const auto preset = tree.getChildWithName(id::preset); // none in projects of format 1

    for (const auto& child : tree)
        if (auto sound = child.hasType(id::sound) ? savedSound(child, budget) : nullptr)
        {
            const auto soundKey = soundKeyFrom(child);

            if (soundKey.key >= 0)
                bank.publish(Place::key, soundKey, std::move(sound));
            else if (preset.isValid())
                bank.publishPreset({0, preset[id::soundId], preset[id::name], preset[id::synth]},
                                   soundKey, std::move(sound));
            else
                bank.publish(Place::current, soundKey, std::move(sound));
        }

    const auto number = bank.preset().number;

    for (const auto& child : preset)
        if (auto sound = number != 0 ? savedSound(child, budget) : nullptr)
        {
            const auto note = juce::jlimit(0, 127, sound->info.root);
            bank.publish(Place::zone, SoundKey::zone(number, note), std::move(sound));
        }
}
} // namespace starling
