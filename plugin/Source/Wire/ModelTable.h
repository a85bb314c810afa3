// The models that the engine has, at fixed positions: the `model` parameter is an index into this.
// A project keeps the positions it was saved with; models it does not know take the free ones.
#pragma once

#include "Audio/Bank/SoundKey.h"

#include <juce_core/juce_core.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

namespace starling
{
/** One control of a model, in the control's own range. Labels make it a choice. */
struct ControlSpec
{
    juce::String name, title;
    float minimum = 0.0f, maximum = 1.0f, defaultValue = 0.5f;
    juce::StringArray labels;

    bool isChoice() const { return !labels.isEmpty(); }

    /** The value that a host parameter of 0..1 stands for; a choice is rounded to an index. */
    float fromParameter(float normalised) const;
    float toParameter(float value) const;
    juce::String textFor(float normalised) const;
};

/** One model of the engine; a plain value. */
struct ModelSpec
{
    juce::String name, title, weights;
    juce::String controlsJson; // as the engine sent it
    bool available = false;    // the engine that we talk to has it

    bool operator==(const ModelSpec& other) const
    {
        return name == other.name && title == other.title && weights == other.weights &&
               controlsJson == other.controlsJson && available == other.available;
    }

    std::vector<ControlSpec> everyControl() const;

    /** The controls that host parameters drive: all but `key`, at most controlSlots. */
    std::vector<ControlSpec> controls() const;
    bool takesKey() const;
};

/** Any thread may call; only isKeyed() is for the audio thread, the rest takes a lock. */
class ModelTable
{
  public:
    static constexpr const char* keyControl = "key";

    /** Merge the engine's list into the table: known names stay where they are. */
    void merge(const std::vector<ModelSpec>& engineModels);

    /** Mark all as unavailable: the engine is gone. */
    void engineGone();

    std::vector<ModelSpec> list() const;
    std::optional<ModelSpec> at(int index) const;

    bool isKeyed(int index) const noexcept { return (keyed.load() >> index & 1u) != 0; }

    /** Rises with every change of what a project holds of it, and hosts show. */
    int serial() const noexcept { return changes.load(); }

    /** For saving and restoring a project. */
    void replace(std::vector<ModelSpec> saved);

  private:
    void refreshKeyed();
    void noteChange(const std::vector<ModelSpec>& before);

    mutable std::mutex mutex;
    std::vector<ModelSpec> models;
    std::atomic<std::uint32_t> keyed{0}; // one bit a model; 16 slots
    std::atomic<int> changes{0};
};
} // namespace starling
