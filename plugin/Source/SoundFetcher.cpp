#include "SoundFetcher.h"

#include "ModelSound.h"

namespace starling
{
namespace
{
constexpr double restMs = 30.0;       // a knob that rests this long has its sound fetched
constexpr double busyRestMs = 2000.0; // before asking an engine again that was too busy
constexpr size_t keptKeys = 16;       // keys whose steps are prefetched: a drum kit's worth
constexpr size_t prefetchFlights = 1; // the next note must not queue behind prefetching

double now()
{
    return juce::Time::getMillisecondCounterHiRes();
}

/** Whether a wish differs from what is held in nothing but knobs, and no seed leads there. */
bool isTurnOf(const Wanted& wanted, const HeldSound& held, const std::vector<ControlSpec>& controls)
{
    if (wanted.key != Wanted::everyKey || wanted.model != held.wanted.model ||
        wanted.variation != held.wanted.variation)
        return false;

    for (size_t n = 0; n < controls.size(); ++n)
        if (controls[n].isChoice() && wanted.controls[n] != held.wanted.controls[n])
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
    takeWishes();

    if (!connected || now() < restUntil)
        return;

    const auto settings = parameters.playerSettings();

    for (; !noteWishes.empty(); noteWishes.pop_front())
        fetch(noteWishes.front());

    if (!hasSettled(settings.wanted, bouncing))
        return;

    if (!settings.fresh || inFlight.empty())
        fetch(settings.wanted);

    if (settings.fresh && inFlight.size() < prefetchFlights)
        prefetch(settings);

    if (inFlight.empty())
        encodeOne();
}

void SoundFetcher::takeWishes()
{
    for (Wanted wanted; player.wishQueue.pop(wanted);)
    {
        if (wanted.preset != 0)
        {
            onZoneWish(wanted);
            continue;
        }
        noteWishes.push_back(wanted);

        if (wanted.key >= 0)
            useKey(wanted.key);
    }

    while (noteWishes.size() > 256) // no engine for long: only the latest matter
        noteWishes.pop_front();
}

void SoundFetcher::useKey(int key)
{
    recentKeys.erase(std::remove(recentKeys.begin(), recentKeys.end(), key), recentKeys.end());
    recentKeys.push_front(key);

    if (recentKeys.size() > keptKeys)
        recentKeys.pop_back();
}

bool SoundFetcher::hasSettled(const Wanted& wanted, bool bouncing)
{
    if (wanted != lastWanted)
    {
        lastWanted = wanted;
        changedAt = now();
    }
    return bouncing || bank.current().sound == nullptr || now() - changedAt >= restMs;
}

void SoundFetcher::prefetch(const PlayerSettings& settings)
{
    for (const auto key : recentKeys)
        for (int step = 0; step < settings.roundRobin; ++step)
        {
            const auto wanted = settings.wanted.forKey(key, step);

            if (!isMet(wanted))
                return fetch(wanted); // one at a time
        }
}

bool SoundFetcher::isMet(const Wanted& wanted) const
{
    return bank.hasPublished(wanted) || bank.hasRefused(wanted);
}

void SoundFetcher::startAnew()
{
    for (const auto& [slot, flight] : inFlight)
        link.cancel(flight.request);

    inFlight.clear();
    noteWishes.clear();
    recentKeys.clear();
    lastError.clear();
}

void SoundFetcher::fetch(const Wanted& wanted)
{
    const auto slot = slotOf(wanted);
    const auto met = isMet(wanted);

    if (const auto flying = inFlight.find(slot); flying != inFlight.end())
    {
        if (flying->second.wanted == wanted && !met)
            return;

        link.cancel(flying->second.request);
        inFlight.erase(flying);
    }

    if (met)
        return;

    const auto model = models.at(wanted.model);

    if (!model || !model->available)
        return refuse(wanted, model ? "The engine does not have the model " + model->title + "."
                                    : "The engine has no model number " +
                                          juce::String(wanted.model + 1) + ".");

    auto request = requestFor(wanted, *model);
    request.done = [this, wanted](const auto& done, const auto&) { arrived(wanted, done); };
    request.failed = [this, wanted](const auto& code, const auto& sentence)
    {
        inFlight.erase(slotOf(wanted));

        if (code == protocol::code::deadline || code == protocol::code::cancelled)
        {
            lastError = sentence; // the engine is busy, which says nothing about the sound
            restUntil = now() + busyRestMs;
        }
        else if (code != EngineLink::lost)
            refuse(wanted, sentence);
    };
    inFlight[slot] = {wanted, link.send(std::move(request)), bank.era()};
}

/*  A knob that is turned turns the sound on the keys, wherever in the latent space it lies; another
    seed, model or choice makes another sound. */
Request SoundFetcher::requestFor(const Wanted& wanted, const ModelSpec& model) const
{
    Request request;
    request.address = protocol::Generate::address;
    request.values = {model.name, wanted.seed()};
    const auto controls = model.controls();
    const auto now = bank.current();

    if (now.sound != nullptr && isTurnOf(wanted, now, controls))
    {
        request.address = protocol::Turn::address;
        request.values = {now.sound->info.recipe};
    }
    addControls(request.values, wanted, model);
    return request;
}

void SoundFetcher::addControls(std::vector<osc::Value>& values, const Wanted& wanted,
                               const ModelSpec& model) const
{
    const auto controls = model.controls();

    for (size_t n = 0; n < controls.size(); ++n)
    {
        const auto position = static_cast<float>(wanted.controls[n]) / Wanted::controlSteps;
        values.emplace_back(controls[n].name);
        values.emplace_back(controls[n].fromParameter(position));
    }

    if (wanted.key >= 0 && model.takesKey())
    {
        values.emplace_back(juce::String(ModelTable::keyControl));
        values.emplace_back(static_cast<float>(wanted.key));
    }
}

void SoundFetcher::arrived(const Wanted& wanted, const osc::Message& done)
{
    const auto flight = inFlight.extract(slotOf(wanted));
    const auto now = parameters.wanted().forKey(wanted.key, wanted.step);

    if (!flight || flight.mapped().era != bank.era() || bank.hasPublished(now))
        return; // a project or a preset has taken the place meanwhile

    auto sound = soundFrom(done);

    if (sound == nullptr)
        return refuse(wanted, "The sound file " + done.text(protocol::Generate::returns::path) +
                                  " cannot be read.");

    lastError.clear();
    toEncode.push_back(sound);
    bank.publish(wanted.key < 0 ? Place::current : Place::key, wanted, std::move(sound));
}

void SoundFetcher::refuse(const Wanted& wanted, const juce::String& sentence)
{
    lastError = sentence;
    bank.publish(wanted.key < 0 ? Place::current : Place::key, wanted, nullptr);
}

void SoundFetcher::encodeOne()
{
    if (toEncode.empty())
        return;

    toEncode.back()->flac(); // saving the project will find it ready
    toEncode.pop_back();
}
} // namespace starling
