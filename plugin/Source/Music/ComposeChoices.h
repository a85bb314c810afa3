// What the user chose for the composer, as a project holds it. Any thread but audio's; each call
// takes a lock.
#pragma once

#include "Audio/Chips/ChipSettings.h"
#include "Music/PromptFile.h"

#include <juce_data_structures/juce_data_structures.h>

#include <atomic>
#include <functional>
#include <mutex>

namespace starling
{
/** The choices as a plain value. */
struct ComposeContents
{
    /** Of a composer, in the order of knobs: `controlTable`. */
    static constexpr const char* controlTable[] = {"temperature", "top_p", "repetition"};
    static constexpr size_t controls = 3;
    static constexpr float usual = -1.0f; // of a control: the composer's own value

    juce::String model;                                            // empty: the first that there is
    std::array<bool, chip::voices> voices{true, true, true, true}; // to be written
    int bars = 8;                                                  // after the prompt
    int seed = 1;
    std::array<float, controls> values{usual, usual, usual};
    Prompt prompt;
};

class ComposeChoices
{
  public:
    ComposeContents contents() const
    {
        const std::lock_guard lock(mutex);
        return now;
    }

    void change(const std::function<void(ComposeContents&)>& how)
    {
        const std::lock_guard lock(mutex);
        how(now);
        ++changes;
    }

    /** Rises with every change. */
    int serial() const noexcept { return changes.load(); }

  private:
    mutable std::mutex mutex;
    ComposeContents now;
    std::atomic<int> changes{0};
};

/** As a part of a project. */
juce::ValueTree describeChoices(const ComposeContents& contents);

/** An invalid node, of a project before format 6, gives the usual choices. */
ComposeContents savedChoices(const juce::ValueTree& tree);

/** `p1 p2 tr no`, or those of them that are to be written. */
juce::String voicesText(const ComposeContents& contents);
} // namespace starling
