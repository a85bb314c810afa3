#include "Editor/Widgets/Waveform.h"

namespace starling
{
namespace
{
constexpr int framesPerSecond = 30;
constexpr int mouseVelocity = 110;
} // namespace

Waveform::Waveform(PluginProcessor& pluginProcessor) : processor(pluginProcessor)
{
    setTooltip("Press to hear the sound at its root note; drag it out as a WAV file.");
    setTitle("Waveform of the current sound");
    startTimerHz(framesPerSecond);
}

void Waveform::setMessage(const juce::String& text)
{
    if (std::exchange(message, text) != text)
        repaint();
}

int Waveform::rootKey() const
{
    return juce::roundToInt(processor.parameters.value(indexOf(param::root)));
}

void Waveform::mouseDown(const juce::MouseEvent&)
{
    pressedKey = rootKey();
    processor.playKey(pressedKey, mouseVelocity);
}

void Waveform::mouseDrag(const juce::MouseEvent& event)
{
    if (sound == nullptr || pressedKey < 0 || event.getDistanceFromDragStart() < dragDistance)
        return;

    mouseUp(event);
    const auto preset = processor.bank.preset();
    dragOut(*this, *sound, preset.number == 0 ? titleOf(*sound, processor.models) : preset.name);
}

void Waveform::mouseUp(const juce::MouseEvent&)
{
    if (pressedKey >= 0)
        processor.playKey(std::exchange(pressedKey, -1), 0);
}

void Waveform::timerCallback()
{
    const auto& display = processor.player.display;
    const auto& parameters = processor.parameters;
    const auto fresh = parameters.value(indexOf(param::mode)) >= 0.5f;
    auto now = fresh ? processor.bank.publishedFor(display.key, display.step).sound : nullptr;

    if (now == nullptr)
        now = processor.bank.current().sound;

    if (const auto temporary = processor.bank.temporarySound().sound)
        now = temporary;

    nameSound();

    const std::array<float, 3> marks{display.progress.load(),
                                     parameters.value(indexOf(param::start)),
                                     parameters.value(indexOf(param::length))};

    if (now == sound && marks == std::array<float, 3>{progress, start, length})
        return;

    progress = marks[0];
    start = marks[1];
    length = marks[2];

    if (std::exchange(sound, now) != now)
        measure();

    repaint();
}

void Waveform::nameSound()
{
    const auto& bank = processor.bank;
    const auto preset = bank.preset();
    auto text = preset.number == 0 ? juce::String() : preset.name + "  (" + preset.synth + ")    ";

    if (bank.temporarySound().sound != nullptr)
        text = "The best match so far    ";

    if (std::exchange(name, text) != text)
        repaint();
}

void Waveform::measure()
{
    columns.clear();

    if (sound != nullptr)
        columns = shapeOf(*sound, getWidth() - 2 * size::gap);
}

void Waveform::paint(juce::Graphics& g)
{
    paintPanel(g, getLocalBounds());
    const auto area = getLocalBounds().reduced(size::gap);

    if (sound == nullptr)
    {
        g.setColour(colour::dim);
        g.setFont(size::body);
        g.drawFittedText(message, area.reduced(30), juce::Justification::centred, 4);
        return;
    }
    paintShape(g, area.toFloat().withTrimmedBottom(18.0f));
    paintCaption(g, area);
}

void Waveform::paintShape(juce::Graphics& g, juce::Rectangle<float> area) const
{
    const auto middle = area.getCentreY(), half = area.getHeight() / 2.0f;
    const auto from = start * area.getWidth();
    const auto to = from + length * (area.getWidth() - from);
    g.setColour(colour::line);
    g.drawHorizontalLine(static_cast<int>(middle), area.getX(), area.getRight());

    for (size_t x = 0; x < columns.size(); ++x)
    {
        const auto at = static_cast<float>(x);
        const auto inside = at >= from && at <= to;
        const auto heard = progress >= 0.0f && at <= progress * area.getWidth();
        g.setColour(!inside ? colour::line
                    : heard ? colour::accent.brighter(0.5f)
                            : colour::accent.withMultipliedBrightness(0.85f));
        const auto top = middle - columns[x].getEnd() * half;
        const auto bottom = middle - columns[x].getStart() * half;
        g.fillRect(area.getX() + at, top, 1.0f, juce::jmax(1.0f, bottom - top));
    }

    if (progress >= 0.0f)
    {
        g.setColour(colour::text);
        g.fillRect(area.getX() + progress * area.getWidth(), area.getY(), 1.5f, area.getHeight());
    }
}

void Waveform::paintCaption(juce::Graphics& g, juce::Rectangle<int> area) const
{
    const auto seconds = sound->frames() / sound->info.rate;
    const auto caption = name + juce::String(seconds, 2) + " s    " +
                         juce::String(sound->info.rate / 1000.0, 1) + " kHz    " +
                         (sound->channels() == 1 ? "mono" : "stereo") + "    " +
                         sound->info.id.substring(0, 12);
    g.setColour(colour::dim);
    g.setFont(size::small);
    g.drawText(caption, area.removeFromBottom(18), juce::Justification::bottomLeft);
}
} // namespace starling
