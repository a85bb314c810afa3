#include "Presets/SearchTerms.h"

namespace starling
{
namespace
{
constexpr const char* letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Whether a term is one of a filter: `tag:pad`, `bank:"Brians Bank"`, `-dark`. */
bool isOfFilter(const juce::String& term)
{
    const auto field = term.upToFirstOccurrenceOf(":", false, false);
    return (term.startsWithChar('-') && term.length() > 1) ||
           (field.isNotEmpty() && field.containsOnly(letters) &&
            term.length() > field.length() + 1);
}

juce::StringArray termsOf(const juce::String& text, bool ofFilter)
{
    juce::StringArray terms, chosen;
    terms.addTokens(text, " \t\r\n", "\"");

    for (const auto& term : terms)
        if (term.isNotEmpty() && isOfFilter(term) == ofFilter)
            chosen.add(term);

    return chosen;
}
} // namespace

std::optional<FilePart> markedPart(float anchor, float end)
{
    const auto from = juce::jlimit(0.0f, latestPart, anchor);
    const auto to = juce::jlimit(juce::jmax(0.0f, from - longestPart),
                                 juce::jmin(latestPart, from + longestPart), end);
    const auto part = FilePart::between(from, to);
    return part.getLength() < shortestPart ? std::optional<FilePart>() : part;
}

juce::String SearchTerms::filter() const
{
    return termsOf(text, true).joinIntoString(" ");
}

juce::String SearchTerms::words() const
{
    return termsOf(text, false).joinIntoString(" ").removeCharacters("\"");
}

std::vector<osc::Value> optionsOf(const AspectOptions& chosen, const std::optional<FilePart>& part)
{
    std::vector<osc::Value> options;
    const auto add = [&options](const char* name, float value)
    {
        options.emplace_back(juce::String(name));
        options.emplace_back(value);
    };
    const AspectOptions usual;

    for (size_t n = 0; n < aspectCount; ++n)
    {
        if (chosen.weights[n] != usual.weights[n])
            add(aspects::all[n].weight, chosen.weights[n]);

        if (chosen.shifts[n] != usual.shifts[n])
            add(aspects::all[n].shift, chosen.shifts[n]);
    }

    if (part)
    {
        add("from", part->getStart());
        add("to", part->getEnd());
    }
    return options;
}
} // namespace starling
