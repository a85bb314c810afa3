#include "Presets/PresetSearch.h"

#include "Presets/Audition.h"

namespace starling
{
namespace
{
constexpr int hitCount = 50;
constexpr double patienceMs = 95000.0; // the engine gives up after 90 s

Request listRequest(const char* address, std::vector<osc::Value> values, int countField)
{
    Request request;
    request.address = address;
    request.values = std::move(values);
    request.countField = countField;
    return request;
}

/** A request's values with its options behind them. */
std::vector<osc::Value> with(const std::vector<osc::Value>& options, std::vector<osc::Value> values)
{
    values.insert(values.end(), options.begin(), options.end());
    return values;
}
} // namespace

void PresetSearch::byFile(const juce::File& file, const SearchTerms& terms)
{
    if (const auto copy = inbox.copyOf(file))
        byInboxFile(*copy, file.getFileName(), terms);
    else
        show(inbox.error(), true);
}

void PresetSearch::byInboxFile(const juce::File& file, const juce::String& title,
                               const SearchTerms& terms)
{
    lastTarget = file;
    marked.reset();
    shown.target = title;
    shown.part = {};
    again = [this](const auto& others) { searchFile(others); };
    searchFile(terms);
    shown.shape = readFileShape(file); // while the engine searches
}

void PresetSearch::searchFile(const SearchTerms& terms)
{
    shown.aspects = terms.aspects;
    shown.isMarked = marked.has_value();
    search(
        listRequest(protocol::Search::address,
                    with(optionsOf(terms.aspects, marked),
                         {lastTarget->getFullPathName(), hitCount, terms.filter(), terms.words()}),
                    protocol::Search::returns::count),
        "Presets that sound like " + shown.target, By::file);
}

void PresetSearch::byPreset(const Hit& hit, const SearchTerms& terms)
{
    again = [this, hit](const auto& others) { byPreset(hit, others); };
    shown.aspects = terms.aspects;
    search(listRequest(protocol::Similar::address,
                       with(optionsOf(terms.aspects),
                            {hit.preset, hitCount, terms.filter(), terms.words()}),
                       protocol::Similar::returns::count),
           "Presets that sound like " + hit.name, By::preset);
}

void PresetSearch::byWords(const juce::String& words)
{
    again = {};
    search(listRequest(protocol::Find::address, {words, hitCount}, protocol::Find::returns::count),
           words.isEmpty() ? juce::String("All presets, by name") : "Presets for " + words,
           By::words);
}

void PresetSearch::refine(const SearchTerms& terms)
{
    if (const auto query = again)
        query(terms);
    else
        byWords(terms.text);
}

void PresetSearch::mark(const std::optional<FilePart>& part, const SearchTerms& terms)
{
    if (!shown.isByFile || !lastTarget)
        return;

    marked = part;
    shown.part = part.value_or(FilePart());
    searchFile(terms);
}

void PresetSearch::search(Request request, const juce::String& title, By by)
{
    request.done = [this, title, by](const auto& done, const Items& items)
    {
        shown.title = title;
        showResults(done, items, by);
    };
    run(std::move(request), "Searching...");
}

void PresetSearch::showResults(const osc::Message& done, const Items& items, By by)
{
    namespace field = protocol::Search::returns;
    shown.hits.clear();
    shown.isBySound = by != By::words;
    shown.isByFile = by == By::file;
    shown.isBusy = false;

    if (shown.isByFile)
    {
        shown.part = FilePart::between(done.number(field::start), done.number(field::end));
        shown.notes = done.integer(field::notes);
    }

    for (const auto& [index, item] : items)
        shown.hits.push_back(hitFrom(item));

    show(shown.hits.empty() ? "Nothing was found." : "", false);
}

void PresetSearch::run(Request request, const juce::String& message)
{
    if (!link.isOpen())
        return show("This needs the engine, and it is not connected.", true);

    cancel();
    show(message, false);
    shown.isBusy = true;
    request.timeoutMs = juce::jmax(request.timeoutMs, patienceMs);
    request.failed = [this](const auto& code, const auto& sentence)
    {
        shown.isBusy = false;
        shown.isLibraryEmpty = code == protocol::code::emptyLibrary;
        show(shown.isLibraryEmpty ? juce::String() : sentence, true);
    };
    request.progress = [this](float fraction, const auto& text)
    { show(text + " " + juce::String(juce::roundToInt(fraction * 100.0f)) + " %", false); };
    running = link.send(std::move(request));
}

void PresetSearch::render(const Hit& hit, int note, std::function<void(SoundPointer)> done)
{
    auto request = auditionRequest(hit.preset, note);
    request.done = [this, hit, done](const osc::Message& reply, const Items&)
    {
        shown.isBusy = false;

        if (auto sound = soundFrom(reply))
        {
            shown.auditioned = hit.preset;
            show("", false);
            done(std::move(sound));
        }
        else
            show("The rendered sound of " + hit.name + " cannot be read.", true);
    };
    run(std::move(request), "Rendering " + hit.name + "...");
}

void PresetSearch::audition(const Hit& hit, int note)
{
    render(hit, note, [this, era = bank.era()](SoundPointer sound)
           { bank.publish(Place::preview, {}, std::move(sound), era); });
}

void PresetSearch::use(const Hit& hit, int note, const SoundKey& soundKey)
{
    render(hit, note,
           [this, hit, soundKey, era = bank.era()](SoundPointer sound)
           {
               if (bank.publishPreset({0, hit.preset, hit.name, hit.synth}, soundKey,
                                      std::move(sound), era) == 0)
                   return;

               bank.clearPlace(Place::temporary);
               show("The keys now play " + hit.name + ".", false);
           });
}

void PresetSearch::favourite(const Hit& hit, bool on)
{
    if (!link.isOpen())
        return show("This needs the engine, and it is not connected.", true);

    Request request;
    request.address = protocol::Favourite::address;
    request.values = {hit.preset, on ? 1 : 0};
    request.done = [this, hit, on](const auto&, const auto&)
    {
        markFavourite(shown.hits, hit.preset, on);
        onFavourite(hit.preset, on);
    };
    request.failed = [this](const auto&, const auto& sentence) { show(sentence, true); };
    link.send(std::move(request));
}

void PresetSearch::askFacets()
{
    auto request = listRequest(protocol::Facets::address, {}, protocol::Facets::returns::count);
    request.done = [this](const auto&, const Items& items)
    {
        shown.facets = facetsFrom(items);
        shown.isLibraryEmpty = items.empty(); // every preset has a synth
    };
    link.send(std::move(request)); // without an answer the menus stay as they are
}

void PresetSearch::exportPreset(const Hit& hit)
{
    Request request;
    request.address = protocol::Export::address;
    request.values = {hit.preset};
    request.done = [this](const osc::Message& done, const Items&)
    {
        shown.isBusy = false;
        show("Written to " + done.text(protocol::Export::returns::path), false);
    };
    run(std::move(request), "Exporting " + hit.name + "...");
}

void PresetSearch::cancel()
{
    if (shown.isBusy)
        link.cancel(running);

    shown.isBusy = false;
    shown.message.clear();
}

void PresetSearch::show(const juce::String& message, bool isError)
{
    shown.message = message;
    shown.isError = isError;
}
} // namespace starling
