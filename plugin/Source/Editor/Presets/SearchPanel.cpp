#include "Editor/Presets/SearchPanel.h"

namespace starling
{
namespace
{
constexpr const char* soundFiles = "*.wav;*.aif;*.aiff;*.flac;*.ogg;*.mp3";
constexpr int tabGroup = 1;
} // namespace

SearchPanel::SearchPanel(PluginProcessor& p) : processor(p), find(p), match(p)
{
    choose.onClick = [this] { chooseFile(); };
    choose.setTooltip("Find presets that sound like a recording.");
    recordButton.onClick = [this] { record(); };
    recordButton.setTooltip("Record what comes in on the side-chain, then find presets like it.");
    scan.onClick = [&engine = processor.engine]
    { engine.post([&engine] { engine.search.scan(); }); };
    scan.setTooltip("Look for new preset banks on this machine and index them.");

    const std::initializer_list<juce::Component*> parts = {&choose, &recordButton, &scan, &find};

    for (auto* part : parts)
        addAndMakeVisible(part);

    for (auto* button : {&choose, &recordButton, &scan})
        button->setHasFocusOutline(true);

    addTab(findTab, "The presets that sound like the recording, or that words describe.");
    addTab(matchTab, "Tune a synth until it sounds like the recording.");
    findTab.setToggleState(true, juce::dontSendNotification);
    addChildComponent(match);
}

void SearchPanel::addTab(juce::TextButton& tab, const char* tip)
{
    makeTab(tab, tabGroup, tip);
    tab.setConnectedEdges(&tab == &findTab ? juce::Button::ConnectedOnRight
                                           : juce::Button::ConnectedOnLeft);
    tab.onClick = [this]
    {
        find.setVisible(findTab.getToggleState());
        match.setVisible(matchTab.getToggleState());
    };
    addAndMakeVisible(tab);
}

void SearchPanel::searchFile(const juce::File& file)
{
    auto& engine = processor.engine;
    engine.post([&engine, file, text = find.filter()] { engine.search.byFile(file, text); });
}

void SearchPanel::chooseFile()
{
    chooser = std::make_unique<juce::FileChooser>("Find presets that sound like this file",
                                                  juce::File(), soundFiles);
    chooser->launchAsync(juce::FileBrowserComponent::openMode |
                             juce::FileBrowserComponent::canSelectFiles,
                         [this](const juce::FileChooser& finished)
                         {
                             if (finished.getResult() != juce::File())
                                 searchFile(finished.getResult());
                         });
}

void SearchPanel::record()
{
    auto& engine = processor.engine;

    if (processor.capture.isRecording())
        engine.post([&engine, text = find.filter()] { engine.stopCapture(text); });
    else
        engine.post([&engine] { engine.startCapture(); });
}

void SearchPanel::update(const EngineView& view)
{
    const auto recording = processor.capture.isRecording();
    find.update(view.search);
    match.update(view);
    recordButton.setButtonText(recording
                                   ? "Stop  " + juce::String(processor.capture.seconds(), 1) + " s"
                                   : "Record side-chain");
    recordButton.setColour(juce::TextButton::textColourOffId,
                           recording ? colour::bad : colour::text);

    if (std::exchange(target, view.search.target) != view.search.target)
        repaint(dropArea);
}

bool SearchPanel::isInterestedInFileDrag(const juce::StringArray& files)
{
    return files.size() == 1;
}

void SearchPanel::fileDragEnter(const juce::StringArray&, int, int)
{
    isDragging = true;
    repaint();
}

void SearchPanel::fileDragExit(const juce::StringArray&)
{
    isDragging = false;
    repaint();
}

void SearchPanel::filesDropped(const juce::StringArray& files, int, int)
{
    isDragging = false;
    repaint();
    searchFile(juce::File(files[0]));
}

void SearchPanel::paint(juce::Graphics& g)
{
    paintPanel(g, getLocalBounds());
    paintHeading(g, getLocalBounds().reduced(size::gap, 6), "PRESETS BY SOUND");

    const auto box = dropArea.toFloat();
    juce::Path outline, dashed;
    outline.addRoundedRectangle(box, size::corner);
    const float dashes[] = {5.0f, 4.0f};
    juce::PathStrokeType(1.2f).createDashedStroke(dashed, outline, dashes, 2);
    g.setColour(isDragging ? colour::accent.withAlpha(0.15f) : juce::Colours::transparentBlack);
    g.fillPath(outline);
    g.setColour(isDragging ? colour::accent : colour::line.brighter(0.2f));
    g.fillPath(dashed);
    g.setColour(isDragging ? colour::accent : colour::dim);
    g.setFont(size::small);
    g.drawText(target.isEmpty() ? "Drop a recording here" : "Recording: " + target,
               dropArea.withHeight(24).reduced(8, 0), juce::Justification::centred);
}

void SearchPanel::resized()
{
    auto area = getLocalBounds().reduced(size::gap);
    auto heading = area.removeFromTop(24);
    scan.setBounds(heading.removeFromRight(60).withHeight(24));
    area.removeFromTop(6);
    dropArea = area.removeFromTop(64);
    auto row = dropArea.reduced(8).removeFromBottom(size::row);
    choose.setBounds(row.removeFromLeft((row.getWidth() - 8) / 2));
    recordButton.setBounds(row.withTrimmedLeft(8));
    area.removeFromTop(8);
    auto tabs = area.removeFromTop(size::row);
    findTab.setBounds(tabs.removeFromLeft(tabs.getWidth() / 2));
    matchTab.setBounds(tabs);
    area.removeFromTop(6);
    find.setBounds(area);
    match.setBounds(area);
}
} // namespace starling
