// The C interface: voices of a batch are begun, told how to draw, and advanced together.
#include "samplernn/checked.h"
#include "samplernn/interface.h"
#include "samplernn/network.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace starling::samplernn;

namespace
{
constexpr int most_voices = 1024;

template <class T>
T** rows(Arena& arena, int count, int64_t width)
{
    T** made = arena.take<T*>(count);
    for (int v = 0; v < count; ++v)
        made[v] = arena.take<T>(width);
    return made;
}

void make_voice(const Network& net, Arena& arena, Voice& voice)
{
    const Shape& shape = net.shape;
    const int64_t wide = shape.wide();
    voice.history = arena.take<uint8_t>(2 * net.lookback());
    voice.state = arena.take<float>(shape.tiers() * shape.states() * shape.layers * wide);
    voice.inputs = arena.take<float>(shape.tiers() * wide);
    for (const Tier& tier : net.tiers)
        voice.down.push_back(arena.take<float>(tier.upsample.rows));
    voice.recent = arena.take<uint8_t>(net.rows());
    if (net.prediction.order)
        make(voice.predictor, net.prediction, arena);
}

void make_scratch(const Network& net, Arena& arena, Scratch& s, int count)
{
    const int wide = net.shape.wide(), thin = net.shape.thin();
    const int64_t most = std::max({wide, thin, padded(net.lookback())});
    s.x = rows<float>(arena, count, wide);
    s.gates_input = rows<float>(arena, count, net.shape.gates() * wide);
    s.gates_hidden = rows<float>(arena, count, net.shape.gates() * wide);
    s.one = rows<float>(arena, count, most);
    s.two = rows<float>(arena, count, thin);
    s.logits = rows<float>(arena, count, levels);
    s.bytes = rows<int8_t>(arena, count, most);
    s.unsigned_bytes = rows<uint8_t>(arena, count, most);
    s.scales = arena.take<float>(count);
    s.from = arena.take<const float*>(count);
    s.to = arena.take<float*>(count);
}

std::string no_voice(const Batch& batch, int voice)
{
    return outside("voice", voice, 0, static_cast<int64_t>(batch.voices.size()) - 1);
}

void copy_inputs(const Network& net, Voice& voice, const float* inputs)
{
    const Shape& shape = net.shape;
    for (int tier = 0; tier < shape.tiers(); ++tier)
        std::copy_n(inputs + int64_t{tier} * shape.dim, shape.dim,
                    voice.inputs + int64_t{tier} * shape.wide());
}

int state_rows(const Shape& shape)
{
    return shape.tiers() * shape.states() * shape.layers;
}

/** Which of the voices to be advanced cannot be. */
std::string problem(const Batch& batch, const int32_t* voices, int count, int64_t samples)
{
    std::vector<bool> taken(batch.voices.size());
    for (int i = 0; i < count; ++i)
    {
        if (auto why = no_voice(batch, voices[i]); !why.empty())
            return why;
        if (!batch.voices[voices[i]].begun)
            return "voice " + std::to_string(voices[i]) + " has not been started";
        if (taken[voices[i]])
            return "voice " + std::to_string(voices[i]) + " is named twice";
        taken[voices[i]] = true;
    }
    return outside("samples", samples, 0, int64_t{1} << 40);
}

/** Advance voices, those at the same place of a frame together. */
void advance(Batch& batch, Mode mode, const int32_t* voices, int count, int64_t samples,
             const uint8_t* given, uint8_t* made, float* bits)
{
    const Network& net = *batch.network;
    std::map<int64_t, std::vector<int>> by_phase;
    for (int i = 0; i < count; ++i)
        by_phase[batch.voices[voices[i]].position % net.lookback()].push_back(i);
    for (const auto& [phase, those] : by_phase)
    {
        std::vector<Voice*> here;
        std::vector<const uint8_t*> from;
        std::vector<uint8_t*> to;
        std::vector<float*> costs;
        for (const int i : those)
        {
            here.push_back(&batch.voices[voices[i]]);
            from.push_back(given ? given + i * samples : nullptr);
            to.push_back(made ? made + i * samples : nullptr);
            costs.push_back(bits ? bits + i * samples : nullptr);
        }
        const Span span{mode,      here.data(), static_cast<int>(here.size()), samples, from.data(),
                        to.data(), costs.data()};
        net.backend->advance(net, batch.scratch, span);
    }
}
} // namespace

int32_t samplernn_batch_new(const samplernn_network* network, int32_t count, samplernn_batch** made)
{
    return guarded(
        [&]() -> std::string
        {
            if (auto why = first_of({missing(*network), outside("voices", count, 1, most_voices)});
                !why.empty())
                return why;
            auto batch = std::make_unique<Batch>();
            batch->network = network;
            batch->voices.resize(count);
            for (Voice& voice : batch->voices)
                make_voice(*network, batch->arena, voice);
            make_scratch(*network, batch->arena, batch->scratch, count);
            *made = batch.release();
            return {};
        });
}

