// What a project holds beside the sound on the keys: sounds kept, the origin of the grid of
// variations, the morph pad, the prime of textures. Any thread but audio's; each call takes a lock.
#pragma once

#include "Audio/Bank/Sound.h"

#include <atomic>
#include <functional>
#include <vector>

namespace starling
{
/** The grid shows neighbours of one sound; the same three always give the same ones. */
struct Neighbourhood
{
    juce::String recipe; // of the sound in the middle; empty: no grid
    float amount = 0.3f; // 0..1
    int seed = 0;

    bool operator==(const Neighbourhood& other) const
    {
        return recipe == other.recipe && amount == other.amount && seed == other.seed;
    }

    bool operator!=(const Neighbourhood& other) const { return !(*this == other); }
};

/** Where the morph pad's point is. */
struct MorphPoint
{
    float x = 0.0f, y = 0.0f; // 0..1: the first sound's to the second's

    bool operator==(const MorphPoint& other) const { return x == other.x && y == other.y; }
    bool operator!=(const MorphPoint& other) const { return !(*this == other); }
};

/** The palette as a plain value. */
struct PaletteContents
{
    std::vector<SoundPointer> kept; // newest last
    Neighbourhood grid;
    SoundPointer first, second; // of the morph; null: not chosen yet
    MorphPoint morph;
    bool isSeedLocked = false;
    SoundPointer prime; // a recording that textures go on from; null: none

    bool keeps(const SoundPointer& sound) const;
};

/** The palette of one instance. Any thread but audio's; each call takes a lock. */
class Palette
{
  public:
    static constexpr size_t mostKept = 32;
    static constexpr double mostSeconds = 60.0; // of all kept sounds: a project stays small

    PaletteContents contents() const;
    void replace(PaletteContents next);
    void change(const std::function<void(PaletteContents&)>& how);

    /** Keep a sound with the project; false when there is no more room. */
    bool keep(const SoundPointer& sound);
    void discard(const SoundPointer& sound);

    /** Rises with every change. */
    int serial() const noexcept { return changes.load(); }

  private:
    mutable std::mutex mutex;
    PaletteContents now;
    std::atomic<int> changes{0};
};
} // namespace starling
