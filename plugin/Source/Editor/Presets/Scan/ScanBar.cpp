#include "Editor/Presets/Scan/ScanBar.h"

namespace starling
{
ScanBar::ScanBar(PluginProcessor& p)
{
    progress.setTitle("Scan of the presets");
    cancelButton.setTitle("Cancel the scan");
    cancelButton.setTooltip("Stop here. What was scanned stays; the next scan goes on from it.");
    cancelButton.setHasFocusOutline(true);
    cancelButton.onClick = [&engine = p.engine]
    { engine.post([&engine] { engine.scan.cancel(); }); };
    timeLeft.setTitle("Time left");
    timeLeft.setFont(juce::Font(size::small));
    timeLeft.setColour(juce::Label::textColourId, colour::dim);
    timeLeft.setBorderSize({});

    for (auto* part : std::initializer_list<juce::Component*>{&progress, &cancelButton, &timeLeft})
        addAndMakeVisible(part);
}

void ScanBar::update(const ScanView& view)
{
    fraction = view.fraction > 0.0f ? static_cast<double>(view.fraction) : -1.0;
    progress.setTextToDisplay(view.text);
    progress.setTooltip(view.text);
    timeLeft.setText(view.timeLeft.isNotEmpty() ? view.timeLeft
                                                : juce::String("You can go on playing meanwhile"),
                     juce::dontSendNotification);
}

void ScanBar::resized()
{
    auto area = getLocalBounds();
    progress.setBounds(area.removeFromTop(barHeight));
    area = area.removeFromBottom(cancelHeight);
    cancelButton.setBounds(area.removeFromRight(76));
    area.removeFromRight(6);
    timeLeft.setBounds(area);
}
} // namespace starling
