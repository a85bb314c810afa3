// One step of the network for voices at the same position, over a policy P of an instruction set.
#pragma once

#include "samplernn/first_layer.h"
#include "samplernn/matrix.h"
#include "samplernn/sampling.h"

#include <algorithm>

namespace starling::samplernn
{
namespace
{
template <class P>
class Step
{
  public:
    static void advance(const Network& network, Scratch& scratch, const Span& span)
    {
        Step step{network, scratch, span.voices, span.count};
        for (int64_t sample = 0; sample < span.samples; ++sample)
            step.one(span, sample);
    }

  private:
    const Network& net;
    Scratch& s;
    Voice* const* voices;
    int count;

    Step(const Network& network, Scratch& scratch, Voice* const* those, int many)
        : net(network), s(scratch), voices(those), count(many)
    {
    }

    void one(const Span& span, int64_t sample)
    {
        const int phase = static_cast<int>(voices[0]->position % net.lookback());
        for (int tier = net.shape.tiers() - 1; tier >= 0; --tier)
            if (phase % net.tiers[tier].frame == 0)
                step_tier(tier, phase);
        if (net.prediction.order)
            for (int v = 0; v < count; ++v)
                expect(voices[v]->predictor, net.prediction);
        if (span.mode != Mode::read)
            perceptron(phase);
        for (int v = 0; v < count; ++v)
        {
            Voice& voice = *voices[v];
            uint8_t level = 0;
            if (span.mode == Mode::generate)
                span.made[v][sample] = level =
                    choose<P>(s.logits[v], voice.draw, uniform(voice.seed, voice.drawn++));
            else
                level = span.given[v][sample];
            if (span.mode == Mode::score)
                span.bits[v][sample] = cost<P>(s.logits[v], level);
            remember(voice, phase, level, span.mode == Mode::generate);
        }
    }

    void remember(Voice& voice, int phase, uint8_t level, bool drawn)
    {
        const int lookback = net.lookback();
        voice.history[lookback + phase] = level;
        if (net.prediction.order)
            take(voice.predictor, net.prediction, level, drawn);
        ++voice.position;
        if (phase == lookback - 1)
            for (int i = 0; i < lookback; ++i)
                voice.history[i] = voice.history[lookback + i];
    }

    float* state(int v, int tier, int tensor, int layer)
    {
        const Shape& shape = net.shape;
        const int row = (tier * shape.states() + tensor) * shape.layers + layer;
        return voices[v]->state + static_cast<int64_t>(row) * shape.wide();
    }

    void multiply_rows(const Matrix& m) { multiply<P>(m, s, count); }

    void step_tier(int at, int phase)
    {
        const Tier& tier = net.tiers[at];
        for (int v = 0; v < count; ++v)
        {
            const uint8_t* before = voices[v]->history + net.lookback() + phase - tier.frame;
            for (int i = 0; i < tier.frame; ++i)
                s.one[v][i] = net.scaled[before[i]];
            s.from[v] = s.one[v];
            s.to[v] = s.x[v];
        }
        multiply_rows(tier.expand);
        for (int v = 0; v < count; ++v)
            add_above(at, phase, v);
        for (int layer = 0; layer < net.shape.layers; ++layer)
            step_layer(at, layer);
        for (int v = 0; v < count; ++v)
            voices[v]->stale |= at == 0;
        if (at)
            hand_down(at);
    }

    /** x += the voice's inputs + what the tier above has for this position. */
    void add_above(int at, int phase, int v)
    {
        const int wide = net.shape.wide();
        const float* inputs = voices[v]->inputs + static_cast<int64_t>(at) * wide;
        add(s.x[v], inputs, wide);
        if (at + 1 == net.shape.tiers())
            return;
        const Tier& above = net.tiers[at + 1];
        const int position = phase / net.tiers[at].frame % above.ratio;
        const float* down = voices[v]->down[at + 1];
        if (net.shape.shared)
            add(s.x[v], above.position + static_cast<int64_t>(position) * wide, wide);
        else
            down += static_cast<int64_t>(position) * wide;
        add(s.x[v], down, wide);
    }

    static void add(float* x, const float* y, int n)
    {
        for (int k = 0; k < n; k += P::width)
            P::store(x + k, P::add(P::load(x + k), P::load(y + k)));
    }

