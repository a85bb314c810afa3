#include "Wire/Hit.h"

namespace starling
{
Hit hitFrom(const osc::Message& item)
{
    namespace field = protocol::Search::items; // those of all verbs that list presets
    Hit hit;
    hit.preset = item.integer(field::preset);
    hit.name = item.text(field::name);
    hit.synth = item.text(field::synth);
    hit.bank = item.text(field::bank);
    hit.tags = item.text(field::tags);
    hit.score = item.number(field::score);
    hit.isFavourite = item.integer(field::favourite) != 0;
    static_assert(field::noisiness - field::timbre + 1 == std::size(aspects::all));

    for (size_t n = 0; n < hit.alike.size(); ++n)
        hit.alike[n] = juce::jlimit(0.0f, 1.0f, item.number(field::timbre + static_cast<int>(n)));

    return hit;
}

const char* relationFor(float score)
{
    for (const auto& relation : aspects::relations)
        if (score >= relation.least)
            return relation.word;

    return std::end(aspects::relations)[-1].word;
}

std::vector<Facet> facetsFrom(const Items& items)
{
    namespace field = protocol::Facets::items;
    std::vector<Facet> facets;

    for (const auto& [index, item] : items)
        facets.push_back(
            {item.text(field::field), item.text(field::value), item.integer(field::count)});

    return facets;
}

void markFavourite(std::vector<Hit>& hits, int preset, bool on)
{
    for (auto& hit : hits)
        if (hit.preset == preset)
            hit.isFavourite = on;
}
} // namespace starling
