// The whole chip: registers in, samples out.
#pragma once

#include "apu/frames.h"
#include "apu/samples.h"
#include "apu/steps.h"
#include "apu/voices.h"

namespace starling::apu
{
/** What follows the mixer. */
enum class Output : int
{
    bare = 0,   // nothing
    nes = 1,    // high-passes of 90 and 440 Hz, a low-pass of 14 kHz
    famicom = 2 // a high-pass of 37 Hz
};

/** A high-pass of first order. */
class HighPass
{
  public:
    HighPass(double cutoff_hz, double sample_rate);
    double filter(double sample);

  private:
    double gain_, feedback_, state_ = 0;
};

class Chip
{
  public:
    Chip(int sample_rate, int clock, Output output);

    /** Samples by which the sound comes later than the writes. */
    static constexpr int delay = Taps::delay;
    static constexpr int64_t block = Steps::block;

    void set_memory(const uint8_t* bytes);

    /** The first cycle that the next `count` samples do not need: write what comes before it. */
    Cycle end_of(int64_t count) const { return steps_.cycle_of(made_ + count); }

    /** Write to a register (0x00 to 0x17) at a cycle, or now if that has passed. */
    void write(Cycle at, int address, uint8_t value);

    /** The next samples, at most a block. */
    void read(float* samples, int64_t count);

  private:
    enum Voice
    {
        pulse_1,
        pulse_2,
        triangle,
        noise,
        sampled,
        voices
    };

    template <class Work>
    void with(int voice, const Work& work);
    void run(Cycle end);
    void frame(bool half, Cycle at);
    void clock(int voice, Cycle end);
    void apply(int address, uint8_t value);
    void enable(uint8_t value);
    void update(int voice, Cycle at);
    void update_all(Cycle at);
    void emit(Cycle at);
    float mixed() const;

    Pulse first_{true}, second_{false};
    Triangle triangle_;
    Noise noise_;
    Samples samples_;
    Frames frames_;
    Steps steps_;
    std::vector<HighPass> high_passes_;
    std::array<Cycle, voices> next_{};
    std::array<int, voices> levels_{};
    float level_ = 0;
    Cycle now_ = 0;
    int64_t made_ = 0;
};
} // namespace starling::apu
