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
    return hit;
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
