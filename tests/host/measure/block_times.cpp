#include "measure/block_times.h"

#include <algorithm>

namespace harness
{
void BlockTimes::leave() noexcept
{
    const auto taken = std::chrono::steady_clock::now() - began;

    if (nanoseconds.size() < nanoseconds.capacity())
        nanoseconds.push_back(std::chrono::nanoseconds(taken).count());
}

double BlockTimes::median() const
{
    if (nanoseconds.empty())
        return 0.0;

    auto sorted = nanoseconds;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    return static_cast<double>(*middle) / 1000.0;
}
} // namespace harness
