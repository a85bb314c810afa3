// The plain C interface of the NES's sound chip: an opaque handle, arrays, codes. Functions that
// return int give 0, or -1 and a sentence in apu_error(). A chip is not thread-safe. apu_render()
// neither allocates nor locks: an audio thread may call it.
#pragma once

#include <cstdint>

#if defined(_WIN32)
#define APU_API extern "C" __declspec(dllexport)
#else
#define APU_API extern "C" __attribute__((visibility("default")))
#endif

namespace starling::apu
{
struct Player;
} // namespace starling::apu

using apu_chip = starling::apu::Player;

/** What follows the mixer. */
enum apu_output : int32_t
{
    APU_BARE = 0,   // nothing
    APU_NES = 1,    // high-passes of 90 and 440 Hz, a low-pass of 14 kHz
    APU_FAMICOM = 2 // a high-pass of 37 Hz
};

/** Raised whenever a function or the meaning of an argument changes. */
APU_API int32_t apu_abi(void);

/** Why the last call on this thread failed. */
APU_API const char* apu_error(void);

/** A chip that has just been switched on. `clock` is the processor's, in Hz; writes come with times
    of `time_rate` a second. */
APU_API int32_t apu_new(int32_t sample_rate, int32_t clock, int32_t time_rate, int32_t output,
                        apu_chip** made);
APU_API void apu_free(apu_chip* chip);

/** The program's memory from 0x8000 on, 32768 bytes, which sampled sound is read from. */
APU_API int32_t apu_memory(apu_chip* chip, const uint8_t* bytes, int64_t size);

/** Samples by which the sound comes later than the writes. */
APU_API int32_t apu_delay(void);

/** The next `frames` samples. Of `count` writes, in order of time, those that come before the end
    are made, `taken` of them; one whose time has passed is made at once. Times count from when the
    chip was switched on. */
APU_API int32_t apu_render(apu_chip* chip, const int64_t* times, const uint8_t* addresses,
                           const uint8_t* values, int64_t count, int64_t* taken, float* samples,
                           int64_t frames);
