// How long calls take, by the steady clock.
#pragma once

#include <chrono>
#include <vector>

namespace harness
{
/** The times of the first `most` calls between enter() and leave(), without an allocation. Audio
 * thread. */
class BlockTimes
{
  public:
    explicit BlockTimes(size_t most) { nanoseconds.reserve(most); }

    void enter() noexcept { began = std::chrono::steady_clock::now(); }
    void leave() noexcept;

    /** In microseconds; 0 where nothing was timed. */
    double median() const;

  private:
    std::chrono::steady_clock::time_point began;
    std::vector<long long> nanoseconds;
};
} // namespace harness
