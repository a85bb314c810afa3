#include "SoundBank.h"

#include <algorithm>
#include <set>

namespace starling
{
SoundBank::SoundBank()
    : slots(1 + keys * steps), incoming(capacity, nullptr), outgoing(capacity, nullptr)
{
}

SoundBank::~SoundBank() = default;

void SoundBank::publish(Place place, const Wanted& wanted, SoundPointer sound)
{
    const std::lock_guard lock(mutex);
    auto delivery = std::make_unique<Delivery>();
    delivery->place = place;
    delivery->wanted = wanted;
    delivery->sound = sound;
    backlog.push_back(delivery.get());
    alive.push_back(std::move(delivery));

    if (place != Place::preview && sound != nullptr)
    {
        latest[slotIndex(wanted)] = {wanted, std::move(sound)};
        ++changes;
    }
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
    return publishedFor(Wanted::everyKey, 0);
}

HeldSound SoundBank::publishedFor(int key, int step) const
{
    const std::lock_guard lock(mutex);
    const auto found = latest.find(slotIndex(Wanted{}.forKey(key, step)));
    return found == latest.end() ? HeldSound{} : found->second;
}

bool SoundBank::hasPublished(const Wanted& wanted) const
{
    const std::lock_guard lock(mutex);
    const auto found = latest.find(slotIndex(wanted));
    return found != latest.end() && found->second.wanted == wanted;
}

std::vector<HeldSound> SoundBank::held() const
{
    const std::lock_guard lock(mutex);
    std::vector<HeldSound> result;

    for (const auto& [index, sound] : latest)
        result.push_back(sound);

    return result;
}

Delivery* SoundBank::takeIn() noexcept
{
    Delivery* preview = nullptr;
    const auto scope = incomingFifo.read(incomingFifo.getNumReady());
    scope.forEach(
        [&](int index)
        {
            auto* delivery = incoming[static_cast<size_t>(index)];
            retain(*delivery);

            if (delivery->place != Place::preview)
            {
                put(*delivery);
                return;
            }

            if (preview != nullptr)
                release(*preview);

            preview = delivery; // the caller releases it
        });
    return preview;
}

void SoundBank::put(Delivery& delivery) noexcept
{
    auto& slot = slots[slotIndex(delivery.wanted)];

    if (delivery.sound == nullptr)
    {
        slot.failed = delivery.wanted;
        slot.hasFailed = true;
        release(delivery);
        return;
    }

    slot.hasFailed = false;

    if (slot.delivery != nullptr)
        release(*slot.delivery);

    slot.delivery = &delivery;
}

void SoundBank::release(Delivery& delivery) noexcept
{
    if (--delivery.users > 0)
        return;

    const auto scope = outgoingFifo.write(1);
    jassert(scope.blockSize1 == 1); // `capacity` bounds the deliveries that exist
    outgoing[static_cast<size_t>(scope.startIndex1)] = &delivery;
}
} // namespace starling
