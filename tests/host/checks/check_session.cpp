// The editor's requests, made as the editor makes them, to a running engine with a preset library.
#include "harness/session.h"

namespace harness
{
namespace
{
constexpr double patience = Session::patience;

void bySound(Checks& check, Session& session)
{
    const juce::TemporaryFile tone(".wav"), text(".wav");
    writeTone(tone.getFile(), 140.0);
    text.getFile().replaceWithText("this is no sound");

    const auto found = session.ask([&](auto& search) { search.byFile(tone.getFile(), {}); });
    check.that(!found.isError && found.hits.size() >= 30, "a WAV file finds presets");
    check.that(!found.hits.empty() && found.hits.front().score >= found.hits.back().score,
               "the nearest come first");

    const auto bad = session.ask([&](auto& search) { search.byFile(text.getFile(), {}); });
    std::printf("     %s\n", bad.message.toRawUTF8());
    check.that(bad.isError && bad.message.isNotEmpty(), "a text file named .wav gets a sentence");
    const auto gone = session.ask([](auto& search) { search.byFile(juce::File("/none.wav"), {}); });
    check.that(gone.isError && gone.message.contains("cannot be read"), "so does a missing file");
}

void fromHits(Checks& check, Session& session)
{
    auto& host = session.host;
    const auto words = session.ask([](auto& search) { search.byWords("bass"); });
    check.that(!words.hits.empty(), "words find presets");

    if (words.hits.empty())
        return;

    const auto hit = words.hits.front();
    const auto alike = session.ask([hit](auto& search) { search.byPreset(hit, {}); });
    check.that(!alike.hits.empty() && alike.title.contains(hit.name), "a preset finds its like");

    const auto heard = session.ask([hit](auto& search) { search.audition(hit, 60); });
    check.that(heard.auditioned == hit.preset && host.plugin.player.display.voices > 0,
               "an audition sounds without a key");

    const auto before = host.plugin.bank.current().sound;
    const auto soundKey = host.plugin.parameters.soundKey();
    session.ask([&](auto& search) { search.use(hit, 60, soundKey); });
    const auto after = host.plugin.bank.current().sound;
    check.that(after != before && after->info.recipe.contains("synth"),
               "a preset becomes the sound");

    const auto exported = session.ask([hit](auto& search) { search.exportPreset(hit); });
    const juce::File file(exported.message.fromFirstOccurrenceOf("Written to ", false, false));
    check.that(!exported.isError && file.existsAsFile(), "a preset is exported as a file");
}

/** Load a project while the reply to something else is on its way, at several moments: a
    variation's sound, and a preset that is put on the keys. */
void overtaken(Checks& check, Session& session)
{
    auto& host = session.host;
    const auto others = session.ask([](auto& search) { search.byWords({}); }).hits;
    const auto soundKey = host.plugin.parameters.soundKey();
    juce::MemoryBlock project;
    host.plugin.getStateInformation(project);
    const auto id = host.plugin.bank.current().sound->info.id; // of a preset, never generated
    const auto loaded = [&]
    {
        const auto sound = host.plugin.bank.current().sound;
        return sound != nullptr && sound->info.id == id;
    };
    auto kept = true;

    for (int turn = 0; turn < 16 && !others.empty(); ++turn)
    {
        if (turn < 8)
            host.set("variation", static_cast<float>(4711 + turn));
        else
            session.post([&, hit = others[static_cast<size_t>(turn) % others.size()]](auto& engine)
                         { engine.search.use(hit, 60, soundKey); }); // asked before it is overtaken

        host.waitUntil([] { return false; }, 0.03 + 0.01 * (turn % 8));
        host.plugin.setStateInformation(project.getData(), static_cast<int>(project.getSize()));
        kept = kept && host.waitUntil(loaded, Session::patience); // a busy machine takes its time
        host.waitUntil([] { return false; }, 0.3);
        kept = kept && loaded();
    }
    check.that(kept && !others.empty(), "a reply that a loaded project has overtaken is dropped");
}

void sideChain(Checks& check, Session& session)
{
    auto& host = session.host;
    host.plugin.engine.post([&] { host.plugin.engine.startCapture(); });
    host.waitUntil([&] { return host.plugin.capture.isRecording(); }, patience);

    for (int block = 0; block < 375; ++block)
    {
        for (int n = 0; n < Host::block; ++n)
            host.audio.setSample(0, n, 0.4f * std::sin(0.05f * static_cast<float>(n)));

        host.process();
        host.pace();
    }
    const auto found = session.ask([&](auto&) { host.plugin.engine.stopCapture({}); });
    check.that(found.title.contains("side-chain") && !found.hits.empty(),
               "the recorded side-chain finds presets");
}
} // namespace

int checkSession(const Arguments&)
{
    Checks check;
    Session session;
    check.that(session.connect(), "the plugin finds the engine and has a sound");
    bySound(check, session);
    fromHits(check, session);
    overtaken(check, session);
    sideChain(check, session);
    return check.exitCode();
}
} // namespace harness
