#include "Project/OldTree.h"

#include "Project/ByteReader.h"

#include <vector>

namespace starling
{
namespace
{
constexpr size_t deepest = 3;      // state, preset, zone
constexpr int mostNodes = 10000;   // 1,153 sounds and zones, 54 parameters
constexpr int mostProperties = 32; // a held sound has 9
constexpr size_t longestName = 64; // of a node or a property

/** What stands before each value, as in juce_Variant.cpp. */
enum Marker : juce::uint8
{
    whole = 1,
    yes = 2,
    no = 3,
    number = 4,
    text = 5,
    longWhole = 6,
    binary = 8
};

/** Looks through a tree's bytes without making anything of them. */
class Scan
{
  public:
    Scan(const void* data, size_t size) : reader(data, size) {}

    /** Why the bytes are no tree of ours, or nothing. */
    juce::String error()
    {
        std::vector<int> open; // children to come, of the node at each level

        do
        {
            if (++nodes > mostNodes)
                return "more than " + juce::String(mostNodes) + " nodes";

            if (!name() || !properties())
                return "a malformed node";

            const auto children = count(mostNodes);

            if (!children)
                return "a malformed count of nodes";

            open.push_back(*children);

            if (open.size() >= deepest && *children > 0)
                return "more than " + juce::String(static_cast<int>(deepest)) + " levels";

            while (!open.empty() && open.back() == 0)
                open.pop_back();

            if (!open.empty())
                --open.back();
        } while (!open.empty());

        return reader.remaining() == 0 ? juce::String() : "bytes after its end";
    }

  private:
    bool name()
    {
        for (size_t length = 0; length <= longestName; ++length)
            if (const auto byte = reader.byte(); !byte || *byte >= 128)
                return false;
            else if (*byte == 0)
                return length > 0;

        return false;
    }

    /** A number as JUCE compresses it; nothing where it is negative or more than `most`. */
    std::optional<int> count(size_t most)
    {
        const auto size = reader.byte();

        if (!size || *size > 4)
            return {};

        const auto* bytes = reader.take(*size);
        size_t result = 0;

        for (int n = *size; bytes != nullptr && --n >= 0;)
            result = result << 8 | bytes[n];

        return bytes != nullptr && result <= most ? std::optional<int>(static_cast<int>(result))
                                                  : std::nullopt;
    }

    bool properties()
    {
        const auto number = count(mostProperties);

        for (int n = 0; number && n < *number; ++n)
            if (!name() || !value())
                return false;

        return number.has_value();
    }

    bool value()
    {
        const auto size = count(reader.remaining());

        if (!size || *size == 0)
            return size.has_value();

        const auto* bytes = reader.take(static_cast<size_t>(*size));

        if (bytes == nullptr)
            return false;

        const auto length = static_cast<size_t>(*size - 1); // beside the marker

        switch (bytes[0])
        {
        case whole:
            return length == 4;
        case number:
        case longWhole:
            return length == 8;
        case yes:
        case no:
            return length == 0;
        case text:
            return length > 0 && bytes[length] == 0 && isText(bytes + 1, length - 1);
        case binary:
            return true;
        default:
            return false;
        }
    }

    ByteReader reader;
    int nodes = 0;
};
} // namespace

ReadTree readOldTree(const void* data, size_t size)
{
    if (const auto error = Scan(data, size).error(); error.isNotEmpty())
        return {{}, error};

    return {juce::ValueTree::readFromData(data, size), {}};
}
} // namespace starling
