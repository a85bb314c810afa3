#include "Editor/SoundPanel.h"

#include "Editor/Widgets/NeedsEngine.h"

namespace starling
{
namespace
{
constexpr int controlHeight = 112, knobWidth = 88;
constexpr const char* noSoundYet =
    "New sounds are made by Starling's engine, which is not running: see the line at the top. The "
    "sounds of a project, the knobs and the sound chip play without it.";

/** Set a parameter as one act of the user, so that hosts record it. */
void setByUser(juce::RangedAudioParameter& parameter, float normalised)
{
    parameter.beginChangeGesture();
    parameter.setValueNotifyingHost(normalised);
    parameter.endChangeGesture();
}

juce::Path padlock(bool isOpen)
{
    juce::Path path;
    path.addRoundedRectangle(3.0f, 9.0f, 14.0f, 10.0f, 2.0f);
    juce::Path bow;
    bow.startNewSubPath(6.0f, 9.0f);
    bow.lineTo(6.0f, 6.0f);
    bow.addCentredArc(10.0f, 6.0f, 4.0f, 4.0f, 0.0f, -juce::MathConstants<float>::halfPi,
                      juce::MathConstants<float>::halfPi);

    if (!isOpen)
        bow.lineTo(14.0f, 9.0f);

    juce::PathStrokeType(2.0f).createStrokedPath(bow, bow);
    path.addPath(bow);
    return path;
}

juce::RangedAudioParameter& withChoices(juce::ComboBox& box, juce::RangedAudioParameter& parameter)
{
    box.addItemList(parameter.getAllValueStrings(), 1);
    return parameter;
}
} // namespace

SoundPanel::SoundPanel(PluginProcessor& p)
    : processor(p),
      model(p, param::model, true),
      lockButton("Lock the seed", colour::dim, colour::text, colour::accent),
      waveform(p),
      roundRobin(p, param::roundrobin),
      modeAttachment(withChoices(mode, p.parameters.get(param::mode)), mode),
      trackingAttachment(withChoices(tracking, p.parameters.get(param::tracking)), tracking),
      seedAttachment(p.parameters.get(param::variation), [this](float value) { showSeed(value); })
{
    makePrimary(generateButton);
    generateButton.onClick = [this] { generate(); };
    auto& engine = processor.engine;
    undoButton.onClick = [&engine] { engine.post([&engine] { engine.desk.undo(); }); };
    undoButton.setTooltip("Return to the sound before (Ctrl+Z).");
    redoButton.onClick = [&engine] { engine.post([&engine] { engine.desk.redo(); }); };
    redoButton.setTooltip("Go to the sound after (Ctrl+Shift+Z).");
    lockButton.setClickingTogglesState(true);
    lockButton.setTooltip("Lock the seed: knobs change their property of the sound and nothing "
                          "else, and Generate waits.");
    lockButton.onClick = [this] { lockSeed(lockButton.getToggleState()); };
    model.onChange = [this] { choose(model.getSelectedId()); };
    model.setTextWhenNothingSelected("No models yet");
    model.setTooltip("The model that makes the sounds, or the sound chip of the NES.");
    model.setTitle("Model");
    mode.setTooltip("Play: all keys play the current sound. Fresh: each key and round-robin step "
                    "has its own sound.");
    mode.setTitle("Mode");
    tracking.setTooltip("Pitch tracking: whether the key changes the pitch. In Fresh mode a sound "
                        "made for its key always plays unshifted.");
    tracking.setTitle("Pitch tracking");
    seed.setInputRestrictions(6, "0123456789");
    seed.setJustification(juce::Justification::centred);
    seed.setFont(juce::Font(size::body));
    seed.setIndents(4, 0); // centred by its justification
    trackingName.setFont(juce::Font(size::small));
    trackingName.setColour(juce::Label::textColourId, colour::dim);
    trackingName.setJustificationType(juce::Justification::centred);
    trackingName.setMinimumHorizontalScale(0.8f);
    trackingName.setBorderSize({});
    seed.setTooltip("The seed: the same seed, model and controls always give the same sound.");
    seed.setTitle("Seed");
    seed.onReturnKey = [this]
    {
        if (seed.getText().isEmpty())
            showSeed(static_cast<float>(processor.parameters.soundKey().variation));
        else
            setSeed(seed.getText().getIntValue());
    };
    seed.onFocusLost = [this]
    {
        if (seed.getText() != juce::String(processor.parameters.soundKey().variation))
            seed.onReturnKey();
    };

    modelButton.onClick = [this] { processor.bank.clearPlace(Place::current); };

    const std::initializer_list<juce::Component*> parts = {
        &model,      &mode,       &tracking, &trackingName, &generateButton, &undoButton,
        &redoButton, &lockButton, &seed,     &waveform,     &roundRobin,     &modelButton};

    for (auto* part : parts)
        addAndMakeVisible(part);

    for (size_t n = 0; n < controls.size(); ++n)
    {
        const auto id = parameterTable[indexOf(param::control1) + static_cast<int>(n)].id;
        controls[n] = std::make_unique<Knob>(p, id);
        addAndMakeVisible(*controls[n]);
    }

    for (auto* button : std::initializer_list<juce::Component*>{
             &generateButton, &undoButton, &redoButton, &lockButton, &modelButton})
        button->setHasFocusOutline(true);

    for (auto* box : std::initializer_list<juce::ComboBox*>{&model, &mode, &tracking})
        box->setHasFocusOutline(true);

    seedAttachment.sendInitialUpdate();
}

void SoundPanel::followAutomation()
{
    for (const auto& control : controls)
        control->followAutomation();

    roundRobin.followAutomation();
    modeAttachment.sendInitialUpdate();
    trackingAttachment.sendInitialUpdate();
    seedAttachment.sendInitialUpdate();
    model.followAutomation();
}

void SoundPanel::update(const EngineView& view)
{
    model.update(view.models);
    updateControls(view.models);
    const auto isChip = processor.parameters.playerSettings().chip;
    const auto isConnected = view.isConnected();
    waveform.setMessage(isChip ? "The NES chip plays the notes: see the tab Chip."
                        : view.soundError.isNotEmpty() ? view.soundError
                        : isConnected                  ? "The first sound is being made..."
                                                       : noSoundYet);
    modelButton.setVisible(processor.bank.preset().number != 0);
    enableWithEngine(modelButton, isConnected, // which makes that sound
                     "Take the preset off the keys: they play the model's sound again.");
    generateButton.setButtonText(view.isGenerating ? "Generating..." : "Generate");
    undoButton.setEnabled(view.desk.position > 0);
    redoButton.setEnabled(view.desk.position + 1 < static_cast<int>(view.desk.history.size()));
    showLock(view.palette.isSeedLocked);
    enableWithEngine(generateButton, isConnected,
                     "Make a new sound: another seed, the same model and controls.",
                     !view.palette.isSeedLocked);
}

void SoundPanel::updateControls(const std::vector<ModelSpec>& models)
{
    const auto index = static_cast<size_t>(processor.parameters.soundKey().model);
    const auto specs =
        index < models.size() ? models[index].controls() : std::vector<ControlSpec>{};

    for (size_t n = 0; n < controls.size(); ++n)
        if (n < specs.size())
            controls[n]->showAs(specs[n]);
        else
            controls[n]->showAsUnused();
}

void SoundPanel::choose(int item)
{
    const auto isChip = item == ModelMenu::chipItem;
    ParameterValues values{{indexOf(param::chip), isChip ? 1.0f : 0.0f}};

    if (!isChip)
        addModel(item - 1, values);

    processor.parameters.set(values);
}

void SoundPanel::addModel(int index, ParameterValues& values)
{
    values.emplace_back(indexOf(param::model), static_cast<float>(index));

    if (const auto chosen = processor.models.at(index)) // its controls start at its defaults
    {
        const auto specs = chosen->controls();

        for (size_t n = 0; n < specs.size(); ++n)
            values.emplace_back(indexOf(param::control1) + static_cast<int>(n),
                                specs[n].toParameter(specs[n].defaultValue));
    }
}

void SoundPanel::generate()
{
    const auto last = static_cast<int>(parameterTable[indexOf(param::variation)].maximum);
    setSeed(juce::Random::getSystemRandom().nextInt(last + 1));
}

void SoundPanel::lockSeed(bool on)
{
    processor.palette.change([on](auto& contents) { contents.isSeedLocked = on; });
    showLock(on);
}

void SoundPanel::showLock(bool isLocked)
{
    seed.setReadOnly(isLocked);

    if (std::exchange(shownLock, isLocked) == std::optional<bool>(isLocked))
        return;

    lockButton.setToggleState(isLocked, juce::dontSendNotification);
    lockButton.setShape(padlock(!isLocked), false, true, false);
    const auto shade = isLocked ? colour::accent : colour::dim;
    lockButton.setColours(shade, colour::text, colour::accent);
    lockButton.setTitle(isLocked ? "Unlock the seed" : "Lock the seed");
    lockButton.repaint();
}

void SoundPanel::setSeed(int value)
{
    auto& parameter = processor.parameters.get(param::variation);
    processor.engine.post([&engine = processor.engine] { engine.retry(); });

    if (value != processor.parameters.soundKey().variation)
        setByUser(parameter, parameter.convertTo0to1(static_cast<float>(value)));
    else
        showSeed(static_cast<float>(value));
}

void SoundPanel::showSeed(float value)
{
    seed.setText(juce::String(juce::roundToInt(value)), false);
}

void SoundPanel::paint(juce::Graphics& g)
{
    paintPanel(g, header);
    paintPanel(g, controlArea);
    paintHeading(g, controlArea.reduced(size::gap, 4), "MODEL CONTROLS");
}

void SoundPanel::resized()
{
    auto area = getLocalBounds();
    header = area.removeFromTop(size::row + 2 * size::gap);
    auto row = header.reduced(size::gap);
    generateButton.setBounds(row.removeFromRight(116));
    row.removeFromRight(size::gap);
    lockButton.setBounds(row.removeFromRight(26).reduced(3, 4));
    row.removeFromRight(4);
    seed.setBounds(row.removeFromRight(72));
    row.removeFromRight(6);
    redoButton.setBounds(row.removeFromRight(52));
    row.removeFromRight(4);
    undoButton.setBounds(row.removeFromRight(52));
    row.removeFromRight(size::gap);
    mode.setBounds(row.removeFromRight(92));
    row.removeFromRight(size::gap);
    model.setBounds(row);

    area.removeFromTop(size::gap);
    controlArea = area.removeFromBottom(controlHeight);
    area.removeFromBottom(size::gap);
    waveform.setBounds(area);
    modelButton.setBounds(
        area.reduced(size::gap).removeFromTop(26).removeFromRight(138)); // over the waveform

    auto inner = controlArea.reduced(2, 6).withTrimmedTop(16);
    const auto width = juce::jmin(knobWidth, inner.getWidth() / (protocol::controlSlots + 2));

    for (auto& control : controls)
        control->setBounds(inner.removeFromLeft(width));

    auto right = inner.removeFromRight(2 * width);
    roundRobin.setBounds(right.removeFromRight(width));
    trackingName.setBounds(right.removeFromTop(18).expanded(3, 0));
    tracking.setBounds(right.withSizeKeepingCentre(width - size::gap, size::row));
}
} // namespace starling
