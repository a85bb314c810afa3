#include "Sounds/Palette/Palette.h"

#include <algorithm>

namespace starling
{
namespace
{
bool isSame(const SoundPointer& a, const SoundPointer& b)
{
    return a != nullptr && b != nullptr && a->info.id == b->info.id;
}

double seconds(const Sound& sound)
{
    return sound.frames() / sound.info.rate;
}
} // namespace

bool PaletteContents::keeps(const SoundPointer& sound) const
{
    return std::any_of(kept.begin(), kept.end(),
                       [&sound](const auto& each) { return isSame(each, sound); });
}

PaletteContents Palette::contents() const
{
    const std::lock_guard lock(mutex);
    return now;
}

void Palette::replace(PaletteContents next)
{
    const std::lock_guard lock(mutex);
    now = std::move(next);
    ++changes;
}

void Palette::change(const std::function<void(PaletteContents&)>& how)
{
    const std::lock_guard lock(mutex);
    how(now);
    ++changes;
}

bool Palette::keep(const SoundPointer& sound)
{
    const std::lock_guard lock(mutex);

    if (now.keeps(sound))
        return true;

    auto length = seconds(*sound);

    for (const auto& each : now.kept)
        length += seconds(*each);

    if (now.kept.size() >= mostKept || length > mostSeconds)
        return false;

    now.kept.push_back(sound);
    ++changes;
    return true;
}

void Palette::discard(const SoundPointer& sound)
{
    const std::lock_guard lock(mutex);
    now.kept.erase(std::remove_if(now.kept.begin(), now.kept.end(),
                                  [&sound](const auto& each) { return isSame(each, sound); }),
                   now.kept.end());
    ++changes;
}
} // namespace starling
