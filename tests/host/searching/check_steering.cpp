// The window's search: the part of a file that is marked with the mouse, aspects that are moved,
// scores and their words. A running engine with a preset library is there.
#include "Editor/Presets/Aspects/AspectPanel.h"
#include "Editor/Presets/Region/PartView.h"
#include "harness/window.h"

namespace harness
{
namespace
{
using starling::AspectPanel;
using starling::PartView;

/** A visible part of the window of this kind, with this title unless that is empty. */
template <typename Kind>
Kind* find(juce::Component& parent, const juce::String& title = {})
{
    for (auto* child : parent.getChildren())
    {
        if (!child->isVisible())
            continue;

        if (auto* found = dynamic_cast<Kind*>(child))
            if (title.isEmpty() || found->getTitle() == title)
                return found;

        if (auto* found = find<Kind>(*child, title))
            return found;
    }
    return nullptr;
}

/** Half a second of silence, a tone, a pause, a higher tone: 2 s. */
void writeTwoTones(const juce::File& file)
{
    constexpr auto rate = 44100;
    juce::AudioBuffer<float> audio(1, 2 * rate);
    audio.clear();

    for (const auto& [start, frequency] : {std::pair{0.5, 220.0}, std::pair{1.25, 330.0}})
        for (int n = 0; n < rate / 2; ++n)
        {
            const auto time = static_cast<double>(n) / rate;
            const auto phase = juce::MathConstants<double>::twoPi * frequency * time;
            audio.setSample(
                0, static_cast<int>(start * rate) + n,
                static_cast<float>(std::exp(-4.0 * time) *
                                   (0.4 * std::sin(phase) + 0.2 * std::sin(2.0 * phase))));
        }

    file.deleteFile();
    std::unique_ptr<juce::AudioFormatWriter> writer(juce::WavAudioFormat().createWriterFor(
        file.createOutputStream().release(), rate, 1, 16, {}, 0));
    writer->writeFromAudioSampleBuffer(audio, 0, audio.getNumSamples());
}

/** The mouse at a part's place, as a fraction of its width; from where it went down. */
juce::MouseEvent mouseAt(juce::Component& part, float from, float to)
{
    const auto width = static_cast<float>(part.getWidth());
    const juce::Point<float> down(from * width, 10.0f), now(to * width, 10.0f);
    const juce::Time time;
    return {juce::Desktop::getInstance().getMainMouseSource(),
            now,
            juce::ModifierKeys::leftButtonModifier,
            0.0f,
            0.0f,
            0.0f,
            0.0f,
            0.0f,
            &part,
            &part,
            time,
            down,
            time,
            1,
            from != to};
}

void waitForResults(Window& window)
{
    window.settle(); // what was posted has begun
    window.session().host.waitUntil([&] { return !window.session().view().isBusy; },
                                    Session::patience);
    window.settle();
}

/** Drag over the recording. */
void drag(Window& window, float from, float to)
{
    Window::onMessageThread(
        [&]
        {
            auto* part = find<PartView>(window.editor());
            part->mouseDown(mouseAt(*part, from, from));
            part->mouseDrag(mouseAt(*part, from, to));
            part->mouseUp(mouseAt(*part, from, to));
        });
    waitForResults(window);
}

juce::String textOfPart(Window& window)
{
    juce::String text;
    Window::onMessageThread(
        [&]
        {
            if (auto* part = find<PartView>(window.editor()))
                text = part->text();
        });
    std::printf("     %s\n", text.toRawUTF8());
    return text;
}

void marks(Checks& check, Window& window, const juce::File& tones)
{
    auto& session = window.session();
    check.that(textOfPart(window).isEmpty(), "without a recording there is nothing to mark");
    const auto found = session.ask([&](auto& search) { search.byFile(tones, {}); });
    window.settle();
    check.that(found.isByFile && std::abs(found.part.getStart() - 0.5f) < 0.05f &&
                   textOfPart(window).contains("1 note"),
               "the part that was taken is shown: from the onset on");
    drag(window, 0.0f, 1.0f);
    const auto all = session.view();
    check.that(!all.isError && all.isMarked && all.part.getStart() == 0.0f &&
                   std::abs(all.part.getEnd() - 2.0f) < 0.02f && all.notes == 2 &&
                   textOfPart(window).contains("2 notes"),
               "all of it is marked: two notes");
    drag(window, 0.9f, 0.6f);
    const auto second = session.view();
    check.that(second.isMarked && std::abs(second.part.getStart() - 1.2f) < 0.02f &&
                   textOfPart(window).contains("1 note"),
               "drawn leftwards, the second tone");
    drag(window, 0.5f, 0.502f);
    check.that(session.view().part == second.part, "a click marks nothing");
    Window::onMessageThread(
        [&]
        {
            auto* part = find<PartView>(window.editor());
            part->mouseDoubleClick(mouseAt(*part, 0.5f, 0.5f));
        });
    waitForResults(window);
    check.that(!session.view().isMarked && session.view().part == found.part,
               "a double-click goes back to the onset");
}

void move(Window& window, const char* slider, double value)
{
    Window::onMessageThread(
        [&]
        {
            if (auto* found = find<juce::Slider>(window.editor(), slider))
                found->setValue(value, juce::sendNotificationSync);
        });
}

void steers(Checks& check, Window& window)
{
    auto& session = window.session();
    const auto before = session.view();
    check.that(window.click("Aspects"), "the aspects open");
    move(window, "Timbre counts", 0.0);
    move(window, "Brightness counts", 1.0);
    waitForResults(window);
    const auto bright = session.view();
    const auto byBrightness =
        std::is_sorted(bright.hits.begin(), bright.hits.end(), [](const auto& a, const auto& b)
                       { return a.alike[3] > b.alike[3] + 1e-4f; });
    check.that(!bright.isError && bright.aspects.weights[3] == 1.0f && byBrightness &&
                   bright.hits.front().alike[3] > 0.8f,
               "what counts decides the order, at once");
    move(window, "darker - brighter", -2.0);
    waitForResults(window);
    const auto dark = session.view();
    check.that(!dark.isError && dark.aspects.shifts[3] == -2.0f &&
                   dark.hits.front().preset != bright.hits.front().preset,
               "a direction is looked in");
    move(window, "Brightness counts", 0.0);
    move(window, "darker - brighter", 0.0);
    waitForResults(window);
    check.that(session.view().isError, "where nothing counts a sentence says so");
    check.that(window.click("Reset"), "they are reset");
    waitForResults(window);
    const auto after = session.view();
    check.that(!after.isError && after.aspects == starling::AspectOptions() &&
                   after.hits.front().preset == before.hits.front().preset,
               "and the search is as before");
}

/** Fifty moves, on an idle machine in a second. */
void pauses(Checks& check, Window& window)
{
    std::unique_ptr<AspectPanel> panel;
    juce::Slider* slider = nullptr;
    auto calls = 0;
    auto newest = 0.0f;
    Window::onMessageThread(
        [&]
        {
            panel = std::make_unique<AspectPanel>();
            panel->onChange = [&]
            {
                ++calls;
                newest = panel->options().weights[1];
            };
            slider = find<juce::Slider>(*panel, "Pitch counts");
        });

    const auto start = juce::Time::getMillisecondCounterHiRes();

    for (int n = 1; n <= 50; ++n)
    {
        Window::onMessageThread([&] { slider->setValue(n * 0.02, juce::sendNotificationSync); });
        window.session().rest(0.02);
    }
    const auto seconds = (juce::Time::getMillisecondCounterHiRes() - start) / 1000.0;
    window.settle();
    Window::onMessageThread([&] { panel = nullptr; });
    std::printf("     %d searches in %.1f s\n", calls, seconds);
    check.that(calls >= 3 && calls <= 4.0 * seconds + 3.0,
               "a slider that moves searches four times a second");
    check.that(newest == 1.0f, "the newest wins");
}

juce::String tooltipOf(Window& window, int row)
{
    juce::String text;
    Window::onMessageThread(
        [&]
        {
            if (auto* list = find<juce::ListBox>(window.editor(), "Presets found"))
                text = list->getModel()->getTooltipForRow(row);
        });
    return text;
}

void scores(Checks& check, Window& window)
{
    auto& session = window.session();
    const auto text = tooltipOf(window, 0);
    std::printf("     %s\n", text.toRawUTF8());
    const auto word = starling::relationFor(session.view().hits.front().score);
    check.that(text.contains(juce::String(" %  ") + word), "a hit has its score and its word");
    check.that(text.contains("Timbre") && text.contains("noisiness"), "and each aspect");
    session.ask([](auto& search) { search.refine({"-bass darker"}); });
    const auto steered = session.view();
    check.that(!steered.isError && steered.isByFile && !steered.hits.empty(),
               "words steer it and a minus narrows it");
    session.ask([](auto& search) { search.byWords("bass"); });
    window.settle();
    check.that(!tooltipOf(window, 0).contains("%"), "what letters found has no score");
    check.that(textOfPart(window).isEmpty() && find<AspectPanel>(window.editor()) == nullptr,
               "nor a part or aspects");
}
} // namespace

int checkSteering(const Arguments&)
{
    Checks check;
    withWindow(
        [&check](Window& window)
        {
            const juce::TemporaryFile tones(".wav");
            writeTwoTones(tones.getFile());
            marks(check, window, tones.getFile());
            steers(check, window);
            pauses(check, window);
            scores(check, window);
        });
    return check.exitCode();
}
} // namespace harness
