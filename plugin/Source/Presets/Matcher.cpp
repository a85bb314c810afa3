#include "Presets/Matcher.h"

namespace starling
{
namespace
{
namespace field = protocol::Match::items;

constexpr double patienceMs = 120000.0; // without an answer; it reports progress all the time

juce::String decibels(float loss)
{
    return juce::String(loss, 1) + " dB";
}

Hit variantFrom(const osc::Message& item)
{
    auto hit = hitFrom(item); // a variant begins with the fields of a hit
    hit.loss = item.number(field::loss);
    return hit;
}

SoundPointer soundOf(const osc::Message& item)
{
    return readSoundFile(juce::File(item.text(field::soundPath)),
                         {item.text(field::sound), {}, 0.0, SoundInfo::rootOfFile});
}
} // namespace

void Matcher::start(const juce::File& file, const juce::String& title, const juce::String& synth,
                    int budget)
{
    cancel();
    bank.clearPlace(Place::temporary);
    best = nullptr;
    playsBest = true;
    target = title;
    shown = {};

    if (!link.isOpen())
        return end("Matching needs the engine, and it is not connected.", true);

    Request request;
    request.address = protocol::Match::address;
    request.values = {file.getFullPathName(), synth, budget};
    request.countField = protocol::Match::returns::count;
    request.timeoutMs = patienceMs;
    request.item = [this](const auto& item) { received(item); };
    request.done = [this](const auto& reply, const auto& items) { done(reply, items); };
    request.failed = [this](const auto& code, const auto& sentence)
    {
        end(code == EngineLink::lost ? "The engine went away in the middle of the match. Nothing "
                                       "was stored; match again once it is back."
                                     : sentence,
            true);
    };
    request.progress = [this](float fraction, const auto& text)
    {
        shown.fraction = fraction;
        shown.text = text;
    };
    era = bank.era();
    shown.isRunning = true;
    shown.text = "Matching " + title + "...";
    running = link.send(std::move(request));
}

void Matcher::received(const osc::Message& item)
{
    if (item.integer(field::preset) > 0)
        return; // the final ones come with done

    shown.best = "Best so far: " + decibels(item.number(field::loss)) + " from the recording";
    auto sound = soundOf(item);

    if (sound == nullptr)
        return; // the next one may be there

    best = std::move(sound);

    if (playsBest)
        playBest(era);
}

void Matcher::done(const osc::Message& reply, const Items& items)
{
    namespace result = protocol::Match::returns;

    for (const auto& [index, item] : items)
        if (item.integer(field::preset) > 0)
        {
            shown.variants.push_back(variantFrom(item));

            if (auto sound = shown.variants.size() == 1 ? soundOf(item) : nullptr)
                best = std::move(sound);
        }

    shown.best = "Nearest preset " + decibels(reply.number(result::start)) + " from " + target +
                 ", best match " + decibels(reply.number(result::loss));
    end(juce::String(reply.integer(result::evaluations)) +
            " tried. These are kept in the bank Matches.",
        false);

    if (playsBest)
        playBest(era);

    onDone();
}

void Matcher::cancel()
{
    if (!shown.isRunning)
        return;

    link.cancel(running);
    end("Cancelled. Nothing was stored.", false);
    bank.clearPlace(Place::temporary);
}

void Matcher::end(const juce::String& sentence, bool isError)
{
    shown.isRunning = false;
    shown.isError = isError;
    shown.text = sentence;

    if (isError)
        bank.clearPlace(Place::temporary);
}

void Matcher::putOnKeys(bool on)
{
    playsBest = on;

    if (on && best != nullptr)
        playBest({});
    else
        bank.clearPlace(Place::temporary);
}

void Matcher::playBest(std::optional<int> since)
{
    if (best != nullptr)
        bank.publish(Place::temporary, SoundKey::temporary(), best, since);
}

MatchView Matcher::view() const
{
    auto result = shown;
    result.isOnKeys = bank.temporarySound().sound != nullptr;
    return result;
}
} // namespace starling
