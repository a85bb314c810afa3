// What every function of the C interface does with a bad argument: a sentence, and no exception.
#pragma once

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <new>
#include <string>
#include <utility>

namespace starling::samplernn
{
/** Keep the sentence for samplernn_error(). Returns -1. */
int fail(std::string why);

/** Run what may throw; 0, or -1 and a sentence. */
template <class Work>
int guarded(Work work)
{
    try
    {
        std::string why = work();
        return why.empty() ? 0 : fail(std::move(why));
    }
    catch (const std::bad_alloc&)
    {
        return fail("there is not enough memory for the network");
    }
    catch (const std::exception& error)
    {
        return fail(error.what());
    }
}

inline std::string outside(const char* name, int64_t value, int64_t least, int64_t most)
{
    if (value >= least && value <= most)
        return {};
    return std::string(name) + " must be " + std::to_string(least) + " to " + std::to_string(most) +
           ", got " + std::to_string(value);
}

inline std::string first_of(std::initializer_list<std::string> sentences)
{
    for (const auto& each : sentences)
        if (!each.empty())
            return each;
    return {};
}
} // namespace starling::samplernn
