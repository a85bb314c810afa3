// What sound files claim of themselves, looked at before JUCE makes room for it.
#pragma once

#include <juce_core/juce_core.h>

namespace starling
{
/** Whether no chunk of a WAV or AIFF file, its samples apart, claims more bytes than the file has.
    JUCE allocates what a chunk claims, be it 4 GB. Other files pass. The stream is rewound. */
bool hasItsChunks(juce::InputStream& stream);
} // namespace starling
