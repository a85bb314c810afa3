#include "Editor/Widgets/Look.h"

namespace starling
{
Look::Look()
{
    using juce::ComboBox, juce::Label, juce::ListBox, juce::PopupMenu, juce::ScrollBar,
        juce::Slider, juce::TextButton, juce::TextEditor, juce::TooltipWindow;

    const std::pair<int, juce::Colour> colours[] = {
        {juce::ResizableWindow::backgroundColourId, colour::background},
        {juce::DocumentWindow::textColourId, colour::text},
        {Label::textColourId, colour::text},
        {Slider::textBoxTextColourId, colour::text},
        {Slider::textBoxOutlineColourId, juce::Colours::transparentBlack},
        {Slider::textBoxBackgroundColourId, juce::Colours::transparentBlack},
        {TextButton::buttonColourId, colour::raised},
        {TextButton::buttonOnColourId, colour::accent},
        {TextButton::textColourOffId, colour::text},
        {TextButton::textColourOnId, colour::background},
        {ComboBox::backgroundColourId, colour::raised},
        {ComboBox::textColourId, colour::text},
        {ComboBox::arrowColourId, colour::dim},
        {PopupMenu::backgroundColourId, colour::raised},
        {PopupMenu::textColourId, colour::text},
        {PopupMenu::highlightedBackgroundColourId, colour::accent},
        {PopupMenu::highlightedTextColourId, colour::background},
        {TextEditor::backgroundColourId, colour::raised},
        {TextEditor::textColourId, colour::text},
        {TextEditor::outlineColourId, juce::Colours::transparentBlack},
        {TextEditor::highlightColourId, colour::accent.withAlpha(0.35f)},
        {juce::CaretComponent::caretColourId, colour::accent},
        {ListBox::backgroundColourId, juce::Colours::transparentBlack},
        {juce::ProgressBar::backgroundColourId, colour::raised},
        {juce::ProgressBar::foregroundColourId, colour::accent.withMultipliedBrightness(0.35f)},
        {juce::ToggleButton::textColourId, colour::text},
        {juce::ToggleButton::tickColourId, colour::accent},
        {juce::ToggleButton::tickDisabledColourId, colour::dim},
        {juce::Slider::thumbColourId, colour::accent},
        {juce::Slider::trackColourId, colour::accent.withMultipliedBrightness(0.6f)},
        {juce::Slider::backgroundColourId, colour::line},
        {ScrollBar::thumbColourId, colour::line.brighter(0.2f)},
        {TooltipWindow::backgroundColourId, colour::raised},
        {TooltipWindow::textColourId, colour::text},
        {TooltipWindow::outlineColourId, colour::line},
        {juce::MidiKeyboardComponent::whiteNoteColourId, juce::Colour(0xffd9dde4)},
        {juce::MidiKeyboardComponent::blackNoteColourId, juce::Colour(0xff20242b)},
        {juce::MidiKeyboardComponent::keyDownOverlayColourId, colour::accent.withAlpha(0.75f)},
        {juce::MidiKeyboardComponent::mouseOverKeyOverlayColourId, colour::accent.withAlpha(0.3f)},
        {juce::MidiKeyboardComponent::shadowColourId, juce::Colours::transparentBlack},
        {juce::MidiKeyboardComponent::keySeparatorLineColourId, juce::Colour(0xff8d95a3)},
        {juce::MidiKeyboardComponent::textLabelColourId, juce::Colour(0xff4a515d)},
    };

    for (const auto& [id, value] : colours)
        setColour(id, value);
}

void Look::drawRotarySlider(juce::Graphics& g, int x, int y, int width, int height, float position,
                            float startAngle, float endAngle, juce::Slider& slider)
{
    const auto area = juce::Rectangle<int>(x, y, width, height).toFloat().reduced(4.0f);
    const auto radius = juce::jmin(area.getWidth(), area.getHeight()) / 2.0f;
    const auto centre = area.getCentre();
    const auto angle = startAngle + position * (endAngle - startAngle);
    const auto origin =
        slider.getMinimum() < 0.0 && slider.getMaximum() > 0.0
            ? startAngle + static_cast<float>(slider.valueToProportionOfLength(0.0)) *
                               (endAngle - startAngle)
            : startAngle; // an arc from zero, where the range has both signs
    const auto shade = slider.isEnabled() ? colour::accent : colour::line;
    const auto arc = [&](float from, float to, juce::Colour c, float thickness)
    {
        juce::Path path;
        path.addCentredArc(centre.x, centre.y, radius - 2.0f, radius - 2.0f, 0.0f, from, to, true);
        g.setColour(c);
        g.strokePath(path, juce::PathStrokeType(thickness, juce::PathStrokeType::curved,
                                                juce::PathStrokeType::rounded));
    };
    arc(startAngle, endAngle, colour::line, 3.5f);
    arc(juce::jmin(origin, angle), juce::jmax(origin, angle), shade, 3.5f);

    g.setColour(slider.isMouseOverOrDragging() ? colour::raised.brighter(0.12f) : colour::raised);
    g.fillEllipse(
        juce::Rectangle<float>((radius - 7.0f) * 2.0f, (radius - 7.0f) * 2.0f).withCentre(centre));
    g.setColour(slider.isEnabled() ? colour::text : colour::line);
    g.drawLine({centre.getPointOnCircumference(radius - 16.0f, angle),
                centre.getPointOnCircumference(radius - 9.0f, angle)},
               2.5f);
}

/** One with both signs is filled from zero, which is marked. */
void Look::drawLinearSlider(juce::Graphics& g, int x, int y, int width, int height, float position,
                            float least, float most, juce::Slider::SliderStyle style,
                            juce::Slider& slider)
{
    if (style != juce::Slider::LinearHorizontal || slider.getMinimum() >= 0.0)
        return LookAndFeel_V4::drawLinearSlider(g, x, y, width, height, position, least, most,
                                                style, slider);

    const auto area = juce::Rectangle<int>(x, y, width, height).toFloat();
    const auto middle = area.getCentreY(), zero = area.getCentreX(); // -a to a
    const auto shade = slider.isEnabled() ? colour::accent : colour::dim;
    g.setColour(colour::line);
    g.fillRoundedRectangle(area.withSizeKeepingCentre(area.getWidth(), 4.0f), 2.0f);
    g.fillRect(zero - 1.0f, middle - 6.0f, 2.0f, 12.0f);
    g.setColour(shade.withMultipliedBrightness(0.6f));
    g.fillRect(juce::jmin(zero, position), middle - 2.0f, std::abs(position - zero), 4.0f);
    g.setColour(shade);
    g.fillEllipse(juce::Rectangle<float>(12.0f, 12.0f).withCentre({position, middle}));
}

juce::Slider::SliderLayout Look::getSliderLayout(juce::Slider& slider)
{
    auto layout = LookAndFeel_V4::getSliderLayout(slider);

    if (slider.isRotary())
    {
        auto area = slider.getLocalBounds();
        layout.textBoxBounds = area.removeFromBottom(18);
        layout.sliderBounds = area;
    }
    return layout;
}

void Look::drawButtonBackground(juce::Graphics& g, juce::Button& button, const juce::Colour& base,
                                bool over, bool down)
{
    const auto fill = button.isEnabled() ? base : colour::raised.withMultipliedAlpha(0.6f);
    g.setColour(down ? fill.darker(0.2f) : over ? fill.brighter(0.12f) : fill);
    g.fillRoundedRectangle(button.getLocalBounds().toFloat().reduced(0.5f), size::corner);
}

void Look::drawButtonText(juce::Graphics& g, juce::TextButton& button, bool over, bool down)
{
    if (button.isEnabled())
        return LookAndFeel_V4::drawButtonText(g, button, over, down);

    g.setFont(getTextButtonFont(button, button.getHeight()));
    g.setColour(colour::dim.withMultipliedAlpha(0.8f)); // 4:1 also where the button was an accent
    g.drawFittedText(button.getButtonText(), button.getLocalBounds().reduced(6, 2),
                     juce::Justification::centred, 1);
}

juce::Font Look::getTextButtonFont(juce::TextButton& button, int)
{
    const juce::Font font(size::body);
    return button.findColour(juce::TextButton::buttonColourId) == colour::accent ? font.boldened()
                                                                                 : font;
}

void Look::drawComboBox(juce::Graphics& g, int width, int height, bool, int, int, int, int,
                        juce::ComboBox& box)
{
    g.setColour(box.findColour(juce::ComboBox::backgroundColourId));
    g.fillRoundedRectangle(0.5f, 0.5f, width - 1.0f, height - 1.0f, size::corner);
    const auto middle = juce::Point<float>(width - 16.0f, height / 2.0f);
    juce::Path arrow;
    arrow.startNewSubPath(middle.translated(-4.0f, -2.0f));
    arrow.lineTo(middle.translated(0.0f, 2.5f));
    arrow.lineTo(middle.translated(4.0f, -2.0f));
    g.setColour(box.findColour(juce::ComboBox::arrowColourId));
    g.strokePath(arrow, juce::PathStrokeType(1.8f));
}

void Look::fillTextEditorBackground(juce::Graphics& g, int width, int height,
                                    juce::TextEditor& editor)
{
    g.setColour(editor.findColour(juce::TextEditor::backgroundColourId));
    g.fillRoundedRectangle(0.5f, 0.5f, width - 1.0f, height - 1.0f, size::corner);
}

void Look::drawTextEditorOutline(juce::Graphics& g, int width, int height, juce::TextEditor& editor)
{
    if (editor.hasKeyboardFocus(true))
    {
        g.setColour(colour::accent);
        g.drawRoundedRectangle(0.5f, 0.5f, width - 1.0f, height - 1.0f, size::corner, 1.2f);
    }
}

std::unique_ptr<juce::FocusOutline> Look::createFocusOutlineForComponent(juce::Component&)
{
    struct Ring final : public juce::FocusOutline::OutlineWindowProperties
    {
        juce::Rectangle<int> getOutlineBounds(juce::Component& component) override
        {
            return component.getScreenBounds().expanded(2);
        }

        void drawOutline(juce::Graphics& g, int width, int height) override
        {
            g.setColour(colour::accent);
            g.drawRoundedRectangle(1.0f, 1.0f, width - 2.0f, height - 2.0f, size::corner + 1, 1.5f);
        }
    };
    return std::make_unique<juce::FocusOutline>(std::make_unique<Ring>());
}

void paintPanel(juce::Graphics& g, juce::Rectangle<int> area)
{
    g.setColour(colour::panel);
    g.fillRoundedRectangle(area.toFloat(), size::corner + 2);
}

void paintDropTarget(juce::Graphics& g, juce::Rectangle<int> area)
{
    g.setColour(colour::accent.withAlpha(0.12f));
    g.fillRoundedRectangle(area.toFloat(), size::corner);
    g.setColour(colour::accent);
    g.drawRoundedRectangle(area.toFloat().reduced(1.0f), size::corner, 1.5f);
}

void paintHeading(juce::Graphics& g, juce::Rectangle<int> area, const juce::String& text)
{
    g.setColour(colour::dim);
    g.setFont(juce::Font(size::small).boldened());
    g.drawText(text, area.removeFromTop(20), juce::Justification::centredLeft);
}

void makeTab(juce::TextButton& tab, int group, const char* tip)
{
    tab.setRadioGroupId(group);
    tab.setClickingTogglesState(true);
    tab.setTooltip(tip);
    tab.setHasFocusOutline(true);
}

void makePrimary(juce::TextButton& button)
{
    button.setColour(juce::TextButton::buttonColourId, colour::accent);
    button.setColour(juce::TextButton::textColourOffId, colour::background);
}
} // namespace starling
