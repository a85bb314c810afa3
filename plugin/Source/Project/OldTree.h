// Projects of formats 1 to 6 hold a ValueTree as JUCE writes it. JUCE's reader calls itself for
// each level and believes every count, so their bytes are looked through here first.
#pragma once

#include "Project/Records.h"

namespace starling
{
/** The tree in these bytes, read by JUCE once its depth, counts and lengths are known to be such
    as those formats had. */
ReadTree readOldTree(const void* data, size_t size);
} // namespace starling
