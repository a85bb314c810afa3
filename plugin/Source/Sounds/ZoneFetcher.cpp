#include "Sounds/ZoneFetcher.h"

namespace starling
{
namespace
{
constexpr double busyRestMs = 2000.0;  // before a request to an engine that was too busy
constexpr double patienceMs = 95000.0; // the engine gives up after 90 s
constexpr size_t mostRequests = 128;

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

void ZoneFetcher::request(const SoundKey& soundKey)
{
    if (auto next = bank.preset(); next.number != preset.number)
        changeTo(std::move(next));

    if (soundKey.preset != preset.number)
        return;

    lastKey = soundKey.key;

    if (!isMet(soundKey.key) && requests.size() < mostRequests)
        requests.push_back(soundKey.key);
}

void ZoneFetcher::tick(bool connected)
{
    if (auto next = bank.preset(); next.number != preset.number)
        changeTo(std::move(next));

    if (!connected || preset.number == 0 || now() < restUntil)
        return;

    for (; !requests.empty(); requests.pop_front())
        fetch(requests.front());

    const auto settings = parameters.playerSettings();

    if (inFlight.empty() && !hasGivenUp && !settings.fresh && settings.tracking)
        prefetch(); // one at a time: the next note must not queue behind many
}

void ZoneFetcher::changeTo(PresetOnKeys next)
{
    for (const auto& [note, request] : inFlight)
        link.cancel(request);

    inFlight.clear();
    requests.clear();
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
    const auto soundKey = SoundKey::zone(preset.number, note);
    const auto middle = bank.current().sound;
    return bank.hasPublished(soundKey) || bank.hasRefused(soundKey) ||
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

    const auto soundKey = SoundKey::zone(preset.number, note);
    auto request = auditionRequest(preset.id, note);
    request.timeoutMs = patienceMs;
    request.done = [this, soundKey](const auto& done, const auto&) { arrived(soundKey, done); };
    request.failed = [this, soundKey](const auto& code, const auto& sentence)
    { failed(soundKey, code, sentence); };
    inFlight[note] = link.send(std::move(request));
}

void ZoneFetcher::arrived(const SoundKey& soundKey, const osc::Message& done)
{
    inFlight.erase(soundKey.key);
    auto sound = soundFrom(done);
    const auto middle = bank.current().sound;

    if (soundKey.preset != bank.preset().number || middle == nullptr)
        return; // another one is on the keys by now

    if (sound == nullptr)
        return refuse(soundKey, "A rendered sound of " + preset.name + " cannot be read.");

    if (!isSamePreset(sound->info.recipe, middle->info.recipe))
    {
        hasGivenUp = true;
        return refuse(soundKey, "The library's " + preset.name +
                                    " is not the one of this project any more: the keys play what "
                                    "the project holds.");
    }
    lastError.clear();
    bank.publish(Place::zone, soundKey, sound);
    onSound(std::move(sound));
}

void ZoneFetcher::failed(const SoundKey& soundKey, const juce::String& code,
                         const juce::String& sentence)
{
    inFlight.erase(soundKey.key);

    if (code == protocol::code::deadline || code == protocol::code::cancelled)
    {
        lastError = sentence; // the engine is busy: the preset itself may be fine
        restUntil = now() + busyRestMs;
    }
    else if (code != EngineLink::lost)
    {
        hasGivenUp = hasGivenUp || code != protocol::code::pluginFailed;
        refuse(soundKey, sentence);
    }
}

void ZoneFetcher::refuse(const SoundKey& soundKey, const juce::String& sentence)
{
    lastError = sentence;
    bank.publish(Place::zone, soundKey, nullptr);
}
} // namespace starling
