#include "Sounds/Palette/History.h"

namespace starling
{
void History::note(const SoundBank& bank, double nowMs)
{
    if (const auto now = bank.era(); std::exchange(era, now) != now) // another project
    {
        entries.clear();
        position = -1;
    }
    const OnKeys next{bank.current(), bank.preset()};

    if (next.held.sound == nullptr)
        return;

    if (position >= 0)
        if (const auto& now = entries[static_cast<size_t>(position)].held;
            now.sound->info.id == next.held.sound->info.id && now.soundKey == next.held.soundKey)
            return;

    const auto isStep = isSameStep(next, nowMs);
    entries.resize(static_cast<size_t>(isStep ? position : position + 1));
    entries.push_back(next);

    if (entries.size() > most)
        entries.erase(entries.begin());

    position = static_cast<int>(entries.size()) - 1;
    changedAt = nowMs;
    hasMoved = std::exchange(isOwnStep, false);
}

bool History::isSameStep(const OnKeys& next, double nowMs) const
{
    if (position < 0 || hasMoved || isOwnStep || nowMs - changedAt > stepMs)
        return false;

    const auto& last = entries[static_cast<size_t>(position)];
    return last.preset.number == 0 && next.preset.number == 0 &&
           last.held.soundKey.model == next.held.soundKey.model &&
           last.held.soundKey.variation == next.held.soundKey.variation;
}

std::optional<OnKeys> History::go(int index)
{
    if (index < 0 || index >= static_cast<int>(entries.size()) || index == position)
        return {};

    position = index;
    hasMoved = true;
    return entries[static_cast<size_t>(index)];
}
} // namespace starling
