// The project's bytes: parameters, models, and the sounds themselves with their recipes.
#pragma once

#include "Music/ComposeChoices.h"
#include "Parameters.h"
#include "Sounds/Palette/Palette.h"
#include "Sounds/Palette/SoundBudget.h"
#include "Wire/ModelTable.h"

namespace starling
{
/** Saves and loads a project. The host's thread, one at a time; never audio's. The bytes are
    Project/ProjectFile.h's. */
class State
{
  public:
    /** FLAC bytes of a preset's zones that a project holds at most, nearest to the middle first:
        more than 13 zones of noise take. */
    static constexpr size_t zoneBudget = 12 << 20;

    State(Parameters& params, ModelTable& modelTable, ModelTable& textureTable,
          SoundBank& soundBank, Palette& soundPalette, SongPlayer& chipSong,
          ComposeChoices& composeChoices)
        : parameters(params),
          models(modelTable),
          textures(textureTable),
          bank(soundBank),
          palette(soundPalette),
          song(chipSong),
          choices(composeChoices)
    {
    }

    /** The same bytes as long as nothing changed. */
    void save(juce::MemoryBlock& out) const;

    /** Apply everything at once: no editor, message loop or engine is needed. Answers an empty
        string, or a sentence with the reason why nothing was changed. */
    juce::String load(const void* data, int size);

  private:
    juce::ValueTree describe() const;
    void describePreset(juce::ValueTree& tree) const;
    void describeSong(juce::ValueTree& tree) const;
    void apply(const juce::ValueTree& tree);
    void applySounds(const juce::ValueTree& tree, SoundBudget& budget);
    void applySong(const juce::ValueTree& saved);
    float savedValue(int index) const;

    Parameters& parameters;
    ModelTable &models, &textures;
    SoundBank& bank;
    Palette& palette;
    SongPlayer& song;
    ComposeChoices& choices;

    // What was loaded, and what the parameter made of it: setting a skewed parameter may change the
    // last digit, and a project that was not changed is saved with the bytes it had.
    std::array<std::pair<float, float>, Parameters::count> loaded{};
};
} // namespace starling
