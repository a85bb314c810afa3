#include "Sounds/Palette/SoundBudget.h"

#include <cstring>

namespace starling
{
namespace
{
/** Our encoder writes blocks of 4096 frames, each in 12 bytes or more: silence has some 500 samples
    a byte, and what claims more than this is damaged. */
constexpr juce::int64 mostPerByte = 1000;

/** Samples of all channels by STREAMINFO, which comes first (RFC 9639, 8.2); 0: not known. */
juce::int64 samplesOf(const juce::MemoryBlock& flac)
{
    constexpr size_t lengthAt = 18, end = 26;
    const auto* bytes = static_cast<const char*>(flac.getData());

    if (flac.getSize() < end || std::memcmp(bytes, "fLaC", 4) != 0 || (bytes[4] & 0x7f) != 0)
        return 0;

    const auto packed = juce::ByteOrder::bigEndianInt64(bytes + lengthAt);
    const auto frames = packed & ((juce::uint64{1} << 36) - 1); // below 20 + 3 + 5 bits
    const auto channels = (packed >> 41 & 7) + 1;
    return static_cast<juce::int64>(frames * channels);
}
} // namespace

bool SoundBudget::allows(const juce::MemoryBlock& flac)
{
    const auto samples = samplesOf(flac);
    const auto size = static_cast<juce::int64>(flac.getSize());
    const auto room = left + perByte * size;

    if (samples == 0 || samples > mostPerByte * size || samples > room)
        return false;

    left = room - samples;
    return true;
}
} // namespace starling
