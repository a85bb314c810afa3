// Projects that a stranger made: bytes of a good one changed at random, under a right checksum.
#include "projects/saved_project.h"

#include <sys/resource.h>

namespace harness
{
namespace
{
using starling::PluginProcessor;

constexpr double patienceMs = 2000.0; // for one project, on a machine that does other things too
constexpr long mostGrowth = 64; // MiB: what a good project takes, and a decoded sound beside it

constexpr juce::uint32 odd[] = {0,        1,        0xff,       0x100,      0xffff,
                                1u << 20, 1u << 31, 0x7fffffff, 0xffffffff, 0x80000001};

/** A place and a length in a block of this size. */
juce::Range<int> anySpan(int size, juce::Random& random)
{
    const auto begin = random.nextInt(juce::jmax(1, size));
    return {begin, juce::jmin(size, begin + 1 + random.nextInt(64))};
}

void mutate(juce::MemoryBlock& bytes, juce::Random& random)
{
    const auto size = static_cast<int>(bytes.getSize());
    const auto span = anySpan(size, random);
    const auto at = static_cast<size_t>(span.getStart()),
               count = static_cast<size_t>(span.getLength());

    if (size < 8)
        return;

    switch (random.nextInt(6))
    {
    case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.nextInt(8)));
        return;
    case 1:
        bytes[at] = static_cast<char>(random.nextInt(256));
        return;
    case 2:
    {
        const auto value = juce::ByteOrder::swapIfBigEndian(odd[random.nextInt(std::size(odd))]);
        return bytes.copyFrom(&value, juce::jmin(span.getStart(), size - 4), sizeof value);
    }
    case 3:
        return bytes.removeSection(at, count);
    case 4:
        return bytes.insert(juce::MemoryBlock(&bytes[at], count).getData(), count, at);
    default:
        if (random.nextInt(8) == 0)
            bytes.setSize(at);
    }
}

long peakMiB()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024; // KiB on Linux
}
} // namespace

int checkMutations(const Arguments& arguments)
{
    const auto count = arguments[0].getIntValue();
    const auto seed = arguments.size() > 1 ? arguments[1].getIntValue() : 1;
    PluginProcessor filled, plugin;
    fillProject(filled);
    const auto saved = savedBytes(filled);
    const juce::MemoryBlock flat(static_cast<const char*>(saved.getData()) + 20,
                                 saved.getSize() - 20);
    const auto old = oldPayload(saved);
    const auto before = peakMiB();
    auto slowest = 0.0;
    auto opened = 0;

    for (int n = 0; n < count; ++n)
    {
        juce::Random random(seed + n); // so that one of them can be had again alone
        const auto isFlat = n % 2 == 0;
        auto payload = isFlat ? flat : old;

        for (int times = 1 + random.nextInt(4); times > 0; --times)
            mutate(payload, random);

        const auto project = projectOf(isFlat ? 7 : 1 + random.nextInt(6), payload);
        const auto began = juce::Time::getMillisecondCounterHiRes();
        opened += opens(plugin, project) ? 1 : 0;
        slowest = juce::jmax(slowest, juce::Time::getMillisecondCounterHiRes() - began);
    }
    Checks check;
    const auto growth = peakMiB() - before;
    std::printf("     %d of %d opened; slowest %.1f ms; %ld MiB more\n", opened, count, slowest,
                growth);
    check.that(opened > count / 20 && opened < count, "some open and some are refused");
    check.that(slowest < patienceMs, "none takes long");
    check.that(growth < mostGrowth, "none takes much memory");
    check.that(opens(plugin, saved) && savedBytes(plugin) == saved, "a good one opens after them");
    return check.exitCode();
}
} // namespace harness
