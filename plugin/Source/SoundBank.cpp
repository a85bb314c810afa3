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
    handOver({sound == nullptr ? News::refusal : News::sound, place, wanted, sound});

    if (place == Place::preview)
        return;

    const auto index = slotIndex(wanted);

    if (sound == nullptr)
    {
        refused[index] = wanted;
        return;
    }

    if (const auto found = refused.find(index); found != refused.end() && found->second == wanted)
        refused.erase(found);

    latest[index] = {wanted, std::move(sound)};
    ++changes;
}

void SoundBank::clear()
{
    const std::lock_guard lock(mutex);
    handOver({News::clearing});
    latest.clear();
    refused.clear();
    ++changes;
    ++clears;
}

void SoundBank::retryRefused()
{
    const std::lock_guard lock(mutex);
    handOver({News::amnesty});
    refused.clear();
}

void SoundBank::handOver(Delivery news)
{
    alive.push_back(std::make_unique<Delivery>(std::move(news)));
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

bool SoundBank::hasRefused(const Wanted& wanted) const
{
    const std::lock_guard lock(mutex);
    const auto found = refused.find(slotIndex(wanted));
    return found != refused.end() && found->second == wanted;
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
                receive(*delivery);
                return;
            }

            if (preview != nullptr)
                release(*preview);

            preview = delivery; // the caller releases it
        });
    return preview;
}

void SoundBank::receive(Delivery& delivery) noexcept
{
    if (delivery.news == News::sound)
        return put(delivery);

    if (delivery.news == News::refusal)
    {
        auto& slot = slots[slotIndex(delivery.wanted)];
        slot.failed = delivery.wanted;
        slot.hasFailed = true;
    }
    else
        for (auto& slot : slots)
        {
            slot.hasFailed = false;

            if (delivery.news == News::clearing && slot.delivery != nullptr)
                release(*std::exchange(slot.delivery, nullptr));
        }

    release(delivery);
}

void SoundBank::put(Delivery& delivery) noexcept
{
    auto& slot = slots[slotIndex(delivery.wanted)];
    slot.hasFailed = slot.hasFailed && slot.failed != delivery.wanted;

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
