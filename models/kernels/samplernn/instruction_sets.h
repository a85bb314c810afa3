// Which of the compiled instruction sets this processor has.
#pragma once

#include "samplernn/network.h"

#include <string>

namespace starling::samplernn
{
/** The names of those that can be used, fastest first, with spaces between them. */
std::string listed();

/** The one of this name, the fastest of all where the name is empty; null where there is none. */
const Backend* backend_of(const std::string& name);
} // namespace starling::samplernn
