// Colours, type sizes and the drawing of knobs and buttons: one dark theme with one accent. Message
// thread only.
#pragma once

#include <juce_audio_utils/juce_audio_utils.h>

namespace starling
{
namespace colour
{
inline const juce::Colour background{0xff14171c}, panel{0xff1c2027}, raised{0xff272d36},
    line{0xff343b46}, text{0xffe9ecf1}, dim{0xff99a3b3}, accent{0xff4fd6c0}, warning{0xffffb454},
    bad{0xffff7a70};
} // namespace colour

namespace size
{
constexpr int gap = 10, row = 30, corner = 7;
constexpr float title = 21.0f, body = 15.0f, small = 13.0f;
} // namespace size

class Look final : public juce::LookAndFeel_V4
{
  public:
    Look();

    void drawRotarySlider(juce::Graphics&, int x, int y, int width, int height, float position,
                          float startAngle, float endAngle, juce::Slider&) override;
    void drawLinearSlider(juce::Graphics&, int x, int y, int width, int height, float position,
                          float least, float most, juce::Slider::SliderStyle,
                          juce::Slider&) override;
    juce::Slider::SliderLayout getSliderLayout(juce::Slider&) override;
    void drawButtonBackground(juce::Graphics&, juce::Button&, const juce::Colour&, bool over,
                              bool down) override;
    void drawButtonText(juce::Graphics&, juce::TextButton&, bool over, bool down) override;
    juce::Font getTextButtonFont(juce::TextButton&, int height) override;
    void drawComboBox(juce::Graphics&, int width, int height, bool down, int, int, int, int,
                      juce::ComboBox&) override;
    juce::Font getComboBoxFont(juce::ComboBox&) override { return {size::body}; }
    juce::Font getPopupMenuFont() override { return {size::body}; }
    void fillTextEditorBackground(juce::Graphics&, int width, int height,
                                  juce::TextEditor&) override;
    void drawTextEditorOutline(juce::Graphics&, int width, int height, juce::TextEditor&) override;
    std::unique_ptr<juce::FocusOutline> createFocusOutlineForComponent(juce::Component&) override;
};

/** A rounded panel behind a group of controls. */
void paintPanel(juce::Graphics&, juce::Rectangle<int> area);

/** A tint and an outline over a panel while a file that it takes is dragged over it. */
void paintDropTarget(juce::Graphics&, juce::Rectangle<int> area);

/** A dim heading; `area` loses the height that it takes. */
void paintHeading(juce::Graphics&, juce::Rectangle<int> area, const juce::String& text);

/** One of a row of buttons of which one is down: the page that it stands for is shown. */
void makeTab(juce::TextButton&, int group, const char* tip);

/** The accent button of a panel: the thing to press first. */
void makePrimary(juce::TextButton&);
} // namespace starling
