// The host parameters, made from the generated table. Values may be read by any thread.
#pragma once

#include "Audio/Playing/Player.h"
#include "HostParameter.h"

namespace starling
{
/** Positions in parameterTable, found by id at compile time. */
constexpr int indexOf(const char* id)
{
    constexpr auto same = [](const char* a, const char* b)
    {
        while (*a != 0 && *a == *b)
            ++a, ++b;
        return *a == *b;
    };

    for (int i = 0; i < static_cast<int>(std::size(parameterTable)); ++i)
        if (same(parameterTable[i].id, id))
            return i;

    return -1;
}

/** Values in the table's units, by index. */
using ParameterValues = std::vector<std::pair<int, float>>;

/** The processor's host parameters. Reading is safe on any thread; who may set stands at the call.
 */
class Parameters : private juce::AudioProcessorParameter::Listener, private juce::AsyncUpdater
{
  public:
    static constexpr int count = static_cast<int>(std::size(parameterTable));

    /** Adds every parameter of the table to the processor, which owns them, in their groups: a
       group is a stretch of the table, so that none of them moves. */
    Parameters(juce::AudioProcessor& processor, const ModelTable& models,
               const ModelTable& textures);
    ~Parameters() override;

    HostParameter& get(int index) const { return *all[static_cast<size_t>(index)]; }
    HostParameter& get(const char* id) const { return get(indexOf(id)); }

    /** Call the controls as the chosen model does. Message thread, before the host is told. */
    void renewNames();

    /** 0..1; the default when a host has set what is no number. Safe on the audio thread. */
    float normalised(int index) const noexcept
    {
        const auto& parameter = get(index);
        const auto now = parameter.getValue();
        return std::isfinite(now) ? now : parameter.getDefaultValue();
    }

    /** The value in the table's units. Safe on the audio thread. */
    float value(int index) const noexcept { return get(index).convertFrom0to1(normalised(index)); }

    /** The sound that the parameters choose in Play mode. */
    SoundKey soundKey() const noexcept;
    ChipSettings chipSettings() const noexcept;
    PlayerSettings playerSettings() const noexcept;

    /** Index into the engine's list of textures. */
    int textureModel() const noexcept
    {
        return juce::roundToInt(value(indexOf(param::texturemodel)));
    }

    /** True once the host, the user or a restored project has set this parameter. */
    bool isTouched(int index) const noexcept
    {
        const auto at = static_cast<size_t>(index);
        return touched[at] || announced[at] != normalised(index);
    }

    void setTouched(int index, bool now) noexcept
    {
        announced[static_cast<size_t>(index)] = normalised(index);
        touched[static_cast<size_t>(index)] = now;
    }

    /** Whether automation has changed anything since the last call. It sets values on the audio
        thread without a call to their listeners. Message thread. */
    bool takeAutomation() noexcept;

    /** Set model, seed and controls so that they choose this, and the keys to play it. Message or
        worker thread. */
    void choose(const SoundKey& soundKey);

    /** Turn a switch, as the user would. Message or worker thread. */
    void set(const char* id, bool on) { set({{indexOf(id), on ? 1.0f : 0.0f}}); }

    /** Set several as one act of the user, so that hosts record and undo it as one. Any thread but
        audio's. */
    void set(const ParameterValues& values);

    /** Set a parameter as the plugin itself, without counting as touched. */
    void setQuietly(int index, float normalised);

  private:
    ParameterContext contextOf(int index, const ModelTable& models,
                               const ModelTable& textures) const;
    void handleAsyncUpdate() override;
    void parameterValueChanged(int index, float) override;
    void parameterGestureChanged(int, bool) override {}

    std::array<HostParameter*, count> all{};
    std::array<std::atomic<bool>, count> touched{};
    std::array<std::atomic<float>, count> announced{}; // the values that listeners know
    std::atomic<int> quiet{-1};
    std::mutex mutex;
    std::vector<int> untold; // set, and the host does not know yet
};
} // namespace starling