    void step_layer(int at, int layer)
    {
        const Layer& weights = net.tiers[at].layers[layer];
        for (int v = 0; v < count; ++v)
        {
            s.from[v] = layer ? state(v, at, 0, layer - 1) : s.x[v];
            s.to[v] = s.gates_input[v];
        }
        multiply_rows(weights.input);
        for (int v = 0; v < count; ++v)
        {
            s.from[v] = state(v, at, 0, layer);
            s.to[v] = s.gates_hidden[v];
        }
        multiply_rows(weights.hidden);
        for (int v = 0; v < count; ++v)
            if (net.shape.lstm)
                lstm(s.gates_input[v], s.gates_hidden[v], state(v, at, 0, layer),
                     state(v, at, 1, layer), net.shape.wide());
            else
                gru(s.gates_input[v], s.gates_hidden[v], state(v, at, 0, layer), net.shape.wide());
    }

    /** Gates r, z, n, as torch orders them. */
    static void gru(const float* i, const float* h, float* state, int n)
    {
        for (int k = 0; k < n; k += P::width)
        {
            const auto r = sigmoid<P>(P::add(P::load(i + k), P::load(h + k)));
            const auto z = sigmoid<P>(P::add(P::load(i + n + k), P::load(h + n + k)));
            const auto fresh =
                hyperbolic_tangent<P>(P::fma(r, P::load(h + 2 * n + k), P::load(i + 2 * n + k)));
            P::store(state + k, P::fma(z, P::sub(P::load(state + k), fresh), fresh));
        }
    }

    /** Gates i, f, g, o, as torch orders them. */
    static void lstm(const float* i, const float* h, float* state, float* cell, int n)
    {
        for (int k = 0; k < n; k += P::width)
        {
            typename P::F gate[4];
            for (int g = 0; g < 4; ++g)
                gate[g] = P::add(P::load(i + g * n + k), P::load(h + g * n + k));
            const auto added = P::mul(sigmoid<P>(gate[0]), hyperbolic_tangent<P>(gate[2]));
            const auto kept = P::fma(sigmoid<P>(gate[1]), P::load(cell + k), added);
            P::store(cell + k, kept);
            P::store(state + k, P::mul(sigmoid<P>(gate[3]), hyperbolic_tangent<P>(kept)));
        }
    }

    void hand_down(int at)
    {
        for (int v = 0; v < count; ++v)
        {
            s.from[v] = state(v, at, 0, net.shape.layers - 1);
            s.to[v] = voices[v]->down[at];
        }
        multiply_rows(net.tiers[at].upsample);
    }

    /** Logits of the next sample. */
    void perceptron(int phase)
    {
        bool stale = false;
        for (int v = 0; v < count; ++v)
        {
            stale |= voices[v]->stale;
            voices[v]->stale = false;
        }
        if (stale) // what is computed twice comes out the same
            hand_down(0);
        for (int v = 0; v < count; ++v)
        {
            first_layer(v, phase);
            s.from[v] = s.one[v];
            s.to[v] = s.two[v];
        }
        multiply_rows(net.hidden);
        for (int v = 0; v < count; ++v)
        {
            for (int k = 0; k < net.shape.thin(); k += P::width)
                P::store(s.two[v] + k, P::max(P::load(s.two[v] + k), P::set(0.0f)));
            s.from[v] = s.two[v];
            s.to[v] = s.logits[v];
        }
        multiply_rows(net.output);
        if (net.prediction.order)
            for (int v = 0; v < count; ++v)
            {
                const Predictor& predictor = voices[v]->predictor;
                const float* excess = net.excess + int64_t{predictor.spread} * levels;
                spread_out(predictor, net.prediction, excess, net.rates[predictor.spread],
                           net.biases, s.logits[v]);
            }
    }

    /** The embedded last samples through the first layer: a row of the table for each. */
    void first_layer(int v, int phase)
    {
        const Tier& tier = net.tiers[0];
        const int width = net.shape.thin();
        const int position = phase % tier.ratio;
        const float* down = voices[v]->down[0];
        const float* bias = nullptr;
        if (net.shape.shared)
            bias = tier.position + static_cast<int64_t>(position) * width;
        else
            down += static_cast<int64_t>(position) * width;
        const uint8_t* recent = voices[v]->history + net.lookback() + phase - tier.ratio;
        if (net.prediction.order)
            recent = with_expected(*voices[v], recent);
        const int rows = net.rows();
        if (net.table_f32)
            sum_float_rows<P>(net.table_f32, recent, rows, width, down, bias, s.one[v]);
        else
            sum_short_rows<P>(net.table_i16, net.table_scale, recent, rows, width, down, bias,
                              s.one[v]);
    }

    /** The rows of the last levels, then those of what is predicted and of the spread. */
    const uint8_t* with_expected(Voice& voice, const uint8_t* recent)
    {
        const int ratio = net.tiers[0].ratio;
        std::copy_n(recent, ratio, voice.recent);
        voice.recent[ratio] = voice.predictor.level;
        voice.recent[ratio + 1] = voice.predictor.spread;
        return voice.recent;
    }
};
} // namespace
} // namespace starling::samplernn
