#include "Sounds/SoundFetcher.h"

#include "Sounds/ModelSound.h"

namespace starling
{
namespace
{
constexpr double restMs = 30.0;       // a knob that rests this long has its sound fetched
constexpr double busyRestMs = 2000.0; // before a request to an engine that was too busy
constexpr size_t keptKeys = 16;       // keys whose steps are prefetched: a drum kit's worth
constexpr size_t prefetchFlights = 1; // the next note must not queue behind prefetching

double now()
{
    return juce::Time::getMillisecondCounterHiRes();
}

Place placeOf(const SoundKey& soundKey)
{
    return soundKey.key < 0 ? Place::current : Place::key;
}

/** Whether a key differs from what is held in nothing but knobs, and no seed leads there. */
bool isTurnOf(const SoundKey& soundKey, const HeldSound& held,
              const std::vector<ControlSpec>& controls)
{
    if (soundKey.key != SoundKey::everyKey || soundKey.model != held.soundKey.model ||
        soundKey.variation != held.soundKey.variation)
        return false;

    for (size_t n = 0; n < controls.size(); ++n)
        if (controls[n].isChoice() && soundKey.controls[n] != held.soundKey.controls[n])
            return false;

    return hasPoint(*held.sound);
}
} // namespace

SoundFetcher::SoundFetcher(EngineLink& engineLink, ModelTable& modelTable, SoundBank& soundBank,
                           Parameters& params, Player& notePlayer)
    : link(engineLink), models(modelTable), bank(soundBank), parameters(params), player(notePlayer)
{
}

void SoundFetcher::tick(bool connected, bool bouncing)
{
    takeRequests();

    if (!connected || now() < restUntil)
        return;

    const auto settings = parameters.playerSettings();

    for (; !noteRequests.empty(); noteRequests.pop_front())
        fetch(noteRequests.front());

    if (!hasSettled(settings.soundKey, bouncing))
        return;

    if (!settings.fresh || inFlight.empty())
        fetch(settings.soundKey);

    if (settings.fresh && inFlight.size() < prefetchFlights)
        prefetch(settings);

    if (inFlight.empty())
        encodeOne();
}

void SoundFetcher::takeRequests()
{
    for (SoundKey soundKey; player.requests.pop(soundKey);)
    {
        if (soundKey.preset != 0)
        {
            onZoneRequest(soundKey);
            continue;
        }
        noteRequests.push_back(soundKey);

        if (soundKey.key >= 0)
            useKey(soundKey.key);
    }

    while (noteRequests.size() > 256) // no engine for long: only the latest matter
        noteRequests.pop_front();
}

void SoundFetcher::useKey(int key)
{
    recentKeys.erase(std::remove(recentKeys.begin(), recentKeys.end(), key), recentKeys.end());
    recentKeys.push_front(key);

    if (recentKeys.size() > keptKeys)
        recentKeys.pop_back();
}

bool SoundFetcher::hasSettled(const SoundKey& soundKey, bool bouncing)
{
    if (soundKey != lastSoundKey)
    {
        lastSoundKey = soundKey;
        changedAt = now();
    }
    return bouncing || bank.current().sound == nullptr || now() - changedAt >= restMs;
}

bool SoundFetcher::isTurning() const
{
    return now() - changedAt < 2.0 * restMs;
}

void SoundFetcher::prefetch(const PlayerSettings& settings)
{
    for (const auto key : recentKeys)
        for (int step = 0; step < settings.roundRobin; ++step)
        {
            const auto soundKey = settings.soundKey.forKey(key, step);

            if (!isMet(soundKey))
                return fetch(soundKey); // one at a time
        }
}

bool SoundFetcher::isMet(const SoundKey& soundKey) const
{
    return bank.hasPublished(soundKey) || bank.hasRefused(soundKey);
}

void SoundFetcher::startAnew()
{
    for (const auto& [slot, flight] : inFlight)
        link.cancel(flight.request);

    inFlight.clear();
    noteRequests.clear();
    recentKeys.clear();
    lastError.clear();
}

void SoundFetcher::fetch(const SoundKey& soundKey)
{
    const auto slot = slotOf(soundKey);
    const auto met = isMet(soundKey);

    if (const auto flying = inFlight.find(slot); flying != inFlight.end())
    {
        if (flying->second.soundKey == soundKey && !met)
            return;

        link.cancel(flying->second.request);
        inFlight.erase(flying);
    }

    if (met)
        return;

    const auto model = models.at(soundKey.model);

    if (!model || !model->available)
        return refuse(soundKey, bank.era(),
                      model ? "The engine does not have the model " + model->title + "."
                            : "The engine has no model number " + juce::String(soundKey.model + 1) +
                                  ".");

    const auto era = bank.era(); // before the parameters are read
    auto request = requestFor(soundKey, *model);
    request.done = [this, soundKey](const auto& done, const auto&) { arrived(soundKey, done); };
    request.failed = [this, soundKey, era](const auto& code, const auto& sentence)
    {
        inFlight.erase(slotOf(soundKey));

        if (code == protocol::code::deadline || code == protocol::code::cancelled)
        {
            lastError = sentence; // the engine is busy: the sound itself may be fine
            restUntil = now() + busyRestMs;
        }
        else if (code != EngineLink::lost)
            refuse(soundKey, era, sentence);
    };
    inFlight[slot] = {soundKey, link.send(std::move(request)), era};
}

/*  A knob that is turned turns the sound on the keys, wherever in the latent space it lies; another
    seed, model or choice makes another sound. */
Request SoundFetcher::requestFor(const SoundKey& soundKey, const ModelSpec& model) const
{
    Request request;
    request.address = protocol::Generate::address;
    request.values = {model.name, soundKey.seed()};
    const auto controls = model.controls();
    const auto now = bank.current();

    if (now.sound != nullptr && isTurnOf(soundKey, now, controls))
    {
        request.address = protocol::Turn::address;
        request.values = {now.sound->info.recipe};
    }
    addControls(request.values, soundKey, model);
    return request;
}

void SoundFetcher::addControls(std::vector<osc::Value>& values, const SoundKey& soundKey,
                               const ModelSpec& model) const
{
    const auto controls = model.controls();

    for (size_t n = 0; n < controls.size(); ++n)
    {
        const auto position = static_cast<float>(soundKey.controls[n]) / SoundKey::controlSteps;
        values.emplace_back(controls[n].name);
        values.emplace_back(controls[n].fromParameter(position));
    }

    if (soundKey.key >= 0 && model.takesKey())
    {
        values.emplace_back(juce::String(ModelTable::keyControl));
        values.emplace_back(static_cast<float>(soundKey.key));
    }
}

void SoundFetcher::arrived(const SoundKey& soundKey, const osc::Message& done)
{
    const auto flight = inFlight.extract(slotOf(soundKey));
    const auto now = parameters.soundKey().forKey(soundKey.key, soundKey.step);

    if (!flight || bank.hasPublished(now))
        return; // a preset, or a sound that was put on the keys, has taken the place meanwhile

    const auto era = flight.mapped().era;
    auto sound = soundFrom(done); // takes time, in which a project may be loaded

    if (sound == nullptr)
        return refuse(soundKey, era,
                      "The sound file " + done.text(protocol::Generate::returns::path) +
                          " cannot be read.");

    if (!bank.publish(placeOf(soundKey), soundKey, sound, era))
        return;

    lastError.clear();
    toEncode.push_back(std::move(sound));
}

void SoundFetcher::refuse(const SoundKey& soundKey, int era, const juce::String& sentence)
{
    if (bank.publish(placeOf(soundKey), soundKey, nullptr, era))
        lastError = sentence;
}

void SoundFetcher::encodeOne()
{
    if (toEncode.empty())
        return;

    toEncode.back()->flac(); // saving the project will find it ready
    toEncode.pop_back();
}
} // namespace starling
