// How loud a channel is: volume, expression and pan, as engine/render/controllers.py applies them.
// Audio thread only.
#pragma once

#include <algorithm>
#include <array>

namespace starling
{
/** A gain for either side, which takes 5 ms to change. */
class Level
{
  public:
    static constexpr int longest = 64; // frames that mix() takes at once

    /** Full at once. */
    void prepare(double rate) noexcept;

    /** By General MIDI's square law, from the values of the controllers. */
    void set(int volume, int expression, int pan) noexcept;

    /** Whether it changes nothing. */
    bool isFull() const noexcept { return passed >= width && to == Sides{1.0f, 1.0f}; }

    /** Volume and expression, where there are no two sides. */
    double gain() const noexcept { return loudness; }

    /** Be where it goes. */
    void settle() noexcept { passed = width; }

    void advance(int frames) noexcept { passed = std::min(width, passed + frames); }

    /** Mix in what `render(left, right)` adds to silence. */
    template <class Render>
    void mix(float* left, float* right, int frames, Render&& render) const noexcept
    {
        if (isFull())
            return render(left, right);

        std::array<float, longest> sides[2] = {{}, {}};
        render(sides[0].data(), sides[1].data());

        for (int n = 0; n < frames; ++n)
        {
            left[n] += at(0, n) * sides[0][static_cast<size_t>(n)];
            right[n] += at(1, n) * sides[1][static_cast<size_t>(n)];
        }
    }

  private:
    using Sides = std::array<float, 2>;

    /** Counted from the change on, so that it does not matter how long the host's blocks are. */
    float at(size_t side, int frame) const noexcept
    {
        const auto share = static_cast<float>(passed + frame) / static_cast<float>(width);
        return passed + frame >= width ? to[side] : from[side] + share * (to[side] - from[side]);
    }

    Sides from{1.0f, 1.0f}, to{1.0f, 1.0f};
    double loudness = 1.0;
    int passed = 1, width = 1; // frames
};
} // namespace starling
