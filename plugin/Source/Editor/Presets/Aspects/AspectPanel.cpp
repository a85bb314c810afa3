#include "Editor/Presets/Aspects/AspectPanel.h"

#include "Editor/Widgets/NeedsEngine.h"

namespace starling
{
namespace
{
constexpr int pauseMs = 250; // between two searches
}

AspectPanel::AspectPanel()
{
    for (size_t n = 0; n < aspectCount; ++n)
    {
        auto& row = *rows.emplace_back(std::make_unique<AspectRow>(n));
        row.onChange = [this] { moved(); };
        addAndMakeVisible(row);
    }
    reset.setHasFocusOutline(true);
    reset.onClick = [this]
    {
        show({});
        moved();
    };
    addAndMakeVisible(reset);
}

AspectOptions AspectPanel::options() const
{
    AspectOptions options;

    for (const auto& row : rows)
        row->readInto(options);

    return options;
}

void AspectPanel::show(const AspectOptions& options)
{
    for (const auto& row : rows)
        row->show(options);
}

void AspectPanel::enable(bool isConnected)
{
    for (const auto& row : rows)
        row->enable(isConnected);

    enableWithEngine(reset, isConnected, "Only timbre counts, and nothing is looked for elsewhere.",
                     !(options() == AspectOptions()));
}

void AspectPanel::moved()
{
    isDue = true;

    if (!isTimerRunning())
        timerCallback();
}

void AspectPanel::timerCallback()
{
    if (!std::exchange(isDue, false))
        return stopTimer();

    startTimer(pauseMs);
    onChange();
}

void AspectPanel::resized()
{
    auto area = getLocalBounds();

    for (const auto& row : rows)
        row->setBounds(area.removeFromTop(AspectRow::height));

    reset.setBounds(getLocalBounds().removeFromTop(AspectRow::height).removeFromRight(60));
}
} // namespace starling
