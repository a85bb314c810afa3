#include "measure/built_plugin.h"

#include <algorithm>
#include <cmath>

namespace harness
{
float BuiltPlugin::peak() const
{
    auto result = 0.0f;

    for (const auto& channel : out)
        for (const auto sample : channel)
            result = std::max(result, std::abs(sample));

    return result;
}
} // namespace harness
