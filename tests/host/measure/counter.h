// What count_calls.so counts, as the harness sees it.
#pragma once

#include <dlfcn.h>

namespace harness
{
/** The functions of count_calls.c, found at run time: the harness also runs without it. Made and
 * read on any thread; `thread`, `enter` and `leave` belong to the audio thread. */
struct Counter
{
    int (*thread)() = find<int (*)()>("starling_audio_thread");
    void (*enter)() = find<void (*)()>("starling_audio_enter");
    void (*leave)() = find<void (*)()>("starling_audio_leave");
    void (*counts)(long*) = find<void (*)(long*)>("starling_counts");
    void (*reset)() = find<void (*)()>("starling_reset_counts");

    bool isLoaded() const { return thread && enter && leave && counts && reset; }

    /** Do on purpose what the audio thread must not do, once each, and count that into `out`. */
    void plant(long out[4]) const;

  private:
    template <typename Function>
    static Function find(const char* name)
    {
        return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
    }
};

/** The counts as members of a JSON object, the planted ones too. */
void printCounts(const long counted[4], const long planted[4], bool kernelCounts);
} // namespace harness
