// What a sound must be: the parameters that choose it, as plain integers. Pure; any thread.
#pragma once

#include "Wire/Protocol.h"

#include <array>
#include <cstdint>
#include <type_traits>

namespace starling
{
/** A plain value; any thread. The audio thread compares it with what a slot holds, the worker turns
    it into a request. */
struct SoundKey
{
    static constexpr int controlSteps = 10000; // a host that rounds automation still hits
    static constexpr int everyKey = -1;        // Play mode: one sound for all keys
    static constexpr int temporaryPreset = -1; // a sound that the keys play for a while only

    int model = 0;
    int variation = 0;
    std::array<int, protocol::controlSlots> controls{}; // 0..controlSteps
    int key = everyKey;
    int step = 0;   // of the round robin
    int preset = 0; // number of the preset on the keys, which makes `key` one of its zones

    bool operator==(const SoundKey& other) const noexcept
    {
        return model == other.model && variation == other.variation && controls == other.controls &&
               key == other.key && step == other.step && preset == other.preset;
    }

    bool operator!=(const SoundKey& other) const noexcept { return !(*this == other); }

    /** The same for one key and step of Fresh mode. */
    SoundKey forKey(int midiKey, int roundRobinStep) const noexcept
    {
        auto result = *this;
        result.key = midiKey;
        result.step = roundRobinStep;
        return result;
    }

    /** The sound of a preset rendered at this note. The parameters do not choose it. */
    static SoundKey zone(int presetNumber, int note) noexcept
    {
        SoundKey result;
        result.preset = presetNumber;
        result.key = note;
        return result;
    }

    /** What the keys play instead of everything else, as long as it is there. */
    static SoundKey temporary() noexcept { return zone(temporaryPreset, everyKey); }

    /** Play mode's seed is the variation; Fresh mode gives each key and step its own. */
    int seed() const noexcept
    {
        if (key == everyKey)
            return variation;

        const auto spread = std::int64_t{1000003} * (1 + key) + std::int64_t{7919} * step;
        return static_cast<int>((variation + spread) % (std::int64_t{1} << 31));
    }
};

static_assert(std::is_trivially_copyable_v<SoundKey>, "travels through a lock-free queue");
} // namespace starling
