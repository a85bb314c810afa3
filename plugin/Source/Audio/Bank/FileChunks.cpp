#include "Audio/Bank/FileChunks.h"

namespace starling
{
namespace
{
constexpr int nameLength = 4;
constexpr juce::int64 firstChunk = 12; // after the name of the file, its size and its kind

juce::String readName(juce::InputStream& stream)
{
    char name[nameLength + 1] = {};
    stream.read(name, nameLength);
    return juce::String(juce::CharPointer_ASCII(name));
}

bool areChunksThere(juce::InputStream& stream, bool isBigEndian)
{
    const auto size = stream.getTotalLength();
    stream.setPosition(firstChunk);

    while (stream.getPosition() + 2 * nameLength <= size)
    {
        const auto name = readName(stream);
        const auto claimed =
            static_cast<juce::uint32>(isBigEndian ? stream.readIntBigEndian() : stream.readInt());
        const auto end = stream.getPosition() + claimed + (claimed & 1u);

        if (stream.getPosition() + claimed > size)
            return name == "data" || name == "SSND"; // samples are read as far as they go

        stream.setPosition(end);
    }
    return true;
}
} // namespace

bool hasItsChunks(juce::InputStream& stream)
{
    stream.setPosition(0);
    const auto name = readName(stream);
    const auto isWav = name == "RIFF" || name == "RF64", isAiff = name == "FORM";
    const auto isThere = !(isWav || isAiff) || areChunksThere(stream, isAiff);
    stream.setPosition(0);
    return isThere;
}
} // namespace starling
