#include "Project/ProjectFile.h"

#include "Project/ByteReader.h"
#include "Project/OldTree.h"

namespace starling
{
namespace
{
constexpr juce::uint32 magic = 0x4c525453; // "STRL", little endian
constexpr int firstFlat = 7;               // formats before it hold a ValueTree
const juce::Identifier state("state");

/** FNV-1a: distinguishes a damaged project from a good one; no defence against intent. */
juce::uint64 checksum(const void* data, size_t size)
{
    auto hash = juce::uint64{14695981039346656037u};

    for (size_t i = 0; i < size; ++i)
        hash = (hash ^ static_cast<const juce::uint8*>(data)[i]) * juce::uint64{1099511628211u};

    return hash;
}

ReadTree damaged(const juce::String& reason)
{
    return {{}, "This project's Starling data is damaged (" + reason + "); it was left alone."};
}
} // namespace

void writeHeader(int format, const juce::MemoryBlock& payload, juce::OutputStream& out)
{
    out.writeInt(static_cast<int>(magic));
    out.writeInt(format);
    out.writeInt(static_cast<int>(payload.getSize()));
    out.writeInt64(static_cast<juce::int64>(checksum(payload.getData(), payload.getSize())));
    out.write(payload.getData(), payload.getSize());
}

void writeProject(const juce::ValueTree& tree, juce::MemoryBlock& out)
{
    juce::MemoryOutputStream records;
    writeRecords(tree, records);
    juce::MemoryOutputStream stream(out, false);
    writeHeader(projectFormat, records.getMemoryBlock(), stream);
}

ReadTree readProject(const void* data, size_t size)
{
    ByteReader reader(data, size);
    const auto first = reader.word(), format = reader.word(), length = reader.word();
    const auto expected = reader.longWord();

    if (!expected || first != magic)
        return {{}, "This project's Starling data was not written by Starling; it was left alone."};

    if (static_cast<int>(*format) > projectFormat)
        return {{},
                "This project was saved by a newer Starling (format " + juce::String(*format) +
                    "); this one reads up to format " + juce::String(projectFormat) +
                    ". Please update."};

    const auto remaining = reader.remaining();
    const auto* payload = reader.take(*length);

    if (payload == nullptr)
        return damaged(juce::String(*length) + " bytes where " +
                       juce::String(static_cast<juce::int64>(remaining)) + " remain");

    if (checksum(payload, *length) != *expected)
        return damaged("its checksum is another");

    auto read = static_cast<int>(*format) < firstFlat ? readOldTree(payload, *length)
                                                      : readRecords(payload, *length);

    if (read.error.isNotEmpty())
        return damaged(read.error);

    return read.tree.hasType(state) ? read : damaged("it holds no project");
}
} // namespace starling
