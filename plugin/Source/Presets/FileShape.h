// The picture of a sound file that is searched with. Worker thread only; the picture is a value.
#pragma once

#include <juce_audio_formats/juce_audio_formats.h>

namespace starling
{
/** Lowest and highest sample of each of many equal parts of a file. */
struct FileShape
{
    double seconds = 0.0;
    std::vector<juce::Range<float>> columns;
};

/** Read the first ten minutes of a WAV, AIFF, FLAC or Ogg file, which is what a search takes parts
    of; null when it cannot be read. */
std::shared_ptr<const FileShape> readFileShape(const juce::File& file);
} // namespace starling
