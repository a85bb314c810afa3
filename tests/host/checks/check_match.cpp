// Matching a recording as the editor requests it, with a running engine and a preset library.
#include "harness/session.h"

namespace harness
{
namespace
{
constexpr int smallest = 100; // tries
constexpr double matchPatience = 120.0;

/** Search with a tone, which makes it the target of a match. */
void dropTone(Session& session)
{
    const juce::TemporaryFile tone(".wav");
    writeTone(tone.getFile(), 196.0);
    session.ask([&](auto& search) { search.byFile(tone.getFile(), {}); });
}

bool waitForEnd(Session& session)
{
    return session.host.waitUntil([&] { return !session.match().isRunning; }, matchPatience);
}

void finds(Checks& check, Session& session)
{
    auto& host = session.host;
    session.post([](auto& engine) { engine.match("starling", smallest); });
    check.that(session.match().isRunning, "a match begins");
    const auto heard = host.waitUntil(
        [&] { return host.plugin.bank.temporarySound().sound != nullptr; }, matchPatience);
    check.that(heard && waitForEnd(session), "a preview comes, then the end");
    const auto match = session.match();
    std::printf("     %s\n     %s\n", match.best.toRawUTF8(), match.text.toRawUTF8());
    check.that(!match.isError && !match.variants.empty(), "there are variants");

    if (match.variants.empty())
        return;

    const auto& first = match.variants.front();
    check.that(first.preset > 0 && first.loss >= 0.0f && first.loss <= match.variants.back().loss,
               "the best comes first, with its loss");
    const auto current = host.plugin.bank.current().sound;
    host.process(noteOn(60));
    session.rest(0.05);
    const auto playsTemporary =
        host.plugin.player.display.key == starling::SoundKey::temporary().key &&
        host.plugin.player.display.voices > 0;
    host.process(noteOff(60));
    check.that(playsTemporary && match.isOnKeys && host.plugin.bank.current().sound == current,
               "the keys play the best, the current sound is kept");
    session.post([](auto& engine) { engine.matcher.putOnKeys(false); });
    check.that(!session.match().isOnKeys, "until the user says otherwise");

    const auto exported = session.ask([&](auto& search) { search.exportPreset(first); });
    check.that(exported.message.contains("Written to"), "a variant is exported");
    session.ask([&](auto& search) { search.favourite(first, true); });
    session.rest(0.5);
    check.that(session.match().variants.front().isFavourite, "and marked");
    const auto kept = session.ask([](auto& search) { search.byWords("bank:Matches"); });
    check.that(kept.hits.size() >= match.variants.size(), "and all are presets of the library");
    session.ask([&](auto& search) { search.use(first, 60, host.plugin.parameters.soundKey()); });
    check.that(host.plugin.bank.preset().id == first.preset, "which the keys can play");
}

void givesUp(Checks& check, Session& session)
{
    session.post([](auto& engine) { engine.match("starling", 5000); });
    session.rest(0.3);
    session.post([](auto& engine) { engine.matcher.cancel(); });
    const auto match = session.match();
    check.that(!match.isRunning && match.text.contains("Cancelled"), "a match can be cancelled");
    session.post([](auto& engine) { engine.match("nobody", smallest); });
    waitForEnd(session);
    std::printf("     %s\n", session.match().text.toRawUTF8());
    check.that(session.match().isError, "an unknown synth gets a sentence");
}
} // namespace

int checkMatch(const Arguments&)
{
    Checks check;
    Session session;
    check.that(session.connect(), "the plugin finds the engine and has a sound");
    dropTone(session);
    finds(check, session);
    givesUp(check, session);
    return check.exitCode();
}

int checkLostMatch(const Arguments&)
{
    Checks check;
    Session session;
    check.that(session.connect(), "the plugin finds the engine and has a sound");
    dropTone(session);
    session.post([](auto& engine) { engine.match("starling", 5000); });
    check.that(session.match().isRunning, "a match runs");
    std::printf("matching\n");
    std::fflush(stdout); // whoever reads this ends the engine
    check.that(waitForEnd(session), "the match ends with its engine");
    const auto match = session.match();
    std::printf("     %s\n", match.text.toRawUTF8());
    check.that(match.isError && match.text.contains("engine went away"), "and a sentence says so");
    check.that(session.host.plugin.bank.temporarySound().sound == nullptr,
               "the keys are given back");
    return check.exitCode();
}
} // namespace harness
