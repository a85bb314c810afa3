// A cursor over bytes from outside. Whatever it answers lies inside them.
#pragma once

#include <juce_core/juce_core.h>

#include <optional>

namespace starling
{
/** Reads little endian values one after the other; nothing where fewer bytes remain. */
class ByteReader
{
  public:
    ByteReader(const void* data, size_t size)
        : next(static_cast<const juce::uint8*>(data)), left(data == nullptr ? 0 : size)
    {
    }

    size_t remaining() const noexcept { return left; }

    /** The next bytes, or null where fewer remain. */
    const juce::uint8* take(size_t count) noexcept
    {
        if (count > left)
            return nullptr;

        left -= count;
        return std::exchange(next, next + count);
    }

    std::optional<juce::uint8> byte() noexcept
    {
        const auto* at = take(1);
        return at == nullptr ? std::optional<juce::uint8>{} : *at;
    }

    std::optional<juce::uint32> word() noexcept
    {
        const auto* at = take(4);
        return at == nullptr ? std::optional<juce::uint32>{} : juce::ByteOrder::littleEndianInt(at);
    }

    std::optional<juce::uint64> longWord() noexcept
    {
        const auto* at = take(8);
        return at == nullptr ? std::optional<juce::uint64>{}
                             : juce::ByteOrder::littleEndianInt64(at);
    }

  private:
    const juce::uint8* next;
    size_t left;
};

/** Whether these bytes are text that JUCE may read: UTF-8 without a zero in it. */
inline bool isText(const juce::uint8* bytes, size_t size) noexcept
{
    return std::find(bytes, bytes + size, juce::uint8{0}) == bytes + size &&
           juce::CharPointer_UTF8::isValidString(reinterpret_cast<const char*>(bytes),
                                                 static_cast<int>(size));
}
} // namespace starling
