#include "Engine/Inbox.h"

namespace starling
{
namespace
{
constexpr juce::int64 largestFile = 200 << 20; // an hour of CD sound is three times as much

/** Copy in pieces, so that closing the plugin need not wait for a slow disk. */
bool copyFile(const juce::File& from, const juce::File& to)
{
    constexpr int pieceSize = 1 << 20;
    juce::FileInputStream in(from);
    juce::FileOutputStream out(to);

    if (!in.openedOk() || !out.openedOk())
        return false;

    while (!in.isExhausted() && !juce::Thread::currentThreadShouldExit())
        if (out.writeFromInputStream(in, pieceSize) <= 0)
            return false;

    return in.isExhausted() && in.getStatus().wasOk() && out.getStatus().wasOk();
}
} // namespace

std::optional<juce::File> Inbox::newFile(const juce::String& name)
{
    if (folder == juce::File())
        return refuse("Searching needs the engine, and it is not connected.");

    if (folder.createDirectory().failed())
        return refuse("The folder " + folder.getFullPathName() + " cannot be written.");

    // The engine's sentences name this file, so it keeps its name; the tail keeps it unique.
    const auto legal = juce::File::createLegalFileName(name);
    const auto tail = "-" + juce::Uuid().toString().substring(0, 8);
    const auto dot = legal.lastIndexOfChar('.');
    return folder.getChildFile(dot < 0 ? legal + tail
                                       : legal.substring(0, dot) + tail + legal.substring(dot));
}

std::optional<juce::File> Inbox::copyOf(const juce::File& file)
{
    if (file.getSize() > largestFile)
        return refuse(file.getFileName() + " is larger than 200 MB; cut out a few seconds.");

    const auto copy = newFile(file.getFileName());

    if (copy && (!file.existsAsFile() || !copyFile(file, *copy)))
        return refuse(file.getFileName() + " cannot be read.");

    return copy;
}

std::optional<juce::File> Inbox::refuse(const juce::String& reason)
{
    sentence = reason;
    return {};
}
} // namespace starling
