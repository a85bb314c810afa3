// The folder where the engine reads the files that we name. Worker thread only.
#pragma once

#include <juce_core/juce_core.h>

#include <optional>

namespace starling
{
/** Makes files for the engine to read. Worker thread only. */
class Inbox
{
  public:
    /** From the engine's hello. */
    void setFolder(const juce::File& newFolder) { folder = newFolder; }

    /** A file to write to that is not there yet; nothing when there is none, see error(). */
    std::optional<juce::File> newFile(const juce::String& name);

    /** A copy of a file from anywhere; nothing when it cannot be made, see error(). */
    std::optional<juce::File> copyOf(const juce::File& file);

    /** Why the last call gave nothing, as a sentence. */
    const juce::String& error() const { return sentence; }

  private:
    std::optional<juce::File> refuse(const juce::String& reason);

    juce::File folder;
    juce::String sentence;
};
} // namespace starling
