#include "Editor/Presets/SearchPanel.h"

#include "Editor/Widgets/NeedsEngine.h"

namespace starling
{
namespace
{
constexpr const char* soundFiles = "*.wav;*.aif;*.aiff;*.flac;*.ogg;*.mp3";
constexpr int tabGroup = 1;
} // namespace

SearchPanel::SearchPanel(PluginProcessor& p)
    : processor(p), find(p), match(p), scanBar(p), emptyLibrary(p)
{
    choose.onClick = [this] { chooseFile(); };
    recordButton.onClick = [this] { record(); };
    recordButton.setTooltip("Record what comes in on the side-chain, then find presets like it.");
    scan.onClick = [&engine = processor.engine]
    { engine.post([&engine] { engine.scan.start(); }); };

    for (auto* button : {&choose, &recordButton, &scan})
        button->setHasFocusOutline(true);

    find.onSteering = [this] { showPage(); };
    part.onMark = [this, &engine = processor.engine](const auto& marked)
    {
        engine.post([&engine, marked, terms = find.terms()] { engine.search.mark(marked, terms); });
    };

    for (auto* child : std::initializer_list<juce::Component*>{
             &choose, &recordButton, &scan, &part, &find, &match, &scanBar, &emptyLibrary})
        addChildComponent(child);

    addTab(findTab, "The presets that sound like the recording, or that words describe.");
    addTab(matchTab, "Tune a synth until it sounds like the recording.");
    findTab.setToggleState(true, juce::dontSendNotification);
    showPage();
}

void SearchPanel::addTab(juce::TextButton& tab, const char* tip)
{
    makeTab(tab, tabGroup, tip);
    tab.setConnectedEdges(&tab == &findTab ? juce::Button::ConnectedOnRight
                                           : juce::Button::ConnectedOnLeft);
    tab.onClick = [this] { showPage(); };
    addChildComponent(tab);
}

void SearchPanel::showPage()
{
    resized();
    repaint();
}

/** Everything, or while there is nothing to search what says so. */
void SearchPanel::setVisibilities()
{
    for (auto* tab : {&findTab, &matchTab})
        tab->setVisible(!isEmpty && !areTabsHidden());

    for (auto* button : {&choose, &recordButton})
        button->setVisible(!isEmpty && !isTight());

    part.setVisible(!isEmpty && partHeight > 0 && findTab.getToggleState());
    scan.setVisible(!isEmpty && !isScanning);
    find.setVisible(!isEmpty && findTab.getToggleState());
    match.setVisible(!isEmpty && matchTab.getToggleState());
    scanBar.setVisible(isScanning);
    emptyLibrary.setVisible(isEmpty);
}

/** The buttons make room for the aspects; what is dropped is searched with all the same. */
bool SearchPanel::isTight() const
{
    constexpr int roomForAll = 640;
    return getHeight() < roomForAll && findTab.getToggleState() && find.isSteering() &&
           !processor.capture.isRecording();
}

/** In the smallest windows so do the tabs. */
bool SearchPanel::areTabsHidden() const
{
    constexpr int roomForTabs = 500;
    return isTight() && getHeight() < roomForTabs;
}

void SearchPanel::showPart(const SearchView& view, bool isConnected)
{
    part.show(view, isConnected);

    const auto height = view.isByFile ? part.idealHeight() : 0;

    const auto isSame = height == partHeight && isTight() == wasTight;
    partHeight = height;
    wasTight = isTight();

    if (!isSame)
        showPage();
}

void SearchPanel::searchFile(const juce::File& file)
{
    auto& engine = processor.engine;
    engine.post([&engine, file, terms = find.terms()] { engine.search.byFile(file, terms); });
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
        engine.post([&engine, terms = find.terms()] { engine.stopCapture(terms); });
    else
        engine.post([&engine] { engine.startCapture(); });
}

void SearchPanel::update(const EngineView& view)
{
    const auto recording = processor.capture.isRecording();
    const auto isConnected = view.isConnected();
    enableWithEngine(choose, isConnected, "Find presets that sound like a recording.");
    enableWithEngine(scan, isConnected, "Look for new preset banks on this computer.");
    find.update(view.search, isConnected);
    showPart(view.search, isConnected);
    match.update(view);
    scanBar.update(view.scan);
    emptyLibrary.update(view.scan, view.search.message, view.search.isError);
    const auto isNowEmpty = isConnected && view.search.isLibraryEmpty;

    if (isEmpty != isNowEmpty || isScanning != view.scan.isRunning)
    {
        isEmpty = isNowEmpty;
        isScanning = view.scan.isRunning;
        showPage();
    }

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
    return files.size() == 1 && !isEmpty;
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

    if (!isEmpty)
        paintDrop(g);
}

void SearchPanel::paintDrop(juce::Graphics& g) const
{
    const auto box = dropArea.toFloat();
    juce::Path outline, dashed;
    outline.addRoundedRectangle(box, size::corner);
    const float dashes[] = {5.0f, 4.0f};
    juce::PathStrokeType(1.2f).createDashedStroke(dashed, outline, dashes, 2);
    g.setColour(isDragging ? colour::accent.withAlpha(0.15f) : juce::Colours::transparentBlack);
    g.fillPath(outline);
    g.setColour(isDragging ? colour::accent : colour::line.brighter(0.2f));
    g.fillPath(dashed);

    if (part.isVisible())
        return; // which says whose it is

    g.setColour(isDragging ? colour::accent : colour::dim);
    g.setFont(size::small);
    g.drawText(target.isEmpty() ? "Drop a recording here" : "Recording: " + target,
               dropArea.withHeight(24).reduced(8, 0), juce::Justification::centred);
}

/** The recording's name, what was taken of it, and the buttons that bring another. */
void SearchPanel::layOutDrop(juce::Rectangle<int>& area)
{
    constexpr int nameHeight = 24, edge = 8;
    const auto isPart = part.isVisible();
    const auto top = isPart ? edge - 2 : nameHeight;
    const auto drawn = top + (isPart ? partHeight : 0);
    const auto buttons = isTight() ? 4 : 2 + size::row + edge;
    dropArea = area.removeFromTop(drawn + buttons);
    auto inside = dropArea.reduced(edge, 0);
    part.setBounds(inside.withHeight(drawn).withTrimmedTop(top));
    auto row = inside.withTrimmedBottom(edge).removeFromBottom(size::row);
    choose.setBounds(row.removeFromLeft((row.getWidth() - 8) / 2));
    recordButton.setBounds(row.withTrimmedLeft(8));
}

void SearchPanel::resized()
{
    setVisibilities();
    auto area = getLocalBounds().reduced(size::gap);
    auto heading = area.removeFromTop(24);
    scan.setBounds(heading.removeFromRight(60).withHeight(24));
    area.removeFromTop(6);

    if (isScanning)
    {
        scanBar.setBounds(area.removeFromTop(ScanBar::height));
        area.removeFromTop(8);
    }

    emptyLibrary.setBounds(area);
    layOutDrop(area);
    area.removeFromTop(8);

    if (!areTabsHidden())
    {
        auto tabs = area.removeFromTop(size::row);
        findTab.setBounds(tabs.removeFromLeft(tabs.getWidth() / 2));
        matchTab.setBounds(tabs);
        area.removeFromTop(6);
    }
    find.setBounds(area);
    match.setBounds(area);
}
} // namespace starling
