#include "ZoneFetcher.h"

namespace starling
{
namespace
{
constexpr double busyRestMs = 2000.0;  // before asking an engine again that was too busy
constexpr double patienceMs = 95000.0; // the engine gives up after 90 s
constexpr size_t mostWishes = 128;

double now()
{
    return juce::Time::getMillisecondCounterHiRes();
}
} // namespace

std::vector<int> ZoneFetcher::usualZones(int root)
{
    std::vector<int> zones;

    for (int key = lowestKey; key <= highestKey; ++key)
        if (const auto zone = PresetOnKeys::zoneOf(key, root);
            zones.empty() || zones.back() != zone)
            zones.push_back(zone);

    return zones;
}

void ZoneFetcher::wish(const Wanted& wanted)
{
    if (auto next = bank.preset(); next.number != preset.number)
        changeTo(std::move(next));

    if (wanted.preset != preset.number)
        return;

    lastKey = wanted.key;

    if (!isMet(wanted.key) && wishes.size() < mostWishes)
        wishes.push_back(wanted.key);
}

void ZoneFetcher::tick(bool connected)
{
    if (auto next = bank.preset(); next.number != preset.number)
        changeTo(std::move(next));

    if (!connected || preset.number == 0 || now() < restUntil)
        return;

    for (; !wishes.empty(); wishes.pop_front())
        fetch(wishes.front());

    const auto settings = parameters.playerSettings();

    if (inFlight.empty() && !hasGivenUp && !settings.fresh && settings.tracking)
        prefetch(); // one at a time: the next note must not queue behind many
}

void ZoneFetcher::changeTo(PresetOnKeys next)
{
    for (const auto& [note, request] : inFlight)
        link.cancel(request);

    inFlight.clear();
    wishes.clear();
    lastError.clear();
    hasGivenUp = false;
    restUntil = 0.0;
    preset = std::move(next);

    if (const auto middle = bank.current().sound)
        lastKey = middle->info.root;
}

void ZoneFetcher::retryFailed()
{
    hasGivenUp = false;
    restUntil = 0.0;
}

bool ZoneFetcher::isMet(int note) const
{
    const auto wanted = Wanted::zone(preset.number, note);
    const auto middle = bank.current().sound;
    return bank.hasPublished(wanted) || bank.hasRefused(wanted) ||
           (middle != nullptr && middle->info.root == note);
}

void ZoneFetcher::prefetch()
{
    const auto middle = bank.current().sound;

    if (middle == nullptr)
        return;

    auto zones = usualZones(middle->info.root);
    std::stable_sort(zones.begin(), zones.end(), [this](int a, int b)
                     { return std::abs(a - lastKey) < std::abs(b - lastKey); });
    const auto missing =
        std::find_if(zones.begin(), zones.end(), [this](int note) { return !isMet(note); });

    if (missing != zones.end())
        fetch(*missing);
}

void ZoneFetcher::fetch(int note)
{
    if (isMet(note) || inFlight.count(note) > 0)
        return;

    const auto wanted = Wanted::zone(preset.number, note);
    auto request = auditionRequest(preset.id, note);
    request.timeoutMs = patienceMs;
    request.done = [this, wanted](const auto& done, const auto&) { arrived(wanted, done); };
    request.failed = [this, wanted](const auto& code, const auto& sentence)
    { failed(wanted, code, sentence); };
    inFlight[note] = link.send(std::move(request));
}

void ZoneFetcher::arrived(const Wanted& wanted, const osc::Message& done)
{
    inFlight.erase(wanted.key);
    auto sound = soundFrom(done);
    const auto middle = bank.current().sound;

    if (wanted.preset != bank.preset().number || middle == nullptr)
        return; // another one is on the keys by now

    if (sound == nullptr)
        return refuse(wanted, "A rendered sound of " + preset.name + " cannot be read.");

    if (!isSamePreset(sound->info.recipe, middle->info.recipe))
    {
        hasGivenUp = true;
        return refuse(wanted, "The library's " + preset.name +
                                  " is not the one of this project any more: the keys play what "
                                  "the project holds.");
    }
    lastError.clear();
    bank.publish(Place::zone, wanted, sound);
    onSound(std::move(sound));
}

void ZoneFetcher::failed(const Wanted& wanted, const juce::String& code,
                         const juce::String& sentence)
{
    inFlight.erase(wanted.key);

    if (code == protocol::code::deadline || code == protocol::code::cancelled)
    {
        lastError = sentence; // the engine is busy, which says nothing about the preset
        restUntil = now() + busyRestMs;
    }
    else if (code != EngineLink::lost)
    {
        hasGivenUp = hasGivenUp || code != protocol::code::pluginFailed;
        refuse(wanted, sentence);
    }
}

void ZoneFetcher::refuse(const Wanted& wanted, const juce::String& sentence)
{
    lastError = sentence;
    bank.publish(Place::zone, wanted, nullptr);
}
} // namespace starling
