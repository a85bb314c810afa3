#include "Editor/Compose/NotesPicture.h"

namespace starling
{
namespace
{
constexpr int fewestKeys = 24; // a single note is no wall
constexpr float thinnest = 2.0f;
constexpr double mostBars = 64.0; // that have lines

std::vector<DrawnNote> notesOf(const ChipSong& song)
{
    std::vector<DrawnNote> result;
    std::array<size_t, chip::voices> playing{};

    for (const auto& event : song.events)
    {
        auto& at = playing[static_cast<size_t>(event.voice)];

        if (event.begins())
        {
            result.push_back({event.beat, song.beats, event.key, event.voice});
            at = result.size();
        }
        else if (event.ends() && at > 0)
            result[std::exchange(at, 0) - 1].end = event.beat;
    }
    return result;
}
} // namespace

void NotesPicture::show(const ChipSongPointer& song)
{
    if (std::exchange(shown, song) == song)
        return;

    if (song == nullptr)
        set({}, 1.0, 4.0, 0.0);
    else
        set(notesOf(*song), song->beats, song->barBeats, song->prompt);
}

void NotesPicture::show(const Prompt& newPrompt)
{
    if (std::exchange(shownFile, newPrompt.file) == newPrompt.file)
        return;

    auto found =
        newPrompt.isThere() ? starling::notesOf(*newPrompt.file) : std::vector<DrawnNote>();
    double end = 1.0;

    for (const auto& note : found)
        end = juce::jmax(end, note.end);

    set(std::move(found), std::ceil(end), newPrompt.isThere() ? barBeatsOf(*newPrompt.file) : 4.0,
        0.0);
}

void NotesPicture::set(std::vector<DrawnNote> newNotes, double newBeats, double newBar,
                       double newPrompt)
{
    notes = std::move(newNotes);
    beats = newBeats;
    barBeats = newBar;
    prompt = newPrompt;
    lowest = 127;
    highest = 0;

    for (const auto& note : notes)
    {
        lowest = juce::jmin(lowest, note.key);
        highest = juce::jmax(highest, note.key);
    }
    const auto missing = juce::jmax(0, fewestKeys - (highest - lowest));
    lowest -= missing / 2;
    highest += missing - missing / 2;
    repaint();
}

void NotesPicture::say(const juce::String& newText)
{
    if (std::exchange(text, newText) != newText)
        repaint();
}

void NotesPicture::playAt(double beat)
{
    if (std::exchange(position, beat) != beat)
        repaint();
}

void NotesPicture::paint(juce::Graphics& g)
{
    const auto area = getLocalBounds().toFloat();
    g.setColour(colour::background);
    g.fillRoundedRectangle(area, size::corner);

    if (notes.empty())
    {
        g.setColour(colour::dim);
        g.setFont(size::small);
        return g.drawFittedText(text, getLocalBounds().reduced(6, 2), juce::Justification::centred,
                                2, 1.0f);
    }
    const auto inner = area.reduced(4.0f, 3.0f);
    const auto x = [&](double beat)
    { return inner.getX() + static_cast<float>(beat / beats) * inner.getWidth(); };
    const auto height = inner.getHeight() / static_cast<float>(highest - lowest + 1);
    g.setColour(colour::raised);
    g.fillRect(inner.withRight(x(prompt)));

    for (auto bar = barBeats; bar < beats && beats <= mostBars * barBeats; bar += barBeats)
    {
        g.setColour(colour::line.withAlpha(0.6f));
        g.fillRect(x(bar), inner.getY(), 1.0f, inner.getHeight());
    }
    for (const auto& note : notes)
    {
        g.setColour(colour::voices[note.voice]);
        g.fillRect(x(note.begin), inner.getY() + static_cast<float>(highest - note.key) * height,
                   juce::jmax(thinnest, x(note.end) - x(note.begin) - 0.5f),
                   juce::jmax(thinnest, height - 0.5f));
    }
    if (position >= 0.0)
    {
        g.setColour(colour::text);
        g.fillRect(x(position), inner.getY(), 1.5f, inner.getHeight());
    }
}
} // namespace starling
