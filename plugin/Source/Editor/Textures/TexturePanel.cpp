#include "Editor/Textures/TexturePanel.h"

#include "Editor/Widgets/NeedsEngine.h"
#include "Sounds/Textures/TextureControls.h"

namespace starling
{
namespace
{
constexpr const char* knobTable[] = {param::temperature, param::topp, param::minp, param::variety,
                                     param::mix1,        param::mix2, param::mix3, param::mix4};
constexpr int knobsInRow = 4, knobsHeight = 100;
constexpr const char* noTextures =
    "The engine has no textures; `starling train samplernn` makes one.";
constexpr const char* soundFiles = "*.wav;*.aif;*.aiff;*.flac;*.ogg";
} // namespace

TexturePanel::TexturePanel(PluginProcessor& p)
    : processor(p),
      model(p, param::texturemodel),
      onKeysAttachment(p.parameters.get(param::texture), onKeys)
{
    auto& engine = processor.engine;
    onKeys.setTooltip("While on, a note plays a texture that never existed, for as long as its "
                      "key is held.");
    model.onChange = [this] { chooseModel(model.getSelectedId() - 1); };
    model.setTextWhenNothingSelected("No textures yet");
    model.setTooltip("The model that makes the textures.");
    model.setTitle("Texture model");
    makePrimary(freezeButton);
    freezeButton.onClick = [&engine] { engine.post([&engine] { engine.textures.freeze(); }); };
    primeButton.onClick = [this] { choosePrime(); };
    primeButton.setTitle("Choose a prime");
    primeButton.setTooltip("Have textures go on from a recording, as if the model had made it.");
    clearButton.onClick = [this] { setPrime({}); };
    clearButton.setTitle("Clear the prime");
    clearButton.setTooltip("Have textures begin from silence again.");

    for (const auto* parameter : knobTable)
        addKnob(parameter);

    for (auto* label : {&primeName, &leftOut, &message})
    {
        label->setFont(juce::Font(size::small));
        label->setColour(juce::Label::textColourId, colour::dim);
        label->setMinimumHorizontalScale(1.0f);
        label->setBorderSize({});
    }

    const std::initializer_list<juce::Component*> parts = {
        &onKeys, &model,     &freezeButton, &primeButton, &clearButton,
        &meter,  &primeName, &leftOut,      &message};

    for (auto* part : parts)
    {
        part->setHasFocusOutline(true);
        addAndMakeVisible(part);
    }
}

void TexturePanel::addKnob(const char* parameter)
{
    knobs.emplace_back(parameter, std::make_unique<Knob>(processor, parameter));
    addAndMakeVisible(*knobs.back().second);
}

void TexturePanel::followAutomation()
{
    for (const auto& [parameter, knob] : knobs)
        knob->followAutomation();

    onKeysAttachment.sendInitialUpdate();
    model.followAutomation();
}

void TexturePanel::update(const EngineView& view)
{
    const auto& texture = view.texture;
    const auto prime = view.palette.prime;
    model.update(texture.models);
    updateKnobs(texture.models);
    meter.update(processor.player.textures.display);
    enableWithEngine(freezeButton, view.isConnected(),
                     "Keep what was heard of the last note, at most its last 30 s, as a sound of "
                     "this project.",
                     !texture.isFreezing && texture.heardSeconds > 0.0f);
    freezeButton.setButtonText(texture.isFreezing ? "Freezing..." : "Freeze");
    clearButton.setEnabled(prime != nullptr);
    primeName.setText(prime == nullptr
                          ? "Drop a recording here"
                          : prime->info.id + "  " +
                                juce::String(prime->frames() / prime->info.rate, 1) + " s",
                      juce::dontSendNotification);
    primeName.setTooltip(primeName.getText());
    say(view);
}

void TexturePanel::say(const EngineView& view)
{
    const auto& texture = view.texture;
    const auto isEmpty = texture.models.empty();
    const auto said = !isEmpty ? texture.message
                      : view.isConnected()
                          ? juce::String(noTextures)
                          : juce::String("Textures are made by Starling's engine.");
    message.setText(said, juce::dontSendNotification);
    message.setTooltip(said);
    message.setColour(juce::Label::textColourId,
                      texture.isError && !isEmpty ? colour::bad : colour::dim);
}

void TexturePanel::updateKnobs(const std::vector<ModelSpec>& models)
{
    const auto index = static_cast<size_t>(processor.parameters.textureModel());
    const auto controls =
        index < models.size() ? textureControls(models[index]) : std::vector<TextureControl>{};

    for (const auto& [parameter, knob] : knobs)
    {
        const auto isThis = [id = parameter](const auto& each)
        { return juce::String(each.parameter) == id; };
        const auto found = std::find_if(controls.begin(), controls.end(), isThis);

        if (found == controls.end())
            knob->showAsUnused();
        else
            knob->showAsNamed(found->control.title);
    }
    sayLeftOut(index < models.size() ? leftOutOfMix(models[index]) : juce::StringArray{});
    const auto isMix = [](const auto& each) { return juce::String(each.parameter) == param::mix1; };
    const auto mixes = std::any_of(controls.begin(), controls.end(), isMix);

    if (std::exchange(hasMix, mixes) != mixes)
        resized();
}

void TexturePanel::sayLeftOut(const juce::StringArray& albums)
{
    leftOut.setText(albums.isEmpty() ? juce::String()
                                     : "not in the mix: " + albums.joinIntoString(", "),
                    juce::dontSendNotification);
    leftOut.setTooltip(albums.isEmpty()
                           ? juce::String()
                           : "The first four albums of a texture have knobs; `starling generate` "
                             "also mixes " +
                                 albums.joinIntoString(", ") + ".");
}

void TexturePanel::chooseModel(int index)
{
    ParameterValues values{{indexOf(param::texturemodel), static_cast<float>(index)}};

    if (const auto chosen = processor.textures.at(index)) // its controls start at its defaults
        for (const auto& [parameter, control] : textureControls(*chosen))
            values.emplace_back(indexOf(parameter), control.defaultValue);

    processor.parameters.set(values);
}

void TexturePanel::choosePrime()
{
    chooser = std::make_unique<juce::FileChooser>("Have textures go on from this file",
                                                  juce::File(), soundFiles);
    chooser->launchAsync(juce::FileBrowserComponent::openMode |
                             juce::FileBrowserComponent::canSelectFiles,
                         [this](const juce::FileChooser& finished)
                         {
                             if (finished.getResult() != juce::File())
                                 setPrime(finished.getResult());
                         });
}

void TexturePanel::setPrime(const juce::File& file)
{
    auto& engine = processor.engine;
    engine.post([&engine, file] { engine.textures.prime(file); });
}

bool TexturePanel::isInterestedInFileDrag(const juce::StringArray& files)
{
    return files.size() == 1;
}

void TexturePanel::fileDragEnter(const juce::StringArray&, int, int)
{
    setDragging(true);
}

void TexturePanel::fileDragExit(const juce::StringArray&)
{
    setDragging(false);
}

void TexturePanel::filesDropped(const juce::StringArray& files, int, int)
{
    setDragging(false);
    setPrime(juce::File(files[0]));
}

void TexturePanel::setDragging(bool on)
{
    isDragging = on;
    repaint();
}

void TexturePanel::paint(juce::Graphics& g)
{
    paintPanel(g, getLocalBounds());

    paintHeading(g, drawArea, "HOW IT GOES ON");
    paintHeading(g, primeArea, "PRIME");

    if (hasMix)
        paintHeading(g, mixArea, "MASHUP");

    if (isDragging)
        paintDropTarget(g, getLocalBounds());
}

void TexturePanel::resized()
{
    auto area = getLocalBounds().reduced(size::gap);
    onKeys.setBounds(area.removeFromTop(26));
    area.removeFromTop(4);
    auto row = area.removeFromTop(size::row);
    freezeButton.setBounds(row.removeFromRight(96));
    row.removeFromRight(size::gap);
    model.setBounds(row);
    area.removeFromTop(8);
    message.setBounds(area.removeFromBottom(22));
    area.removeFromBottom(2);
    meter.setBounds(area.removeFromBottom(22));
    drawArea = area.removeFromTop(knobsHeight + 18);
    mixArea = area.removeFromTop(hasMix ? knobsHeight + 18 : 0);
    primeArea = area.removeFromTop(50);
    leftOut.setBounds(mixArea.withHeight(hasMix ? 20 : 0).withTrimmedLeft(80));

    for (size_t n = 0; n < knobs.size(); ++n)
    {
        const auto group = (n < knobsInRow ? drawArea : mixArea).withTrimmedTop(20);
        const auto width = group.getWidth() / knobsInRow;
        knobs[n].second->setVisible(n < knobsInRow || hasMix);
        knobs[n].second->setBounds(group.getX() + static_cast<int>(n % knobsInRow) * width,
                                   group.getY(), width, group.getHeight());
    }
    auto buttons = primeArea.withTrimmedTop(20);
    clearButton.setBounds(buttons.removeFromRight(56));
    buttons.removeFromRight(6);
    primeButton.setBounds(buttons.removeFromRight(126));
    buttons.removeFromRight(6);
    primeName.setBounds(buttons);
}
} // namespace starling
