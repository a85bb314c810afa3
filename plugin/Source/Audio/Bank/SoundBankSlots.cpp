// The audio thread's side of the SoundBank: what arrives goes into its place, what is let go of
// travels back. Nothing here allocates, frees or locks.
#include "Audio/Bank/SoundBank.h"

namespace starling
{
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
    if (delivery.command == Command::put)
        return put(delivery);

    if (delivery.command == Command::refuse)
    {
        auto& slot = slots[slotIndex(delivery.soundKey)];
        slot.failed = delivery.soundKey;
        slot.hasFailed = true;
    }
    else if (delivery.command == Command::clearPlace)
    {
        empty(delivery.place == Place::temporary ? temporarySlot : 0);

        if (delivery.place != Place::temporary)
            emptyZones();
    }
    else
        for (size_t index = 0; index < slots.size(); ++index)
        {
            slots[index].hasFailed = false;

            if (delivery.command == Command::clearAll)
                empty(index);
        }

    release(delivery);
}

void SoundBank::put(Delivery& delivery) noexcept
{
    const auto index = slotIndex(delivery.soundKey);
    auto& slot = slots[index];
    slot.hasFailed = slot.hasFailed && slot.failed != delivery.soundKey;

    if (index == 0 && slot.delivery != nullptr && slot.delivery->preset != delivery.preset)
        emptyZones();

    empty(index);
    slot.delivery = &delivery;
}

void SoundBank::empty(size_t index) noexcept
{
    if (auto* old = std::exchange(slots[index].delivery, nullptr))
        release(*old);
}

void SoundBank::emptyZones() noexcept
{
    for (auto index = firstZone; index < temporarySlot; ++index)
    {
        slots[index].hasFailed = false;
        empty(index);
    }
}

Delivery* SoundBank::zoneNear(int note) const noexcept
{
    auto* best = slots[0].delivery;

    if (best == nullptr || best->preset == 0)
        return best;

    const auto number = best->preset;
    const auto distance = [note](const Delivery& zone)
    { return std::abs(zone.sound->info.root - note); };

    for (auto index = firstZone; index < temporarySlot; ++index)
        if (auto* zone = slots[index].delivery;
            zone != nullptr && zone->soundKey.preset == number && // of two as near, the higher one
            (distance(*zone) < distance(*best) ||
             (distance(*zone) == distance(*best) && zone->sound->info.root > note)))
            best = zone;

    return best;
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
