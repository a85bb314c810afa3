#include "Audio/Playing/VoicePool.h"

#include <algorithm>

namespace starling
{
namespace
{
bool sounds(const Voice& voice) noexcept
{
    return voice.isActive() && !voice.isFading();
}

bool older(const Voice& a, const Voice& b) noexcept
{
    return a.info().order < b.info().order;
}

/** Released before held, then quiet, then old. */
bool isMissedLess(const Voice& a, const Voice& b) noexcept
{
    if (a.isReleased() != b.isReleased())
        return a.isReleased();

    return a.isReleased() && a.level() != b.level() ? a.level() < b.level() : older(a, b);
}
} // namespace

void VoicePool::start(Delivery& delivery, SoundBank& bank, const NoteStart& note,
                      double rate) noexcept
{
    if (sounding() >= maxVoices)
        leastMissed()->fadeAway(rate);

    auto* free = spare();
    auto& voice = free == nullptr ? mostFaded() : *free;
    auto numbered = note;
    numbered.order = ++notes;
    voice.start(delivery, bank, numbered);
}

int VoicePool::sounding() const noexcept
{
    return static_cast<int>(std::count_if(begin(), end(), sounds));
}

const Voice* VoicePool::newest() const noexcept
{
    const Voice* result = nullptr;

    for (const auto& voice : voices)
        if (sounds(voice) && (result == nullptr || older(*result, voice)))
            result = &voice;

    return result;
}

Voice* VoicePool::spare() noexcept
{
    auto* found = std::find_if(begin(), end(), [](auto& voice) { return !voice.isActive(); });
    return found == end() ? nullptr : found;
}

Voice* VoicePool::leastMissed() noexcept
{
    Voice* result = nullptr;

    for (auto& voice : voices)
        if (sounds(voice) && (result == nullptr || isMissedLess(voice, *result)))
            result = &voice;

    return result;
}

Voice& VoicePool::mostFaded() noexcept
{
    Voice* result = nullptr;

    for (auto& voice : voices)
        if (voice.isFading() && (result == nullptr || older(voice, *result)))
            result = &voice;

    return result == nullptr ? voices.front() : *result;
}
} // namespace starling
