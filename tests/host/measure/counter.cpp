#include "measure/counter.h"

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <sys/syscall.h>
#include <unistd.h>

namespace harness
{
void Counter::plant(long out[4]) const
{
    std::mutex mutex;
    reset();
    enter();
    void* volatile memory = std::malloc(64);
    std::free(memory);
    mutex.lock();
    mutex.unlock();
    syscall(SYS_getppid);
    leave();
    counts(out);
    reset();
}

void printCounts(const long counted[4], const long planted[4], bool kernelCounts)
{
    std::printf("\"allocations\": %ld, \"locks\": %ld, \"system_calls\": %ld, "
                "\"last_system_call\": %ld, \"planted_allocations\": %ld, \"planted_locks\": %ld, "
                "\"planted_system_calls\": %ld, \"kernel_counts\": %s",
                counted[0], counted[1], counted[2], counted[3], planted[0], planted[1], planted[2],
                kernelCounts ? "true" : "false");
}
} // namespace harness
