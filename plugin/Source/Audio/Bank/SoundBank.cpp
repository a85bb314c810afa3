#include "Audio/Bank/SoundBank.h"

#include <algorithm>
#include <set>

namespace starling
{
SoundBank::SoundBank()
    : slots(temporarySlot + 1), incoming(capacity, nullptr), outgoing(capacity, nullptr)
{
}

SoundBank::~SoundBank() = default;

bool SoundBank::publish(Place place, const SoundKey& soundKey, SoundPointer sound,
                        std::optional<int> since)
{
    const std::lock_guard lock(mutex);

    if (isOvertaken(since))
        return false;

    if (place == Place::zone && soundKey.preset != onKeys.number)
        return false; // another preset, or none, is on the keys by now

    handOver({sound == nullptr ? Command::refuse : Command::put, place, soundKey, sound});

    if (place == Place::preview)
        return true;

    if (sound == nullptr)
        refused[slotIndex(soundKey)] = soundKey;
    else
        hold(soundKey, std::move(sound), 0);

    return true;
}

int SoundBank::publishPreset(PresetOnKeys preset, const SoundKey& soundKey, SoundPointer middle,
                             std::optional<int> since)
{
    const std::lock_guard lock(mutex);

    if (isOvertaken(since))
        return 0;

    preset.number = ++presets;
    handOver({Command::put, Place::current, soundKey, middle, preset.number});
    hold(soundKey, std::move(middle), preset.number);
    onKeys = std::move(preset);
    return onKeys.number;
}

void SoundBank::hold(const SoundKey& soundKey, SoundPointer sound, int preset)
{
    const auto index = slotIndex(soundKey);

    if (index == 0 && preset != onKeys.number)
        forgetZones();

    if (const auto found = refused.find(index); found != refused.end() && found->second == soundKey)
        refused.erase(found);

    latest[index] = {soundKey, std::move(sound)};
    noteChange(index);
}

void SoundBank::noteChange(size_t index)
{
    ++changes;
    savedChanges += index == temporarySlot ? 0 : 1;
}

void SoundBank::forgetZones()
{
    const auto isZone = [](size_t index) { return index >= firstZone && index < temporarySlot; };
    onKeys = {};

    for (auto each = latest.begin(); each != latest.end();)
        each = isZone(each->first) ? latest.erase(each) : std::next(each);

    for (auto each = refused.begin(); each != refused.end();)
        each = isZone(each->first) ? refused.erase(each) : std::next(each);
}

void SoundBank::clearPlace(Place place)
{
    const std::lock_guard lock(mutex);
    const auto index = place == Place::temporary ? temporarySlot : 0;

    if (latest.erase(index) == 0)
        return;

    if (index == 0)
        forgetZones();

    handOver({Command::clearPlace, place});
    noteChange(index);
}

void SoundBank::clear()
{
    const std::lock_guard lock(mutex);
    handOver({Command::clearAll});
    latest.clear();
    refused.clear();
    onKeys = {};
    noteChange(0);
    ++eras;
}

void SoundBank::beginLoad()
{
    {
        const std::lock_guard lock(mutex);
        isLoading = true;
    }
    clear();
}

void SoundBank::endLoad()
{
    const std::lock_guard lock(mutex);
    isLoading = false;
    ++eras;
}

void SoundBank::retryRefused()
{
    const std::lock_guard lock(mutex);
    handOver({Command::retryAll});
    refused.clear();
}

void SoundBank::handOver(Delivery delivery)
{
    alive.push_back(std::make_unique<Delivery>(std::move(delivery)));
    backlog.push_back(alive.back().get());
    sendBacklog();
}

void SoundBank::sendBacklog()
{
    while (!backlog.empty() && incomingFifo.getFreeSpace() > 0 &&
           alive.size() - backlog.size() < capacity - 1)
    {
        const auto scope = incomingFifo.write(1);
        incoming[static_cast<size_t>(scope.startIndex1)] = backlog.front();
        backlog.pop_front();
    }
}

std::vector<juce::String> SoundBank::collect()
{
    const std::lock_guard lock(mutex);
    std::set<juce::String> dropped;

    {
        const auto scope = outgoingFifo.read(outgoingFifo.getNumReady());
        scope.forEach(
            [&](int index)
            {
                auto* done = outgoing[static_cast<size_t>(index)];
                const auto found = std::find_if(alive.begin(), alive.end(),
                                                [done](auto& each) { return each.get() == done; });
                jassert(found != alive.end());

                if (done->sound != nullptr)
                    dropped.insert(done->sound->info.id);

                alive.erase(found);
            });
    }

    for (const auto& each : alive)
        if (each->sound != nullptr)
            dropped.erase(each->sound->info.id);

    sendBacklog();
    return {dropped.begin(), dropped.end()};
}

HeldSound SoundBank::current() const
{
    return publishedFor(SoundKey::everyKey, 0);
}

HeldSound SoundBank::temporarySound() const
{
    const std::lock_guard lock(mutex);
    const auto found = latest.find(temporarySlot);
    return found == latest.end() ? HeldSound{} : found->second;
}

PresetOnKeys SoundBank::preset() const
{
    const std::lock_guard lock(mutex);
    return onKeys;
}

HeldSound SoundBank::publishedFor(int key, int step) const
{
    const std::lock_guard lock(mutex);
    const auto found = latest.find(slotIndex(SoundKey{}.forKey(key, step)));
    return found == latest.end() ? HeldSound{} : found->second;
}

bool SoundBank::hasPublished(const SoundKey& soundKey) const
{
    const std::lock_guard lock(mutex);
    const auto found = latest.find(slotIndex(soundKey));
    return found != latest.end() && found->second.soundKey == soundKey;
}

bool SoundBank::hasRefused(const SoundKey& soundKey) const
{
    const std::lock_guard lock(mutex);
    const auto found = refused.find(slotIndex(soundKey));
    return found != refused.end() && found->second == soundKey;
}

std::vector<HeldSound> SoundBank::held() const
{
    const std::lock_guard lock(mutex);
    std::vector<HeldSound> result;

    for (const auto& [index, sound] : latest)
        result.push_back(sound);

    return result;
}
} // namespace starling
