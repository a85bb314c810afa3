#include "Sounds/ModelSound.h"

#include "Parameters.h"
#include "Wire/Json.h"

namespace starling
{
namespace
{
namespace field = protocol::Generate::returns;

/** Answers that end in a sound put it at the same positions. */
template <int sound, int path, int recipe, int size>
constexpr bool isAlike =
    sound == field::sound && path == field::path && recipe == field::recipe && size == field::size;

static_assert(isAlike<protocol::Encode::returns::sound, protocol::Encode::returns::path,
                      protocol::Encode::returns::recipe, protocol::Encode::returns::size>);
static_assert(isAlike<protocol::Vary::items::sound, protocol::Vary::items::path,
                      protocol::Vary::items::recipe, protocol::Vary::items::size>);
static_assert(isAlike<protocol::Morph::returns::sound, protocol::Morph::returns::path,
                      protocol::Morph::returns::recipe, protocol::Morph::returns::size>);
static_assert(isAlike<protocol::Turn::returns::sound, protocol::Turn::returns::path,
                      protocol::Turn::returns::recipe, protocol::Turn::returns::size>);
static_assert(isAlike<protocol::Freeze::returns::sound, protocol::Freeze::returns::path,
                      protocol::Freeze::returns::recipe, protocol::Freeze::returns::size>);
static_assert(isAlike<protocol::Audition::returns::sound, protocol::Audition::returns::path,
                      protocol::Audition::returns::recipe, protocol::Audition::returns::size>);

juce::var recipeOf(const Sound& sound)
{
    return parseJson(sound.info.recipe);
}

std::optional<int> indexOfModel(const std::vector<ModelSpec>& list, const juce::var& recipe)
{
    const auto name = recipe["model"].toString();
    const auto found = std::find_if(list.begin(), list.end(),
                                    [&name](const auto& model) { return model.name == name; });
    return found == list.end() ? std::optional<int>{}
                               : static_cast<int>(std::distance(list.begin(), found));
}
} // namespace

SoundPointer soundFrom(const osc::Message& answer)
{
    SoundInfo info{answer.text(field::sound), answer.text(field::recipe), 0.0,
                   answer.integer(field::root)};
    return readSoundFile(juce::File(answer.text(field::path)), std::move(info),
                         SoundExtent{answer.integer(field::frames), answer.integer(field::channels),
                                     static_cast<double>(answer.integer(field::rate))});
}

bool isOfModel(const Sound& sound)
{
    return recipeOf(sound)["kind"].toString() == "model";
}

bool hasPoint(const Sound& sound)
{
    return recipeOf(sound)["point"].isObject();
}

bool isOfTexture(const Sound& sound)
{
    return !recipeOf(sound)["span"].isVoid();
}

std::optional<SoundKey> soundKeyFor(const Sound& sound, const ModelTable& models)
{
    const auto recipe = recipeOf(sound);
    const auto list = models.list();
    const auto index = indexOfModel(list, recipe);

    if (!index)
        return {};

    SoundKey soundKey;
    soundKey.model = *index;
    const auto last = static_cast<int>(parameterTable[indexOf(param::variation)].maximum);
    soundKey.variation = juce::jlimit(0, last, static_cast<int>(recipe["seed"]));
    const auto specs = list[static_cast<size_t>(*index)].controls();

    for (size_t n = 0; n < specs.size(); ++n)
    {
        const auto value = static_cast<float>(
            recipe["controls"].getProperty(specs[n].name, specs[n].defaultValue));
        soundKey.controls[n] =
            juce::roundToInt(specs[n].toParameter(value) * SoundKey::controlSteps);
    }
    return soundKey;
}

juce::String titleOf(const Sound& sound, const ModelTable& models)
{
    const auto recipe = recipeOf(sound);
    const auto list = models.list();
    const auto index = indexOfModel(list, recipe);

    if (!index)
        return isOfTexture(sound) ? recipe["model"].toString() + " " + recipe["seed"].toString()
                                  : juce::String("Starling");

    const auto& model = list[static_cast<size_t>(*index)];
    juce::StringArray words{model.title};

    for (const auto& control : model.controls())
        if (control.isChoice())
            words.add(control.textFor(control.toParameter(static_cast<float>(
                recipe["controls"].getProperty(control.name, control.defaultValue)))));

    words.add(recipe["seed"].toString());
    return words.joinIntoString(" ");
}

juce::File exportFolder()
{
    return juce::File::getSpecialLocation(juce::File::userDocumentsDirectory)
        .getChildFile("Starling")
        .getChildFile("Sounds");
}

juce::File exportWav(const Sound& sound, const juce::String& title, const juce::File& folder)
{
    constexpr int bits = 24, idLength = 8;
    const auto name = title + " " + sound.info.id.substring(0, idLength) + ".wav";
    const auto file = folder.getChildFile(juce::File::createLegalFileName(name));

    if (file.existsAsFile())
        return file;

    if (!folder.createDirectory())
        return {};

    juce::StringPairArray notes; // a sampler reads the root from them
    notes.set("MidiUnityNote", juce::String(sound.info.root));
    notes.set("NumSampleLoops", "0");
    const juce::TemporaryFile temporary(file);
    auto stream = temporary.getFile().createOutputStream();
    std::unique_ptr<juce::AudioFormatWriter> writer;

    if (stream != nullptr)
        writer.reset(juce::WavAudioFormat().createWriterFor(stream.get(), sound.info.rate,
                                                            static_cast<unsigned>(sound.channels()),
                                                            bits, notes, 0));

    if (writer == nullptr)
        return {};

    stream.release(); // the writer's by now

    if (!sound.writeTo(*writer))
        return {};

    writer = nullptr;
    return temporary.overwriteTargetFileWithTemporary() ? file : juce::File();
}
} // namespace starling
