// What a new user sees: a window without an engine, an engine without presets, the first scan.
#include "Editor/Widgets/NeedsEngine.h"
#include "harness/window.h"

namespace harness
{
namespace
{
/** Whether this button waits for the engine, and its tooltip says so. */
bool waitsForEngine(Window& window, const char* text)
{
    auto waits = false;
    window.onMessageThread(
        [&]
        {
            auto* button = window.button(text);
            waits = button != nullptr && !button->isEnabled() &&
                    button->getTooltip() == starling::noEngineTip;
        });
    return waits;
}

bool isShown(Window& window, const char* text, bool enabled = true)
{
    auto shown = false;
    window.onMessageThread(
        [&]
        {
            auto* button = window.button(text);
            shown = button != nullptr && button->isEnabled() == enabled;
        });
    return shown;
}

void timeLeft(Checks& check)
{
    starling::TimeLeft left;
    left.report(0.1f, 0.0);
    left.report(0.2f, 3000.0);
    check.that(left.text().isEmpty(), "two reports say nothing of the time left");
    left.report(0.3f, 6000.0);
    check.that(left.text() == "About 30 seconds left", "three do");
    left.report(0.97f, 26100.0);
    check.that(left.text() == "A few seconds left", "near the end");
    left.report(0.0f, 30000.0);
    check.that(left.text().isEmpty(), "another part of the work begins anew");
    left.report(0.001f, 40000.0);
    left.report(0.01f, 61000.0);
    check.that(left.text() == "About 51 minutes left", "minutes");
    left.report(0.011f, 660000.0);
    check.that(left.text() == "About 16 hours left", "hours");
}

void withoutEngine(Checks& check, Window& window)
{
    window.settle();
    check.that(window.plugin().engine.view().sentence.contains("not set up"),
               "a sentence says what to do");
    check.that(waitsForEngine(window, "Generate"), "Generate waits for the engine and says so");
    check.that(waitsForEngine(window, "Scan") && waitsForEngine(window, "Choose a file...") &&
                   waitsForEngine(window, "Listen"),
               "so do the presets");
    const auto canRecord = isShown(window, "Record side-chain");
    check.that(window.click("Match") && waitsForEngine(window, "Match"), "so does a match");
    check.that(window.click("Sounds") && waitsForEngine(window, "Vary"), "so do variations");
    check.that(window.click("Textures") && waitsForEngine(window, "Freeze"), "so does freezing");
    check.that(window.click("Compose") && waitsForEngine(window, "Again"), "so does composing");
    check.that(canRecord && isShown(window, "Record"), "but nothing that is recorded");
    check.that(window.click("Lock the seed") && window.click("Unlock the seed"),
               "what needs no engine can be used");
    check.that(!isShown(window, "Start the engine"), "nothing can be started");
}

/** An engine that ends at once: it is the user who has it tried again. */
void brokenEngine(Checks& check, Window& window)
{
    const auto launch = starling::configFolder().getChildFile("launch.json");
    launch.create();
    launch.replaceWithText(R"({"command": ["/bin/false"]})");
    auto& host = window.session().host;
    const auto view = [&] { return window.plugin().engine.view(); };
    check.that(host.waitUntil([&] { return view().canStart; }, 20.0) &&
                   view().sentence.contains("ended"),
               "an engine that ends at once is not started for ever");
    window.settle();
    check.that(
        window.click("Start the engine") &&
            host.waitUntil([&] { return view().state == starling::EngineState::starting; }, 5.0),
        "a button starts it again");
    window.settle();
    check.that(!isShown(window, "Start the engine"), "and goes while it starts");
}

void emptyLibrary(Checks& check, Window& window)
{
    const auto view = [&] { return window.plugin().engine.view(); };
    auto& host = window.session().host;
    check.that(host.waitUntil([&] { return view().search.isLibraryEmpty; }, Session::patience),
               "the engine says that there is nothing to search");
    window.settle();
    check.that(isShown(window, "Generate"), "sounds can be made");
    check.that(window.shows("Your preset library is empty") && !view().search.isError,
               "an empty library is no error");
    check.that(isShown(window, "Scan for presets") && !isShown(window, "Choose a file...") &&
                   !isShown(window, "Listen"),
               "there is one thing to do");
    window.session().ask([](auto& search) { search.byWords("pad"); });
    check.that(view().search.message.isEmpty(), "nor does a search say so in red");
}

void firstScan(Checks& check, Window& window)
{
    const auto view = [&] { return window.plugin().engine.view(); };
    auto& session = window.session();
    const auto hasBegun = [&] { return view().scan.isRunning && view().scan.fraction > 0.0f; };
    const auto scans = [&] { return session.host.waitUntil(hasBegun, Session::patience); };
    check.that(window.click("Scan for presets") && scans(), "a scan begins");
    std::printf("     %s\n", view().scan.text.toRawUTF8());
    check.that(view().scan.text.contains(" of ") && view().scan.text.contains(" presets ("),
               "it says how many of how many, and of which synth");
    check.that(window.showsProgress("Scan of the presets"), "a bar moves");
    const auto found = session.ask([](auto& search) { search.byWords({}); });
    check.that(!found.hits.empty() && view().scan.isRunning,
               "what was scanned can be searched meanwhile");
    window.settle();
    check.that(!window.shows("Your preset library is empty"), "the library is empty no more");
    check.that(window.click("Cancel the scan") && !view().scan.isRunning, "it can be cancelled");
    check.that(window.shows("Cancelled. What was scanned stays in the library."),
               "and a sentence says what came of it");
    check.that(!window.session().ask([](auto& search) { search.byWords({}); }).hits.empty(),
               "which is true");
    check.that(window.click("Scan") && scans() && !view().scan.text.contains("another scan"),
               "the engine has ended it: the next one goes on at once");
    window.click("Cancel the scan");
}
} // namespace

int checkAlone(const Arguments&)
{
    Checks check;
    timeLeft(check);
    const auto code = withLonelyWindow(
        [&](Window& window)
        {
            withoutEngine(check, window);
            brokenEngine(check, window);
        });
    return code + check.exitCode();
}

int checkFirstScan(const Arguments&)
{
    Checks check;
    const auto code = withWindow(
        [&](Window& window)
        {
            emptyLibrary(check, window);
            firstScan(check, window);
        });
    return code + check.exitCode();
}
} // namespace harness
