// Filters, favourites, and a preset on the keys: rendered across the keyboard, saved with the
// project. A running engine with a preset library is there.
#include "harness/session.h"

namespace harness
{
namespace
{
using starling::PresetOnKeys;
using starling::SoundKey;
using starling::ZoneFetcher;

constexpr int root = 60;

void filters(Checks& check, Session& session)
{
    session.host.waitUntil([&] { return !session.view().facets.empty(); }, Session::patience);
    const auto facets = session.view().facets;
    const auto has = [&](const char* field)
    {
        return std::any_of(facets.begin(), facets.end(),
                           [field](const auto& facet) { return facet.field == field; });
    };
    check.that(has("synth") && has("bank") && has("tag"), "the menus have synths, banks and tags");

    const juce::TemporaryFile tone(".wav");
    writeTone(tone.getFile(), 220.0);
    const auto all = session.ask([&](auto& search) { search.byFile(tone.getFile(), {}); });
    const auto few = session.ask([](auto& search) { search.refine({"tag:bass"}); });
    const auto tagged = std::all_of(few.hits.begin(), few.hits.end(),
                                    [](const auto& hit) { return hit.tags.contains("bass"); });
    check.that(!few.hits.empty() && few.hits.size() < all.hits.size() && tagged && few.isBySound,
               "a filter narrows the search by sound");
    const auto unknown = session.ask([](auto& search) { search.refine({"colour:red"}); });
    check.that(unknown.isError && unknown.message.contains("colour"),
               "an unknown field gets a sentence");
}

const starling::Hit* find(const starling::SearchView& view, int preset)
{
    const auto found = std::find_if(view.hits.begin(), view.hits.end(),
                                    [preset](const auto& hit) { return hit.preset == preset; });
    return found == view.hits.end() ? nullptr : &*found;
}

void favourites(Checks& check, Session& session)
{
    const auto before = session.ask([](auto& search) { search.byWords("synth:\"starling\""); });
    const auto plain = std::find_if(before.hits.begin(), before.hits.end(),
                                    [](const auto& hit) { return !hit.isFavourite; });
    const auto chosen = *plain;
    session.ask([&](auto& search) { search.favourite(chosen, true); });
    session.rest(0.5);
    check.that(find(session.view(), chosen.preset)->isFavourite, "a star is shown at once");
    const auto marked = session.ask([](auto& search) { search.byWords("is:favourite"); });
    const auto all = std::all_of(marked.hits.begin(), marked.hits.end(),
                                 [](const auto& hit) { return hit.isFavourite; });
    check.that(all && find(marked, chosen.preset) != nullptr, "favourites only finds it");
    session.ask([&](auto& search) { search.favourite(chosen, false); });
    session.rest(0.5);
    const auto none = session.ask([](auto& search) { search.byWords("is:favourite"); });
    check.that(find(none, chosen.preset) == nullptr, "and no longer once the mark is taken away");
}

/** Frequency of a note that the host plays, by autocorrelation; 0 when it has no pitch. */
double frequencyOf(Session& session, int key)
{
    auto& host = session.host;
    std::vector<float> heard;
    host.process(noteOn(key, 110));

    for (int block = 0; block < 150; ++block)
    {
        host.process();

        if (block >= 50) // past the attack
            heard.insert(heard.end(), host.audio.getReadPointer(0),
                         host.audio.getReadPointer(0) + Host::block);
    }
    host.process(noteOff(key));
    session.rest(0.4);
    const auto size = static_cast<int>(heard.size()), longest = 1600; // 30 Hz
    std::vector<double> alike(static_cast<size_t>(longest), 0.0);
    auto best = 0.0;

    for (int lag = 20; lag < longest; ++lag)
    {
        double both = 0.0, first = 1e-12, second = 1e-12;

        for (int n = 0; n + longest < size; ++n)
        {
            const double a = heard[static_cast<size_t>(n)], b = heard[static_cast<size_t>(n + lag)];
            both += a * b;
            first += a * a;
            second += b * b;
        }
        alike[static_cast<size_t>(lag)] = both / std::sqrt(first * second);
        best = juce::jmax(best, alike[static_cast<size_t>(lag)]);
    }

    for (size_t lag = 21; lag + 1 < alike.size(); ++lag) // the first peak as high as any
        if (alike[lag] > 0.95 * best && alike[lag] >= alike[lag - 1] &&
            alike[lag] >= alike[lag + 1])
        {
            const auto bend = alike[lag - 1] - 2.0 * alike[lag] + alike[lag + 1];
            const auto offset = bend == 0.0 ? 0.0 : 0.5 * (alike[lag - 1] - alike[lag + 1]) / bend;
            return Host::rate / (static_cast<double>(lag) + offset);
        }

    return 0.0;
}

int zonesHeld(Session& session)
{
    const auto held = session.host.plugin.bank.held();
    return static_cast<int>(std::count_if(held.begin(), held.end(), [](const auto& each)
                                          { return each.soundKey.preset > 0; }));
}

void useLead(Session& session)
{
    const auto found = session.ask([](auto& search) { search.byWords("tag:lead synth:starling"); });
    const auto hit = found.hits.at(0);
    const auto soundKey = session.host.plugin.parameters.soundKey();
    std::printf("     on the keys: %s\n", hit.name.toRawUTF8());
    session.ask([&](auto& search) { search.use(hit, root, soundKey); });
}

void acrossTheKeys(Checks& check, Session& session)
{
    useLead(session);
    const auto usual = static_cast<int>(ZoneFetcher::usualZones(root).size());
    check.that(
        session.host.waitUntil([&] { return zonesHeld(session) == usual - 1; }, Session::patience),
        "the usual range is rendered ahead");
    auto nearest = true, inTune = true;
    const auto middle = frequencyOf(session, root);

    for (const auto key : {36, 41, 50, 54, 62, 66, 71, 77, 84})
    {
        auto* zone = session.host.plugin.bank.zoneNear(key);
        nearest = nearest && zone != nullptr && std::abs(zone->sound->info.root - key) <= 2;
        const auto expected = middle * std::exp2((key - root) / 12.0);
        const auto heard = frequencyOf(session, key);
        std::printf("     key %d: %.1f Hz, expected %.1f\n", key, heard, expected);
        inTune = inTune && std::abs(heard / expected - 1.0) < 0.02;
    }
    check.that(nearest, "no key shifts its zone by more than two semitones");
    check.that(inTune, "keys from 36 to 84 sound at their pitch");
}

void bounce(Checks& check, Session& session)
{
    useLead(session); // again: its zones are gone, those in the engine's store come back
    auto& plugin = session.host.plugin;
    const auto number = plugin.bank.preset().number;
    plugin.setNonRealtime(true);
    session.host.process(noteOn(98));
    session.host.process(noteOn(29));
    plugin.setNonRealtime(false);
    check.that(plugin.bank.holds(SoundKey::zone(number, PresetOnKeys::zoneOf(98, root))) &&
                   plugin.bank.holds(SoundKey::zone(number, PresetOnKeys::zoneOf(29, root))),
               "a bounce waits for the zones of its keys");
    session.host.process(noteOff(98));
    session.host.process(noteOff(29));
    session.host.waitUntil([&] { return zonesHeld(session) >= 12; }, Session::patience);
}

juce::AudioBuffer<float> played(starling::PluginProcessor& plugin, int key)
{
    juce::AudioBuffer<float> audio(2, 24000);
    audio.clear();
    plugin.player.prepare(48000.0);
    plugin.player.render(audio, noteOn(key), plugin.parameters.playerSettings());
    return audio;
}

bool equal(const juce::AudioBuffer<float>& a, const juce::AudioBuffer<float>& b)
{
    return a.getMagnitude(0, a.getNumSamples()) > 0.01f &&
           std::equal(a.getReadPointer(0), a.getReadPointer(0) + a.getNumSamples(),
                      b.getReadPointer(0));
}

/** In an instance that never meets an engine. */
void reopened(Checks& check, Session& session)
{
    starling::PluginProcessor other;
    juce::MemoryBlock project, again;
    session.host.plugin.getStateInformation(project);
    std::printf("     %d zones in %.2f MB\n", zonesHeld(session),
                static_cast<double>(project.getSize()) / 1e6);
    other.setStateInformation(project.getData(), static_cast<int>(project.getSize()));
    auto same = true;

    for (const auto key : {29, 40, 47, 60, 75, 84, 98})
        same = same && equal(played(session.host.plugin, key), played(other, key));

    check.that(same, "a reopened project plays every key the same, without an engine");
    check.that(other.bank.preset().name == session.host.plugin.bank.preset().name,
               "and knows the preset's name");
    other.getStateInformation(again);
    check.that(project == again, "and saves the same bytes");
    session.post([&](auto&) { session.host.plugin.bank.clearPlace(starling::Place::current); });
    session.host.waitUntil(
        [&]
        {
            const auto sound = session.host.plugin.bank.current().sound;
            return sound != nullptr && !sound->info.recipe.contains("\"synth\"");
        },
        Session::patience);
    check.that(session.host.plugin.bank.current().sound != nullptr && zonesHeld(session) == 0,
               "back to the model: its sound comes, the zones go");
}
} // namespace

int checkPresets(const Arguments&)
{
    Checks check;
    Session session;
    check.that(session.connect(), "the plugin finds the engine and has a sound");
    filters(check, session);
    favourites(check, session);
    acrossTheKeys(check, session);
    bounce(check, session);
    reopened(check, session);
    return check.exitCode();
}
} // namespace harness
