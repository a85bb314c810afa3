// Projects: what is saved comes back, bit for bit.
#include "projects/saved_project.h"
#include "projects/saved_sounds.h"

namespace harness
{
namespace
{
using starling::Place;
using starling::PluginProcessor;
using starling::Sound;

/** A sound rendered at a note. */
starling::SoundPointer at(int root, int seed)
{
    juce::Random random(seed);
    juce::AudioBuffer<float> audio(1, 200);

    for (int n = 0; n < 200; ++n)
        audio.setSample(0, n, random.nextFloat() - 0.5f);

    return std::make_shared<const Sound>(
        starling::SoundInfo{"at" + juce::String(root), "{}", 44100.0, root}, audio);
}

void roundTrip(Checks& check)
{
    PluginProcessor saved, loaded;
    saved.parameters.get("variation").setValueNotifyingHost(0.25f);
    saved.parameters.get("attack").setValueNotifyingHost(0.3f);
    saved.models.merge({{"drums", "Drums", "hash", "[]", true}});
    const auto soundKey = saved.parameters.soundKey();
    saved.bank.publish(Place::current, soundKey, noise(2, 4410, 1));
    saved.bank.publish(Place::key, soundKey.forKey(38, 3), noise(1, 100, 2));
    saved.bank.publish(Place::key, starling::SoundKey{}.forKey(39, 0), noise(1, 100, 3));

    juce::MemoryBlock first, second, again;
    saved.getStateInformation(first);
    saved.getStateInformation(second);
    check.that(first == second, "saving twice gives the same bytes");

    loaded.setStateInformation(first.getData(), static_cast<int>(first.getSize()));
    check.that(loaded.stateError().isEmpty(), "a good project loads without a complaint");
    check.that(loaded.parameters.soundKey() == soundKey, "parameters come back");
    check.that(loaded.models.at(0) && loaded.models.at(0)->title == "Drums", "models come back");
    const auto held = loaded.bank.held();
    check.that(held.size() == 2, "the sounds of these settings come back, others are left out");
    check.that(held.size() == 2 && same(*held[0].sound, *noise(2, 4410, 1)) &&
                   same(*held[1].sound, *noise(1, 100, 2)),
               "their audio is the same, bit for bit");
    loaded.getStateInformation(again);
    check.that(first == again, "saving what was loaded gives the same bytes");
}

void overAnother(Checks& check)
{
    PluginProcessor saved, other;
    saved.parameters.get("variation").setValueNotifyingHost(0.25f);
    const auto soundKey = saved.parameters.soundKey();
    saved.bank.publish(Place::current, soundKey, noise(1, 100, 1));
    other.bank.publish(Place::current, other.parameters.soundKey(), noise(1, 100, 2));
    other.bank.publish(Place::key, other.parameters.soundKey().forKey(40, 1), noise(1, 100, 3));
    other.bank.publish(Place::key, other.parameters.soundKey().forKey(41, 1), nullptr);
    juce::MemoryBlock bytes;
    saved.getStateInformation(bytes);
    other.setStateInformation(bytes.getData(), static_cast<int>(bytes.getSize()));
    const auto held = other.bank.held();
    check.that(held.size() == 1 && held[0].soundKey == soundKey,
               "a project loaded over another leaves none of its sounds");
    other.player.takeIn();
    check.that(other.bank.holds(soundKey) && other.bank.at(soundKey.forKey(40, 1)) == nullptr,
               "nor does the audio thread hold any");
    check.that(!other.bank.failed(starling::SoundKey{}.forKey(41, 1)),
               "nor what it could not make");
}

/** A preset on the keys comes back with its zones; a project of version 1 has none. */
void presetOnKeys(Checks& check)
{
    PluginProcessor saved, loaded, older;
    const auto soundKey = saved.parameters.soundKey();
    const auto number = saved.bank.publishPreset({0, 7, "Brass", "amsynth"}, soundKey, at(60, 1));
    saved.bank.publish(Place::zone, starling::SoundKey::zone(number, 64), at(64, 2));
    saved.bank.publish(Place::zone, starling::SoundKey::zone(number, 56), at(56, 3));
    saved.bank.publish(Place::zone, starling::SoundKey::zone(number + 1, 52), at(52, 4));
    saved.bank.publish(Place::temporary, starling::SoundKey::temporary(), at(60, 5));
    juce::MemoryBlock first, again;
    saved.getStateInformation(first);
    loaded.setStateInformation(first.getData(), static_cast<int>(first.getSize()));
    const auto preset = loaded.bank.preset();
    const auto held = loaded.bank.held();
    check.that(preset.id == 7 && preset.name == "Brass" && preset.synth == "amsynth",
               "a preset on the keys comes back");
    check.that(held.size() == 3 && same(*held[0].sound, *at(60, 1)) &&
                   same(*held[1].sound, *at(56, 3)) && same(*held[2].sound, *at(64, 2)),
               "with its own zones, bit for bit, and without the temporary sound");
    loaded.getStateInformation(again);
    check.that(first == again, "and is saved with the same bytes");

    saved.bank.publish(Place::current, soundKey, at(60, 1));
    check.that(saved.bank.preset().number == 0 && saved.bank.held().size() == 2,
               "a model's sound in its place takes its zones away");
    saved.bank.clearPlace(Place::temporary);
    const auto old = projectOf(1, oldPayload(savedBytes(saved))); // before presets had zones
    check.that(opens(older, old) && older.bank.held().size() == 1 &&
                   older.bank.preset().number == 0,
               "a project of format 1 loads");
}

void refusals(Checks& check)
{
    PluginProcessor plugin;
    auto& bank = plugin.bank;
    auto one = plugin.parameters.soundKey(), two = one;
    two.variation = 7;
    bank.publish(Place::current, one, nullptr);
    bank.publish(Place::current, two, noise(1, 100, 1));
    plugin.player.takeIn();
    check.that(bank.hasRefused(one) && bank.failed(one),
               "another sound in its place does not make a refused one possible");
    bank.retryRefused();
    plugin.player.takeIn();
    check.that(!bank.hasRefused(one) && !bank.failed(one) && bank.holds(two),
               "trying again forgets refusals everywhere and no sound");
}

/** What a project of any parameters gives when it is loaded and saved again. */
void stableBytes(Checks& check)
{
    PluginProcessor saved, loaded;
    juce::Random random(3);
    auto same = true;

    for (int turn = 0; turn < 200; ++turn)
    {
        for (auto* parameter : saved.getParameters())
            parameter->setValueNotifyingHost(random.nextFloat());

        juce::MemoryBlock first, second;
        saved.getStateInformation(first);
        loaded.setStateInformation(first.getData(), static_cast<int>(first.getSize()));
        loaded.getStateInformation(second);
        same =
            same && first == second && loaded.parameters.soundKey() == saved.parameters.soundKey();
    }
    check.that(same, "any parameters give the same bytes after loading");
    saved.parameters.get("sustain").setValueNotifyingHost(std::numeric_limits<float>::quiet_NaN());
    juce::MemoryBlock bytes;
    saved.getStateInformation(bytes);
    loaded.setStateInformation(bytes.getData(), static_cast<int>(bytes.getSize()));
    check.that(loaded.parameters.get("sustain").getValue() == 1.0f,
               "what is no number is saved as the default");
}

void untouched(Checks& check)
{
    PluginProcessor saved, loaded;
    const auto index = starling::indexOf("control1");
    saved.parameters.setQuietly(index, 0.3f);
    saved.parameters.get("control2").setValueNotifyingHost(0.3f);
    juce::MemoryBlock bytes;
    saved.getStateInformation(bytes);
    loaded.setStateInformation(bytes.getData(), static_cast<int>(bytes.getSize()));
    check.that(!loaded.parameters.isTouched(index) && loaded.parameters.isTouched(index + 1),
               "a control that nobody set stays open to the model's default");
}

/** A list of textures and a prime are part of a project. */
void textures(Checks& check)
{
    PluginProcessor saved, loaded;
    saved.textures.merge({{"rain", "Rain", "hash", "[]", true}});
    saved.parameters.get("texture").setValueNotifyingHost(1.0f);
    saved.parameters.get("temperature").setValueNotifyingHost(0.25f);
    saved.palette.change([](auto& contents) { contents.prime = noise(1, 3000, 9); });
    juce::MemoryBlock bytes, again;
    saved.getStateInformation(bytes);
    loaded.setStateInformation(bytes.getData(), static_cast<int>(bytes.getSize()));
    loaded.getStateInformation(again);
    const auto prime = loaded.palette.contents().prime;
    check.that(loaded.textures.at(0) && loaded.textures.at(0)->title == "Rain",
               "the list of textures comes back");
    check.that(prime != nullptr && same(*prime, *noise(1, 3000, 9)), "and the prime, bit for bit");
    check.that(loaded.parameters.playerSettings().texture &&
                   loaded.parameters.isTouched(starling::indexOf("temperature")) &&
                   loaded.parameters.normalised(starling::indexOf("temperature")) == 0.25f,
               "and how notes play it");
    check.that(bytes == again, "saved again with the same bytes");
}

void scanning(Checks& check)
{
    constexpr int instances = 10;
    const auto began = juce::Time::getMillisecondCounterHiRes();

    for (int i = 0; i < instances; ++i)
        PluginProcessor plugin;

    const auto each = (juce::Time::getMillisecondCounterHiRes() - began) / instances;
    std::printf("     %.2f ms an instance\n", each);
    check.that(each < 100.0, "a host that scans makes and deletes an instance within 100 ms");
}
} // namespace

int checkState(const Arguments& arguments)
{
    Checks check;
    roundTrip(check);
    overAnother(check);
    presetOnKeys(check);
    refusals(check);
    stableBytes(check);
    untouched(check);
    textures(check);
    checkForeignState(check);
    checkRecords(check, juce::File(arguments[0]));
    scanning(check);
    return check.exitCode();
}
} // namespace harness
