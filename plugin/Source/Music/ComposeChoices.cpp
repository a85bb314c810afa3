#include "Music/ComposeChoices.h"

#include "Wire/Protocol.h"

namespace starling
{
namespace
{
constexpr int mostBars = 512; // as the verb `compose` takes

namespace id
{
const juce::Identifier compose("compose"), model("model"), voices("voices"), bars("bars"),
    seed("seed"), prompt("prompt"), name("name"), file("file"), origin("origin");
} // namespace id

constexpr const char* voiceTable[] = {"p1", "p2", "tr", "no"};

double finite(const juce::var& saved)
{
    const auto value = static_cast<double>(saved);
    return std::isfinite(value) ? value : 0.0;
}
} // namespace

juce::String voicesText(const ComposeContents& contents)
{
    juce::StringArray names;

    for (size_t n = 0; n < contents.voices.size(); ++n)
        if (contents.voices[n])
            names.add(voiceTable[n]);

    return names.joinIntoString(" ");
}

juce::ValueTree describeChoices(const ComposeContents& contents)
{
    juce::ValueTree tree(id::compose, {{id::model, contents.model},
                                       {id::voices, voicesText(contents)},
                                       {id::bars, contents.bars},
                                       {id::seed, contents.seed}});

    for (size_t n = 0; n < contents.values.size(); ++n)
        tree.setProperty(ComposeContents::controlTable[n], contents.values[n], nullptr);

    if (contents.prompt.isThere())
        tree.appendChild({id::prompt,
                          {{id::name, contents.prompt.name},
                           {id::file, *contents.prompt.file},
                           {id::origin, contents.prompt.origin}}},
                         nullptr);

    return tree;
}

ComposeContents savedChoices(const juce::ValueTree& tree)
{
    ComposeContents result;

    if (!tree.isValid())
        return result;

    result.model = tree[id::model].toString();
    const auto names = juce::StringArray::fromTokens(tree[id::voices].toString(), " ", {});

    for (size_t n = 0; n < result.voices.size(); ++n)
        result.voices[n] = names.contains(voiceTable[n]);

    result.bars = juce::jlimit(0, mostBars, static_cast<int>(tree[id::bars]));
    result.seed = juce::jlimit(0, protocol::maxSeed, static_cast<int>(tree[id::seed]));

    for (size_t n = 0; n < result.values.size(); ++n)
        result.values[n] = static_cast<float>(finite(tree[ComposeContents::controlTable[n]]));

    const auto prompt = tree.getChildWithName(id::prompt);

    if (const auto* bytes = prompt[id::file].getBinaryData())
        result.prompt = {prompt[id::name].toString(),
                         std::make_shared<const juce::MemoryBlock>(*bytes),
                         finite(prompt[id::origin])};

    return result;
}
} // namespace starling
