// What only the engine can do: dimmed while it is away, and the tooltip says why. Message thread
// only.
#pragma once

#include <juce_gui_basics/juce_gui_basics.h>

namespace starling
{
constexpr const char* noEngineTip =
    "This needs Starling's engine, which is not running: see the line at the top.";

/** Enable a button, menu or field while the engine is connected and what it needs besides is there.
 */
template <typename Control>
void enableWithEngine(Control& control, bool isConnected, const juce::String& tip,
                      bool isReady = true)
{
    control.setEnabled(isConnected && isReady);
    control.setTooltip(isConnected ? tip : juce::String(noEngineTip));
}
} // namespace starling
