#include "Editor/Presets/Scan/EmptyLibrary.h"

namespace starling
{
namespace
{
constexpr const char* whatScanDoes =
    "Scan looks for the synths and preset banks on this computer and listens to each preset once. "
    "Then you can search them by sound, by words, or have one tuned until it matches a "
    "recording.\n\n"
    "The first scan can take minutes. You can play meanwhile, search what it has found so far, or "
    "cancel and go on later.";
constexpr int textHeight = 150, largestWidth = 420;
} // namespace

EmptyLibrary::EmptyLibrary(PluginProcessor& p)
{
    title.setFont(juce::Font(size::title).boldened());
    text.setFont(juce::Font(size::body));
    text.setText(whatScanDoes, juce::dontSendNotification);
    said.setFont(juce::Font(size::small));
    makePrimary(scanButton);
    scanButton.setTitle("Scan for presets");
    scanButton.setTooltip("Look for presets on this computer.");
    scanButton.setHasFocusOutline(true);
    scanButton.onClick = [&engine = p.engine] { engine.post([&engine] { engine.scan.start(); }); };

    for (auto* label : {&title, &text, &said})
    {
        label->setJustificationType(juce::Justification::centred);
        label->setMinimumHorizontalScale(1.0f);
        label->setBorderSize({});
        addAndMakeVisible(label);
    }
    addAndMakeVisible(scanButton);
}

void EmptyLibrary::update(const ScanView& scan, const juce::String& message, bool isError)
{
    scanButton.setVisible(!scan.isRunning);
    said.setText(message, juce::dontSendNotification);
    said.setColour(juce::Label::textColourId, isError ? colour::bad : colour::dim);
}

void EmptyLibrary::resized()
{
    auto area = getLocalBounds();
    said.setBounds(area.removeFromBottom(40));
    const auto height = 32 + textHeight + 20 + 36;
    area = area.withSizeKeepingCentre(juce::jmin(area.getWidth() - 2 * size::gap, largestWidth),
                                      juce::jmin(area.getHeight(), height));
    title.setBounds(area.removeFromTop(32));
    text.setBounds(area.removeFromTop(textHeight));
    area.removeFromTop(20);
    scanButton.setBounds(area.removeFromTop(36).withSizeKeepingCentre(140, 36));
}
} // namespace starling
