#include "Sounds/SoundDesk.h"

namespace starling
{
namespace
{
constexpr double patienceMs = 95000.0; // the engine gives up after 90 s
}

void SoundDesk::listen(const SoundPointer& sound)
{
    if (sound != nullptr)
        bank.publish(Place::preview, {}, sound);
}

bool SoundDesk::use(const SoundPointer& sound, std::optional<int> since)
{
    const auto isUsed = drag(sound, since);

    if (isUsed)
        history.beginStep();

    return isUsed;
}

bool SoundDesk::drag(const SoundPointer& sound, std::optional<int> since)
{
    if (sound == nullptr)
        return false;

    if (const auto soundKey = soundKeyFor(*sound, models))
        return play(*soundKey, {{*soundKey, sound}, {}}, since);

    if (isOfTexture(*sound)) // no seed leads to it: it takes the place of the model's sound
        return play(parameters.soundKey(), {{parameters.soundKey(), sound}, {}}, since);

    say("The engine does not have the model of this sound.", true);
    return false;
}

void SoundDesk::restore(const std::optional<OnKeys>& entry)
{
    if (entry)
        play(entry->held.soundKey, *entry);
}

bool SoundDesk::play(const SoundKey& soundKey, const OnKeys& entry, std::optional<int> since)
{
    if (since && *since != bank.era())
        return false;

    parameters.choose(soundKey);
    const auto now = parameters.soundKey();
    const auto isOnKeys = entry.preset.number != 0
                              ? bank.publishPreset(entry.preset, now, entry.held.sound, since) != 0
                              : bank.publish(Place::current, now, entry.held.sound, since);

    if (!isOnKeys)
        return false;

    bank.clearPlace(Place::temporary);
    say({}, false);
    return true;
}

void SoundDesk::keep(const SoundPointer& sound, bool on)
{
    if (sound == nullptr)
        return;

    if (!on)
        palette.discard(sound);
    else if (palette.keep(sound))
        onKept(sound);
    else
        say("A project keeps " + juce::String(static_cast<int>(Palette::mostKept)) +
                " sounds, and a minute in all; let go of one first.",
            true);
}

void SoundDesk::encode(const juce::File& file)
{
    const auto model = models.at(parameters.soundKey().model);

    if (!link.isOpen() || !model)
        return say("This needs the engine, and it is not connected.", true);

    const auto copy = inbox.copyOf(file);

    if (!copy)
        return say(inbox.error(), true);

    Request request;
    request.address = protocol::Encode::address;
    request.values = {copy->getFullPathName(), model->name};
    request.timeoutMs = patienceMs;
    request.progress = [this](float fraction, const auto& text)
    { say(text + " " + juce::String(juce::roundToInt(fraction * 100.0f)) + " %", false); };
    request.failed = [this](const auto&, const auto& sentence)
    {
        shown.isEncoding = false;
        say(sentence, true);
    };
    request.done =
        [this, name = file.getFileName(), era = bank.era()](const auto& done, const auto&)
    {
        shown.isEncoding = false;
        const auto sound = soundFrom(done);

        if (sound == nullptr)
            return say("The sound made from " + name + " cannot be read.", true);

        if (!use(sound, era))
            return;

        listen(sound);
        say("The keys play the model's sound nearest to " + name + ".", false);
    };
    shown.isEncoding = true;
    say("Listening to " + file.getFileName() + "...", false);
    link.send(std::move(request));
}

void SoundDesk::tick()
{
    history.note(bank, juce::Time::getMillisecondCounterHiRes());
}

void SoundDesk::say(const juce::String& sentence, bool isError)
{
    shown.message = sentence;
    shown.isError = isError;
}

DeskView SoundDesk::view() const
{
    auto result = shown;
    result.history = history.list();
    result.position = history.at();
    return result;
}
} // namespace starling
