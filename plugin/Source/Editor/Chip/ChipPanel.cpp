#include "Editor/Chip/ChipPanel.h"

namespace starling
{
namespace
{
constexpr ChipColumn::Spec columnTable[] = {
    {"P1", param::p1duty, param::p1level, param::p1mute},
    {"P2", param::p2duty, param::p2level, param::p2mute},
    {"TR", nullptr, nullptr, param::trmute},
    {"NO", param::noisemode, param::noiselevel, param::noisemute},
};
constexpr const char* splitTable[] = {param::splittr, param::splitp2, param::splitp1};
constexpr int voicesHeight = 182, splitHeight = 92, songHeight = 90;

juce::RangedAudioParameter& withChoices(juce::ComboBox& box, juce::RangedAudioParameter& parameter)
{
    box.addItemList(parameter.getAllValueStrings(), 1);
    return parameter;
}
} // namespace

ChipPanel::ChipPanel(PluginProcessor& p)
    : processor(p),
      onKeysAttachment(p.parameters.get(param::chip), onKeys),
      routingAttachment(withChoices(routing, p.parameters.get(param::chipvoices)), routing)
{
    onKeys.setTooltip("While on, notes play the sound chip of the NES. It needs no engine.");
    routing.setTitle("Chip voices");
    routing.setTooltip("By channel: MIDI channels 1 to 4 play P1, P2, TR and NO. By key: the "
                       "keyboard is split between them.");
    openButton.setTooltip("Have the chip play a MIDI file in time with the host, from its first "
                          "beat on, over and over; the host gets the notes on channels 1 to 4.");
    openButton.onClick = [this] { chooseSong(); };
    clearButton.setTitle("Clear the song");
    clearButton.setTooltip("The chip plays no song any more.");
    clearButton.onClick = [this] { processor.player.chips.song.choose(nullptr); };
    listenButton.setClickingTogglesState(true);
    listenButton.setTooltip("Play the song although the host stands still.");
    listenButton.onClick = [this] { listen(listenButton.getToggleState()); };

    for (const auto& spec : columnTable)
        addAndMakeVisible(*columns.emplace_back(std::make_unique<ChipColumn>(p, spec)));

    for (const auto* parameter : splitTable)
        addAndMakeVisible(*splits.emplace_back(std::make_unique<Knob>(p, parameter)));

    for (auto* label : {&songName, &message})
    {
        label->setFont(juce::Font(size::small));
        label->setColour(juce::Label::textColourId, colour::dim);
        label->setMinimumHorizontalScale(1.0f);
        label->setBorderSize({});
    }

    const std::initializer_list<juce::Component*> parts = {
        &onKeys, &routing, &openButton, &clearButton, &listenButton, &songName, &message};

    for (auto* part : parts)
    {
        part->setHasFocusOutline(true);
        addAndMakeVisible(part);
    }
    update();
}

void ChipPanel::update()
{
    const auto& chips = processor.player.chips;
    const auto song = chips.song.chosen();
    const auto byKey = processor.parameters.chipSettings().byKey;

    for (size_t n = 0; n < columns.size(); ++n)
        columns[n]->showKey(chips.shown[n]);

    for (const auto& split : splits) // they wait until the split is used
        split->setAlpha(byKey ? 1.0f : 0.35f);

    clearButton.setEnabled(song != nullptr);
    listenButton.setEnabled(song != nullptr);
    listenButton.setToggleState(processor.isListening, juce::dontSendNotification);
    songName.setText(song == nullptr ? "Drop a MIDI file here"
                                     : song->name + "  " + juce::String(song->beats, 0) + " beats",
                     juce::dontSendNotification);
    songName.setTooltip(songName.getText());
    message.setText(songError, juce::dontSendNotification);
    message.setTooltip(songError);
    message.setColour(juce::Label::textColourId, colour::bad);
}

void ChipPanel::followAutomation()
{
    for (const auto& column : columns)
        column->followAutomation();

    for (const auto& split : splits)
        split->followAutomation();

    onKeysAttachment.sendInitialUpdate();
    routingAttachment.sendInitialUpdate();
}

void ChipPanel::chooseSong()
{
    chooser = std::make_unique<juce::FileChooser>("Have the chip play this file", juce::File(),
                                                  "*.mid;*.midi");
    chooser->launchAsync(juce::FileBrowserComponent::openMode |
                             juce::FileBrowserComponent::canSelectFiles,
                         [this](const juce::FileChooser& finished)
                         {
                             if (finished.getResult() != juce::File())
                                 openSong(finished.getResult());
                         });
}

void ChipPanel::openSong(const juce::File& file)
{
    const auto read = readSong(file);
    songError = read.error;

    if (read.song == nullptr)
        return update();

    processor.player.chips.song.choose(read.song);
    processor.parameters.set(param::chip, true);
    update();
}

void ChipPanel::listen(bool on)
{
    processor.isListening = on;
}

bool ChipPanel::isInterestedInFileDrag(const juce::StringArray& files)
{
    return files.size() == 1;
}

void ChipPanel::fileDragEnter(const juce::StringArray&, int, int)
{
    setDragging(true);
}

void ChipPanel::fileDragExit(const juce::StringArray&)
{
    setDragging(false);
}

void ChipPanel::filesDropped(const juce::StringArray& files, int, int)
{
    setDragging(false);
    openSong(juce::File(files[0]));
}

void ChipPanel::setDragging(bool on)
{
    isDragging = on;
    repaint();
}

void ChipPanel::paint(juce::Graphics& g)
{
    paintPanel(g, getLocalBounds());
    paintHeading(g, voiceArea, "VOICES");
    paintHeading(g, splitArea, "KEY SPLIT");
    paintHeading(g, songArea, "SONG");

    if (isDragging)
        paintDropTarget(g, getLocalBounds());
}

void ChipPanel::resized()
{
    auto area = getLocalBounds().reduced(size::gap);
    auto row = area.removeFromTop(size::row);
    routing.setBounds(row.removeFromRight(116));
    onKeys.setBounds(row);
    area.removeFromTop(8);
    message.setBounds(area.removeFromBottom(20));
    voiceArea = area.removeFromTop(voicesHeight);
    area.removeFromTop(6);
    splitArea = area.removeFromTop(splitHeight);
    area.removeFromTop(6);
    songArea = area.removeFromTop(songHeight);

    auto inner = voiceArea.withTrimmedTop(20);
    const auto width = inner.getWidth() / static_cast<int>(columns.size());

    for (auto& column : columns)
        column->setBounds(inner.removeFromLeft(width));

    inner = splitArea.withTrimmedTop(16);

    for (auto& split : splits)
        split->setBounds(inner.removeFromLeft(width));

    inner = songArea.withTrimmedTop(20);
    songName.setBounds(inner.removeFromTop(24));
    inner.removeFromTop(4);
    row = inner.removeFromTop(size::row);
    listenButton.setBounds(row.removeFromRight(76));
    row.removeFromRight(6);
    clearButton.setBounds(row.removeFromRight(64));
    row.removeFromRight(6);
    openButton.setBounds(row.removeFromLeft(160));
}
} // namespace starling