void samplernn_batch_free(samplernn_batch* batch)
{
    delete batch;
}

int32_t samplernn_start(samplernn_batch* batch, int32_t voice, uint64_t seed, const float* state,
                        const float* inputs, int32_t silence)
{
    return guarded(
        [&]() -> std::string
        {
            if (auto why =
                    first_of({no_voice(*batch, voice), outside("silence", silence, 0, levels - 1)});
                !why.empty())
                return why;
            const Network& net = *batch->network;
            const Shape& shape = net.shape;
            Voice& its = batch->voices[voice];
            its.begun = true;
            its.stale = false;
            its.seed = seed;
            its.position = its.drawn = 0;
            its.draw = {};
            std::fill_n(its.history, 2 * net.lookback(), static_cast<uint8_t>(silence));
            for (int row = 0; row < state_rows(shape); ++row)
                std::copy_n(state + int64_t{row} * shape.dim, shape.dim,
                            its.state + int64_t{row} * shape.wide());
            copy_inputs(net, its, inputs);
            if (net.prediction.order)
                begin(its.predictor, net.prediction);
            return {};
        });
}

int32_t samplernn_inputs(samplernn_batch* batch, int32_t voice, const float* inputs)
{
    return guarded(
        [&]
        {
            auto why = no_voice(*batch, voice);
            if (why.empty())
                copy_inputs(*batch->network, batch->voices[voice], inputs);
            return why;
        });
}

int32_t samplernn_draw(samplernn_batch* batch, int32_t voice, double temperature, double top_p,
                       double min_p)
{
    return guarded(
        [&]() -> std::string
        {
            if (auto why = no_voice(*batch, voice); !why.empty())
                return why;
            if (!(temperature > 0.0) || !std::isfinite(1.0 / temperature))
                return "temperature must be above 0, got " + std::to_string(temperature);
            if (!(top_p > 0.0 && top_p <= 1.0))
                return "top_p must be above 0 and at most 1, got " + std::to_string(top_p);
            if (!(min_p >= 0.0 && min_p <= 1.0))
                return "min_p must be 0 to 1, got " + std::to_string(min_p);
            batch->voices[voice].draw = {static_cast<float>(1.0 / temperature), top_p,
                                         static_cast<float>(min_p)};
            return {};
        });
}

int32_t samplernn_force(samplernn_batch* batch, const int32_t* voices, int32_t count,
                        const uint8_t* given, int64_t samples, float* bits)
{
    return guarded(
        [&]
        {
            auto why = problem(*batch, voices, count, samples);
            if (why.empty())
                advance(*batch, bits ? Mode::score : Mode::read, voices, count, samples, given,
                        nullptr, bits);
            return why;
        });
}

int32_t samplernn_generate(samplernn_batch* batch, const int32_t* voices, int32_t count,
                           int64_t samples, uint8_t* made)
{
    return guarded(
        [&]
        {
            auto why = problem(*batch, voices, count, samples);
            if (why.empty())
                advance(*batch, Mode::generate, voices, count, samples, nullptr, made, nullptr);
            return why;
        });
}

int64_t samplernn_position(const samplernn_batch* batch, int32_t voice)
{
    return no_voice(*batch, voice).empty() ? batch->voices[voice].position : -1;
}

int32_t samplernn_state(const samplernn_batch* batch, int32_t voice, float* state)
{
    return guarded(
        [&]
        {
            auto why = no_voice(*batch, voice);
            const Shape& shape = batch->network->shape;
            for (int row = 0; why.empty() && row < state_rows(shape); ++row)
                std::copy_n(batch->voices[voice].state + int64_t{row} * shape.wide(), shape.dim,
                            state + int64_t{row} * shape.dim);
            return why;
        });
}

int32_t samplernn_watch(samplernn_batch* batch)
{
    return guarded(
        [&]() -> std::string
        {
            if (!batch->scratch.watch)
                batch->scratch.watch = batch->arena.take<float>(batch->network->watched);
            return {};
        });
}

int32_t samplernn_watched(const samplernn_batch* batch, int32_t part, int32_t tier, int32_t layer,
                          float* largest, int64_t size)
{
    return guarded(
        [&]() -> std::string
        {
            const Network& net = *batch->network;
            const bool legal =
                tier >= 0 && tier < net.shape.tiers() && layer >= 0 && layer < net.shape.layers;
            const Matrix* m =
                legal ? matrix_of(const_cast<Network&>(net), part, tier, layer) : nullptr;
            if (!m || !m->divisor)
                return "part " + std::to_string(part) + " is no matrix that is rounded";
            if (!batch->scratch.watch)
                return "nothing was noted: samplernn_watch comes first";
            if (auto why = outside("columns", size, 1, m->columns); !why.empty())
                return why;
            std::copy_n(batch->scratch.watch + m->watched, size, largest);
            return {};
        });
}
