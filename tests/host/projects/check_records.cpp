// The bytes of projects: what format 7 is, and what readers do with bytes that no Starling wrote.
#include "projects/saved_project.h"

#include "Project/RecordTable.h"

namespace harness
{
namespace
{
using starling::FieldKind;
using starling::PluginProcessor;

juce::MemoryBlock fromHex(const char* text)
{
    juce::MemoryBlock bytes;
    bytes.loadFromHexString(text);
    return bytes;
}

juce::MemoryBlock recordsOf(const juce::ValueTree& tree)
{
    juce::MemoryOutputStream out;
    starling::writeRecords(tree, out);
    return out.getMemoryBlock();
}

starling::ReadTree read(const juce::MemoryBlock& records)
{
    return starling::readRecords(records.getData(), records.getSize());
}

juce::MemoryBlock joined(const juce::MemoryBlock& first, const juce::MemoryBlock& second)
{
    auto result = first;
    result.append(second.getData(), second.getSize());
    return result;
}

void goldenBytes(Checks& check)
{
    const juce::ValueTree tree(
        "state", {},
        {{"parameter", {{"name", "tune"}, {"value", 0.5}, {"touched", true}}},
         {"preset", {{"id", 7}}, {{"zone", {{"root", 64}, {"flac", juce::var("ab", 2)}}}}}});
    const auto bytes = fromHex("50 41 52 4d 1c 00 00 00"                // PARM
                               "01 04 00 00 00 74 75 6e 65"             // name: tune
                               "02 08 00 00 00 00 00 00 00 00 00 e0 3f" // value: 0.5
                               "03 01 00 00 00 01"                      // touched: true
                               "50 52 53 54 09 00 00 00"                // PRST
                               "01 04 00 00 00 07 00 00 00"             // id: 7
                               "5a 4f 4e 45 10 00 00 00"                // ZONE
                               "03 04 00 00 00 40 00 00 00"             // root: 64
                               "04 02 00 00 00 61 62");                 // flac: ab
    check.that(recordsOf(tree) == bytes, "format 7 is written as ever");
    check.that(read(bytes).tree.isEquivalentTo(tree), "and read");
}

juce::var anyValue(const starling::FieldSpec& field, int seed)
{
    switch (field.kind)
    {
    case FieldKind::flag:
        return seed % 2 == 0;
    case FieldKind::whole:
        return seed * 65537;
    case FieldKind::number:
        return seed / 7.0;
    case FieldKind::text:
        return juce::String(juce::CharPointer_UTF8("\xc3\xa4")) + juce::String(seed);
    case FieldKind::bytes:
        return juce::var(&seed, sizeof seed);
    }
    return {};
}

/** Every record with every field, each value another. */
void wholeTable(Checks& check)
{
    juce::ValueTree tree("state");
    auto seed = 0;

    for (const auto& spec : starling::recordTable)
    {
        juce::ValueTree node(spec.name);

        for (const auto& field : spec)
            node.setProperty(field.name, anyValue(field, ++seed), nullptr);

        auto parent = *spec.parent == 0 ? tree : tree.getChildWithName(spec.parent);
        parent.appendChild(node, nullptr);
    }
    const auto bytes = recordsOf(tree);
    check.that(read(bytes).tree.isEquivalentTo(tree), "every record and field comes back");

    PluginProcessor plugin;
    fillProject(plugin);
    const auto saved = savedBytes(plugin);
    const auto found = starling::readProject(saved.getData(), saved.getSize()).tree;
    juce::StringArray missing;

    for (const auto& spec : starling::recordTable)
        if (const auto parent = *spec.parent == 0 ? found : found.getChildWithName(spec.parent);
            !parent.getChildWithName(spec.name).isValid())
            missing.add(spec.name);

    check.that(missing.isEmpty(), "a full project has one of each");
}

/** What a later version may add is no reason to refuse a project. */
void unknownParts(Checks& check)
{
    const auto known = fromHex("50 41 52 4d 09 00 00 00 01 04 00 00 00 74 75 6e 65");
    const auto withField =
        fromHex("50 41 52 4d 10 00 00 00 c8 02 00 00 00 ff ff 01 04 00 00 00 74 75 6e 65");
    const auto record = fromHex("4e 45 57 21 03 00 00 00 ff 00 ff");
    const auto before = read(joined(record, known)), after = read(joined(known, record));
    const auto& tree = read(known).tree;
    check.that(tree["name"].isVoid() && tree.getChild(0)["name"] == "tune", "a record alone");
    check.that(before.tree.isEquivalentTo(tree) && after.tree.isEquivalentTo(tree),
               "an unknown record is skipped");
    check.that(read(withField).tree.isEquivalentTo(tree), "and an unknown field");

    PluginProcessor plugin, loaded;
    fillProject(plugin);
    const auto saved = savedBytes(plugin);
    const juce::MemoryBlock payload(static_cast<const char*>(saved.getData()) + 20,
                                    saved.getSize() - 20);
    check.that(opens(loaded, projectOf(7, joined(record, payload))) && savedBytes(loaded) == saved,
               "a project with one opens whole");
}

void malformed(Checks& check)
{
    const std::pair<const char*, const char*> table[] = {
        {"50 41 52 4d", "a tag alone"},
        {"50 41 52 4d 09 00 00", "half a size"},
        {"50 41 52 4d 0a 00 00 00 01 04 00 00 00 74 75 6e 65", "a record longer than its bytes"},
        {"50 41 52 4d ff ff ff ff 01 04 00 00 00 74 75 6e 65", "a record of 4 GB"},
        {"50 41 52 4d 09 00 00 00 01 05 00 00 00 74 75 6e 65", "a field longer than its record"},
        {"50 41 52 4d 09 00 00 00 01 ff ff ff 7f 74 75 6e 65", "a field of 2 GB"},
        {"50 41 52 4d 08 00 00 00 02 03 00 00 00 00 00 00", "a number of 3 bytes"},
        {"50 41 52 4d 07 00 00 00 01 02 00 00 00 61 00", "a zero in a text"},
        {"50 41 52 4d 06 00 00 00 01 01 00 00 00 c3", "half a letter"},
        {"50 52 53 54 00 00 00 00 50 52 53 54 00 00 00 00", "two presets"}};

    for (const auto& [bytes, what] : table)
        check.that(read(fromHex(bytes)).error.isNotEmpty(), what);

    const auto zone = fromHex("5a 4f 4e 45 00 00 00 00");
    check.that(read(zone).error.isEmpty() && read(zone).tree.getNumChildren() == 0,
               "a zone without a preset is left out");
}

// -- formats 1 to 6 ----------------------------------------------------------------------------

/** A ValueTree's bytes, by the counts that they claim: a node `x` with no properties inside another
    of these. */
juce::MemoryBlock nested(int depth)
{
    juce::MemoryOutputStream out;
    out.write("state\0\0", 7);

    for (int n = 0; n < depth; ++n)
        out.write("\1\1x\0\0", 5); // one child: x, without properties

    out.writeByte(0);
    return out.getMemoryBlock();
}

bool isRefusedAtOnce(const juce::MemoryBlock& project)
{
    PluginProcessor plugin;
    const auto began = juce::Time::getMillisecondCounterHiRes();
    const auto isOpen = opens(plugin, project);
    const auto ms = juce::Time::getMillisecondCounterHiRes() - began;
    std::printf("     %s (%.1f ms)\n", plugin.stateError().toRawUTF8(), ms);
    return !isOpen && ms < 1000.0;
}

void oldBytes(Checks& check, const juce::File& folder)
{
    check.that(isRefusedAtOnce(projectOf(6, nested(60000))), "a tree 60,000 deep is refused");
    check.that(isRefusedAtOnce(projectOf(6, nested(4))), "one deeper than any project as well");
    const auto counts = fromHex("73 74 61 74 65 00 04 ff ff ff 7f");
    check.that(isRefusedAtOnce(projectOf(6, counts)), "2^31 - 1 properties are refused");
    const auto children = fromHex("73 74 61 74 65 00 00 04 ff ff ff 7f");
    check.that(isRefusedAtOnce(projectOf(6, children)), "and as many children");
    const auto negative = fromHex("73 74 61 74 65 00 81 01");
    check.that(isRefusedAtOnce(projectOf(6, negative)), "and a negative count");
    const auto array = fromHex("73 74 61 74 65 00 01 01 61 00 01 02 07 00 00");
    check.that(isRefusedAtOnce(projectOf(6, array)), "and an array, which may hold arrays");
    const auto longText = fromHex("73 74 61 74 65 00 01 01 61 00 04 ff ff ff 7f 05 61 00");
    check.that(isRefusedAtOnce(projectOf(6, longText)), "and a text longer than its bytes");

    juce::MemoryBlock hang;
    check.that(folder.getChildFile("hang.bin").loadFileAsData(hang), "the tree that hung is there");
    check.that(isRefusedAtOnce(hang), "it is refused as it is");

    for (int format = 1; format <= starling::projectFormat; ++format)
        check.that(isRefusedAtOnce(projectOf(format, hang)), "and in a project file");
}

/** Everything that a project holds today, in the bytes of format 6. */
void oldProjects(Checks& check)
{
    PluginProcessor plugin, older, newer;
    fillProject(plugin);
    const auto saved = savedBytes(plugin);
    check.that(opens(older, projectOf(6, oldPayload(saved))), "a project of format 6 opens");
    check.that(savedBytes(older) == saved, "and holds what it held");
    check.that(opens(newer, saved) && savedBytes(newer) == saved, "as one of format 7");
    check.that(!opens(newer, projectOf(8, oldPayload(saved))), "one of format 8 does not");
}
} // namespace

void checkRecords(Checks& check, const juce::File& folder)
{
    goldenBytes(check);
    wholeTable(check);
    unknownParts(check);
    malformed(check);
    oldBytes(check, folder);
    oldProjects(check);
    checkContents(check);
}
} // namespace harness
