#include "Editor/Compose/ComposePanel.h"

#include "Editor/Widgets/NeedsEngine.h"

namespace starling
{
namespace
{
constexpr int lastTable[] = {1, 2, 4, 8}; // bars
constexpr int promptPictureHeight = 44, controlsHeight = 90, space = 6;
constexpr const char* noComposer =
    "No composer is installed. `starling train nes` makes one from scores.";
/** 12, or 10.5. */
juce::String number(double value)
{
    return juce::String(value, 2).trimCharactersAtEnd("0").trimCharactersAtEnd(".");
}
} // namespace

ComposePanel::ComposePanel(PluginProcessor& p)
    : processor(p),
      controls(p),
      midi(p, SongFormat::midi, ".mid"),
      vgm(p, SongFormat::vgm, ".vgm"),
      wav(p, SongFormat::wav, ".wav"),
      recordAttachment(p.parameters.get(param::record), record)
{
    model.setTitle("Composer");
    model.setTextWhenNothingSelected("No composer");
    model.setTooltip("The model that writes.");
    model.onChange = [this]
    {
        if (const auto index = model.getSelectedId() - 1;
            juce::isPositiveAndBelow(index, models.size()))
        {
            processor.choices.change([&](auto& contents)
                                     { contents.model = models[static_cast<size_t>(index)].name; });
        }
    };
    makePrimary(composeButton);
    composeButton.onClick = [this] { startOrCancel(); };
    controls.onAgain = [this] { post([](auto& composer) { composer.compose(); }); };
    addPrompt();
    addSong();
    message.setFont(juce::Font(size::small));
    message.setMinimumHorizontalScale(1.0f);
    message.setBorderSize({});
    message.setJustificationType(juce::Justification::topLeft);

    const std::initializer_list<juce::Component*> parts = {
        &model,       &composeButton, &promptPicture, &record,       &last, &openButton,
        &clearPrompt, &controls,      &songPicture,   &listenButton, &midi, &vgm,
        &wav,         &clearSong,     &message,       &progress};

    for (auto* part : parts)
    {
        part->setHasFocusOutline(part != &controls);
        addAndMakeVisible(part);
    }
}

void ComposePanel::addPrompt()
{
    record.setClickingTogglesState(true);
    record.setColour(juce::TextButton::buttonOnColourId, colour::bad);
    record.setTitle("Record the prompt");
    record.setTooltip("Record what is played, until it is pressed again: the composer goes on from "
                      "it. Nothing is quantised; while the host plays, the bars are its own.");
    last.setTitle("Take the last bars");
    last.setTextWhenNothingSelected("Take last");
    last.setTooltip("Take the last bars that were played, although they were not recorded.");

    for (const auto bars : lastTable)
        last.addItem(juce::String(bars) + (bars == 1 ? " bar" : " bars"), bars);

    last.onChange = [this]
    {
        if (const auto bars = last.getSelectedId(); bars > 0)
            post([bars](auto& composer) { composer.promptByLast(bars); });

        last.setSelectedId(0, juce::dontSendNotification);
    };
    openButton.setTitle("Open a prompt");
    openButton.setTooltip("Go on from a MIDI file: its notes on the host's beats. It can be "
                          "dropped here, too.");
    openButton.onClick = [this] { choosePrompt(); };
    clearPrompt.setTitle("Clear the prompt");
    clearPrompt.setTooltip("Compose from nothing.");
    clearPrompt.onClick = [this] { post([](auto& composer) { composer.clearPrompt(); }); };
}

void ComposePanel::addSong()
{
    listenButton.setClickingTogglesState(true);
    listenButton.setTooltip("Play the song although the host stands still.");
    listenButton.onClick = [this] { processor.isListening = listenButton.getToggleState(); };
    clearSong.setTitle("Clear the song");
    clearSong.setTooltip("The chip plays no song any more.");
    clearSong.onClick = [this] { processor.player.chips.song.choose(nullptr); };
}

void ComposePanel::post(std::function<void(Composer&)> job)
{
    auto& engine = processor.engine;
    engine.post([&engine, job = std::move(job)] { job(engine.composer); });
}

void ComposePanel::startOrCancel()
{
    if (isRunning)
        post([](auto& composer) { composer.cancel(); });
    else
        post([](auto& composer) { composer.compose(); });
}

void ComposePanel::choosePrompt()
{
    chooser =
        std::make_unique<juce::FileChooser>("Go on from this file", juce::File(), "*.mid;*.midi");
    chooser->launchAsync(juce::FileBrowserComponent::openMode |
                             juce::FileBrowserComponent::canSelectFiles,
                         [this](const juce::FileChooser& finished)
                         {
                             if (finished.getResult() != juce::File())
                                 filesDropped({finished.getResult().getFullPathName()}, 0, 0);
                         });
}

void ComposePanel::update(const EngineView& view)
{
    const auto& compose = view.compose;
    isRunning = compose.isRunning;
    fraction = static_cast<double>(compose.fraction);
    showModels(compose);
    showPrompt(compose);
    showSong();
    const auto index = static_cast<size_t>(juce::jmax(0, model.getSelectedId() - 1));
    controls.update(compose.contents, index < models.size() ? &models[index] : nullptr);
    composeButton.setButtonText(isRunning ? "Cancel" : "Compose");
    const auto canCompose = !models.empty();
    enableWithEngine(composeButton, view.isConnected(),
                     isRunning ? "Stop writing." : "Write music for the chip, at the host's tempo.",
                     isRunning || canCompose);
    controls.enableAgain(view.isConnected(), canCompose);
    progress.setVisible(isRunning);
    progress.setTextToDisplay(compose.message);
    say(view);
}

void ComposePanel::showModels(const ComposeView& view)
{
    if (view.composers != models)
    {
        models = view.composers;
        model.clear(juce::dontSendNotification);

        for (const auto& each : models)
            model.addItem(each.title, model.getNumItems() + 1);
    }
    auto chosen = models.empty() ? 0 : 1;

    for (size_t n = 0; n < models.size(); ++n)
        if (models[n].name == view.contents.model)
            chosen = static_cast<int>(n) + 1;

    model.setSelectedId(chosen, juce::dontSendNotification);
}

void ComposePanel::showPrompt(const ComposeView& view)
{
    const auto& prompt = view.contents.prompt;
    promptPicture.show(prompt);
    promptPicture.say("Play while Record is on, or drop a MIDI file. Without a prompt all is new.");
    clearPrompt.setEnabled(prompt.isThere());
    const auto text = view.isRecording
                          ? "recording, " + juce::String(view.recordedBeats, 1) + " beats"
                          : prompt.name;

    if (std::exchange(promptText, text) != text)
        repaint(promptArea);
}

void ComposePanel::showSong()
{
    auto& player = processor.player.chips.song;
    const auto song = player.chosen();
    songPicture.show(song);
    songPicture.say("What is composed stands here; the chip plays it.");
    songPicture.playAt(song == nullptr ? -1.0 : player.shownBeat.load());
    listenButton.setToggleState(processor.isListening, juce::dontSendNotification);

    for (auto* button :
         std::initializer_list<juce::Button*>{&listenButton, &midi, &vgm, &wav, &clearSong})
        button->setEnabled(song != nullptr);

    const auto text =
        song == nullptr ? juce::String() : song->name + ", " + number(song->beats) + " beats";

    if (std::exchange(songText, text) != text)
        repaint(songArea);
}

void ComposePanel::say(const EngineView& view)
{
    const auto& compose = view.compose;
    const auto lacks = compose.isListKnown && compose.composers.empty();
    const auto said = lacks && !compose.isError ? juce::String(noComposer)
                      : isRunning               ? juce::String()
                                                : compose.message;
    message.setText(said, juce::dontSendNotification);
    message.setTooltip(said);
    message.setColour(juce::Label::textColourId, compose.isError ? colour::bad : colour::dim);
}

bool ComposePanel::isInterestedInFileDrag(const juce::StringArray& files)
{
    return files.size() == 1;
}

void ComposePanel::filesDropped(const juce::StringArray& files, int, int)
{
    setDragging(false);
    post([file = juce::File(files[0])](auto& composer) { composer.promptByFile(file); });
}

void ComposePanel::setDragging(bool on)
{
    isDragging = on;
    repaint();
}

void ComposePanel::paint(juce::Graphics& g)
{
    paintPanel(g, getLocalBounds());
    paintHeading(g, promptArea, "PROMPT");
    paintHeading(g, writeArea, "WHAT TO WRITE");
    paintHeading(g, songArea, "SONG");
    g.setFont(size::small);

    for (const auto& [area, text] : {std::pair(promptArea, promptText), {songArea, songText}})
        g.drawText(text, area.withHeight(20).withTrimmedLeft(80),
                   juce::Justification::centredRight);

    if (isDragging)
        paintDropTarget(g, getLocalBounds());
}

void ComposePanel::resized()
{
    auto area = getLocalBounds().reduced(size::gap);
    auto row = area.removeFromTop(size::row);
    composeButton.setBounds(row.removeFromRight(96));
    row.removeFromRight(space);
    model.setBounds(row);
    area.removeFromTop(space);
    const auto bottom = area.removeFromBottom(34);
    message.setBounds(bottom);
    progress.setBounds(bottom.withHeight(24));
    area.removeFromBottom(2);

    promptArea = area.removeFromTop(20 + promptPictureHeight + space + 26);
    auto inner = promptArea.withTrimmedTop(20);
    promptPicture.setBounds(inner.removeFromTop(promptPictureHeight));
    inner.removeFromTop(space);
    const auto quarter = (inner.getWidth() + space) / 4;

    for (auto* part :
         std::initializer_list<juce::Component*>{&record, &last, &openButton, &clearPrompt})
        part->setBounds(inner.removeFromLeft(quarter).withTrimmedRight(space));

    area.removeFromTop(space);
    writeArea = area.removeFromTop(20 + controlsHeight);
    controls.setBounds(writeArea.withTrimmedTop(20));
    area.removeFromTop(space);

    songArea = area;
    inner = songArea.withTrimmedTop(20);
    row = inner.removeFromBottom(26);
    inner.removeFromBottom(space);
    songPicture.setBounds(inner);
    const auto fifth = (row.getWidth() + space) / 5;

    for (auto* part :
         std::initializer_list<juce::Component*>{&listenButton, &midi, &vgm, &wav, &clearSong})
        part->setBounds(row.removeFromLeft(fifth).withTrimmedRight(space));
}
} // namespace starling
