#include "Editor/Editor.h"

namespace starling
{
namespace
{
constexpr int framesPerSecond = 15;
constexpr int defaultWidth = 1140, defaultHeight = 720;
constexpr int smallestWidth = 960, smallestHeight = 620, largestWidth = 2200, largestHeight = 1500;
constexpr int knobsHeight = 118, keyboardHeight = 62, errorHeight = 24;
} // namespace

Editor::Editor(PluginProcessor& pluginProcessor)
    : AudioProcessorEditor(pluginProcessor),
      processor(pluginProcessor),
      sound(pluginProcessor),
      knobs(pluginProcessor),
      side(pluginProcessor),
      keyboard(pluginProcessor)
{
    status.onStart = [&engine = processor.engine] { engine.post([&engine] { engine.retry(); }); };
    error.setFont(juce::Font(size::small));
    error.setColour(juce::Label::textColourId, colour::bad);

    const std::initializer_list<juce::Component*> parts = {&status, &sound,    &knobs,
                                                           &side,   &keyboard, &error};

    for (auto* part : parts)
        addAndMakeVisible(part);

    setLookAndFeel(&look); // after the children are in, so that they are notified
    setFocusContainerType(FocusContainerType::keyboardFocusContainer);
    setResizable(true, true);
    setResizeLimits(smallestWidth, smallestHeight, largestWidth, largestHeight);
    setSize(defaultWidth, defaultHeight);
    startTimerHz(framesPerSecond);
    timerCallback();
}

Editor::~Editor()
{
    stopTimer();
    setLookAndFeel(nullptr);
}

void Editor::timerCallback()
{
    const auto view = processor.engine.view();
    const auto stateError = processor.stateError();
    status.update(view, processor.player.display.voices);
    sound.update(view);
    side.update(view);
    keyboard.update();

    if (processor.parameters.takeAutomation())
    {
        sound.followAutomation();
        knobs.followAutomation();
        side.followAutomation();
    }

    error.setText((stateError + " " + view.soundError).trim(), juce::dontSendNotification);
}

bool Editor::keyPressed(const juce::KeyPress& key)
{
    const auto modifiers = key.getModifiers();

    if (juce::CharacterFunctions::toLowerCase(static_cast<juce::juce_wchar>(key.getKeyCode())) !=
            'z' ||
        !modifiers.isCommandDown())
        return false;

    auto& engine = processor.engine;

    if (modifiers.isShiftDown())
        engine.post([&engine] { engine.desk.redo(); });
    else
        engine.post([&engine] { engine.desk.undo(); });

    return true;
}

void Editor::paint(juce::Graphics& g)
{
    g.fillAll(colour::background);
}

void Editor::resized()
{
    auto area = getLocalBounds().reduced(14, 8);
    status.setBounds(area.removeFromTop(34));
    area.removeFromTop(6);
    keyboard.setBounds(area.removeFromBottom(keyboardHeight));
    error.setBounds(area.removeFromBottom(errorHeight));
    side.setBounds(area.removeFromRight(juce::jmax(360, area.getWidth() * 35 / 100)));
    area.removeFromRight(size::gap);
    knobs.setBounds(area.removeFromBottom(knobsHeight));
    area.removeFromBottom(size::gap);
    sound.setBounds(area);
}
} // namespace starling
