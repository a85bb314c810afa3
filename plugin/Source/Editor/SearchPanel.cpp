#include "SearchPanel.h"

namespace starling
{
namespace
{
constexpr const char* soundFiles = "*.wav;*.aif;*.aiff;*.flac;*.ogg;*.mp3";
} // namespace

SearchPanel::SearchPanel(PluginProcessor& pluginProcessor) : processor(pluginProcessor)
{
    words.setTextToShowWhenEmpty("Words, e.g. warm pad synth:amsynth", colour::dim);
    words.setFont(juce::Font(size::body));
    words.setIndents(8, 7);
    words.setTooltip("Type words and press Return to find presets. Words also narrow a search by "
                     "sound.");
    words.setTitle("Search words");
    words.onReturnKey = [this]
    { ask([text = words.getText()](auto& engine) { engine.search.byWords(text); }); };

    choose.onClick = [this] { chooseFile(); };
    choose.setTooltip("Find presets that sound like a recording.");
    recordButton.onClick = [this] { record(); };
    recordButton.setTooltip("Record what comes in on the side-chain, then find presets like it.");
    scan.onClick = [this] { ask([](auto& engine) { engine.search.scan(); }); };
    scan.setTooltip("Look for new preset banks on this machine and index them.");

    message.setFont(juce::Font(size::small));
    message.setMinimumHorizontalScale(1.0f);
    message.setJustificationType(juce::Justification::centredLeft);

    const std::initializer_list<juce::Component*> parts = {&words, &choose, &recordButton,
                                                           &scan,  &hits,   &message};

    for (auto* part : parts)
        addAndMakeVisible(part);

    for (auto* button : {&choose, &recordButton, &scan})
        button->setHasFocusOutline(true);

    connectHits();
}

void SearchPanel::connectHits()
{
    const auto root = [this] { return processor.parameters.playerSettings().root; };
    hits.onListen = [this, root](const Hit& hit)
    { ask([hit, note = root()](auto& engine) { engine.search.audition(hit, note); }); };
    hits.onUse = [this, root](const Hit& hit)
    {
        ask([hit, note = root(), wanted = processor.parameters.wanted()](auto& engine)
            { engine.search.use(hit, note, wanted); });
    };
    hits.onSimilar = [this](const Hit& hit)
    { ask([hit](auto& engine) { engine.search.byPreset(hit, {}); }); };
    hits.onExport = [this](const Hit& hit)
    { ask([hit](auto& engine) { engine.search.exportPreset(hit); }); };
}

void SearchPanel::ask(std::function<void(EngineClient&)> job)
{
    auto& engine = processor.engine;
    engine.post([&engine, job = std::move(job)] { job(engine); });
}

void SearchPanel::searchFile(const juce::File& file)
{
    ask([file, text = words.getText()](auto& engine) { engine.search.byFile(file, text); });
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
    if (processor.capture.isRecording())
        ask([](auto& engine) { engine.stopCapture(); });
    else
        ask([](auto& engine) { engine.startCapture(); });
}

void SearchPanel::update(const SearchView& view)
{
    const auto recording = processor.capture.isRecording();
    hits.show(view.hits, view.auditioned);
    message.setText(view.message, juce::dontSendNotification);
    message.setTooltip(view.message);
    message.setColour(juce::Label::textColourId, view.isError ? colour::bad : colour::dim);
    recordButton.setButtonText(recording
                                   ? "Stop  " + juce::String(processor.capture.seconds(), 1) + " s"
                                   : "Record side-chain");
    recordButton.setColour(juce::TextButton::textColourOffId,
                           recording ? colour::bad : colour::text);

    if (std::exchange(title, view.title) != view.title)
        repaint();
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
    paintHeading(g, getLocalBounds().reduced(size::gap, 6), "FIND PRESETS BY SOUND");

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
    g.drawText("Drop a recording here", dropArea.withHeight(24), juce::Justification::centred);

    g.setColour(colour::dim);
    g.drawText(title, titleArea, juce::Justification::centredLeft);
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
    words.setBounds(area.removeFromTop(size::row));
    titleArea = area.removeFromTop(24);
    message.setBounds(area.removeFromBottom(22));
    area.removeFromBottom(4);
    hits.setBounds(area);
}
} // namespace starling
