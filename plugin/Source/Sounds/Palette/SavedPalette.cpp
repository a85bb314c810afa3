#include "Sounds/Palette/SavedPalette.h"

namespace starling
{
namespace
{
namespace id
{
const juce::Identifier soundId("id"), recipe("recipe"), root("root"), flac("flac"),
    palette("palette"), kept("kept"), first("first"), second("second"), origin("origin"),
    amount("amount"), seed("seed"), x("x"), y("y"), locked("locked"), prime("prime");
} // namespace id

float share(const juce::var& saved, float otherwise)
{
    const auto value = static_cast<float>(saved);
    return std::isfinite(value) && !saved.isVoid() ? juce::jlimit(0.0f, 1.0f, value) : otherwise;
}
} // namespace

juce::ValueTree describeSound(const juce::Identifier& type, const Sound& sound)
{
    return {type,
            {{id::soundId, sound.info.id},
             {id::recipe, sound.info.recipe},
             {id::root, sound.info.root},
             {id::flac, sound.flac()}}};
}

SoundPointer savedSound(const juce::ValueTree& tree, SoundBudget& budget)
{
    const auto* bytes = tree[id::flac].getBinaryData();
    return bytes == nullptr || !budget.allows(*bytes)
               ? nullptr
               : decodeFlac(*bytes, {tree[id::soundId].toString(), tree[id::recipe].toString(), 0.0,
                                     tree[id::root]});
}

juce::ValueTree describePalette(const PaletteContents& contents)
{
    juce::ValueTree tree(id::palette, {{id::origin, contents.grid.recipe},
                                       {id::amount, contents.grid.amount},
                                       {id::seed, contents.grid.seed},
                                       {id::x, contents.morph.x},
                                       {id::y, contents.morph.y},
                                       {id::locked, contents.isSeedLocked}});

    for (const auto& sound : contents.kept)
        tree.appendChild(describeSound(id::kept, *sound), nullptr);

    if (contents.first != nullptr)
        tree.appendChild(describeSound(id::first, *contents.first), nullptr);

    if (contents.second != nullptr)
        tree.appendChild(describeSound(id::second, *contents.second), nullptr);

    if (contents.prime != nullptr)
        tree.appendChild(describeSound(id::prime, *contents.prime), nullptr);

    return tree;
}

PaletteContents savedPalette(const juce::ValueTree& tree, SoundBudget& budget)
{
    PaletteContents result;
    result.grid.recipe = tree[id::origin].toString();
    result.grid.amount = share(tree[id::amount], result.grid.amount);
    result.grid.seed = tree[id::seed];
    result.morph = {share(tree[id::x], 0.0f), share(tree[id::y], 0.0f)};
    result.isSeedLocked = tree[id::locked];
    result.first = savedSound(tree.getChildWithName(id::first), budget);
    result.second = savedSound(tree.getChildWithName(id::second), budget);
    result.prime = savedSound(tree.getChildWithName(id::prime), budget);

    for (const auto& child : tree)
        if (auto sound = child.hasType(id::kept) ? savedSound(child, budget) : nullptr;
            sound != nullptr && result.kept.size() < Palette::mostKept)
            result.kept.push_back(std::move(sound));

    return result;
}
} // namespace starling
