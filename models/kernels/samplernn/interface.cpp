// The C interface: arguments are checked here, and no exception passes it.
#include "samplernn/interface.h"

#include "samplernn/network.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <memory>
#include <string>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

using namespace starling::samplernn;

namespace
{
constexpr int32_t abi = 2;
constexpr int most_voices = 1024, most_tiers = 8, most_layers = 16, most_width = 16384;
constexpr int most_frame = 65536;
thread_local std::string sentence;

int fail(std::string why)
{
    sentence = std::move(why);
    return -1;
}

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

#if defined(__x86_64__) || defined(__i386__)
bool has_avx2()
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
bool has_avx512_vnni()
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni");
}
bool has_avx_vnni()
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    return has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}
#else
bool has_avx2()
{
    return false;
}
bool has_avx512_vnni()
{
    return false;
}
bool has_avx_vnni()
{
    return false;
}
#endif

/** Those that were compiled and that this processor has, fastest first. */
std::vector<const Backend*> usable()
{
    std::vector<const Backend*> found;
    const auto take = [&](const Backend& one, bool has)
    {
        if (one.advance && has)
            found.push_back(&one);
    };
    take(avx512_vnni, has_avx512_vnni());
    take(avx_vnni, has_avx_vnni());
    take(avx2, has_avx2());
    take(neon, true);
    take(portable, true);
    return found;
}

std::string listed()
{
    std::string names;
    for (const auto* each : usable())
        names += (names.empty() ? "" : " ") + std::string(each->name);
    return names;
}

std::string outside(const char* name, int64_t value, int64_t least, int64_t most)
{
    if (value >= least && value <= most)
        return {};
    return std::string(name) + " must be " + std::to_string(least) + " to " + std::to_string(most) +
           ", got " + std::to_string(value);
}

std::string first_of(std::initializer_list<std::string> sentences)
{
    for (const auto& each : sentences)
        if (!each.empty())
            return each;
    return {};
}

std::string problem(const Shape& shape)
{
    std::string found = first_of({outside("tiers", shape.tiers(), 1, most_tiers),
                                  outside("dim", shape.dim, 1, most_width),
                                  outside("layers", shape.layers, 1, most_layers),
                                  outside("mlp", shape.mlp, 1, most_width)});
    int64_t frame = 1;
    for (const int size : shape.frame_sizes)
    {
        frame *= size;
        if (found.empty())
            found = outside("a frame size", size, 1, most_frame);
        if (found.empty())
            found = outside("the highest tier's frame", frame, 1, most_frame);
    }
    return found;
}

const Backend* backend_of(const std::string& name)
{
    for (const auto* each : usable())
        if (name.empty() || name == each->name)
            return each;
    return nullptr;
}

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

/** The processor time that this thread has taken. */
double thread_seconds()
{
#if defined(CLOCK_THREAD_CPUTIME_ID)
    timespec now{};
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0)
        return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
#endif
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
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

int32_t samplernn_abi(void)
{
    return abi;
}

const char* samplernn_error(void)
{
    return sentence.c_str();
}

const char* samplernn_instruction_sets(void)
{
    static const std::string names = listed();
    return names.c_str();
}

int32_t samplernn_network_new(const int32_t* frame_sizes, int32_t tiers, int32_t dim,
                              int32_t layers, int32_t lstm, int32_t mlp, int32_t shared_upsampling,
                              int32_t int8, const float* scaled, const char* instruction_set,
                              samplernn_network** made)
{
    return guarded(
        [&]() -> std::string
        {
            if (auto why = outside("tiers", tiers, 1, most_tiers); !why.empty())
                return why;
            auto net = std::make_unique<Network>();
            net->shape = {{frame_sizes, frame_sizes + tiers},
                          dim,
                          layers,
                          mlp,
                          lstm != 0,
                          shared_upsampling != 0,
                          int8 != 0};
            if (auto why = problem(net->shape); !why.empty())
                return why;
            net->backend = backend_of(instruction_set);
            if (!net->backend)
                return "instruction set must be one of " + listed() + ", got " + instruction_set;
            std::copy_n(scaled, levels, net->scaled.begin());
            lay_out(*net);
            *made = net.release();
            return {};
        });
}

int32_t samplernn_tensor(samplernn_network* network, int32_t part, int32_t tier, int32_t layer,
                         const float* data, int64_t size, const float* factors)
{
    return guarded([&] { return pack(*network, part, tier, layer, data, size, factors); });
}

int32_t samplernn_complete(const samplernn_network* network)
{
    return guarded([&] { return missing(*network); });
}

int64_t samplernn_bytes(const samplernn_network* network)
{
    return static_cast<int64_t>(network->arena.bytes());
}

void samplernn_network_free(samplernn_network* network)
{
    delete network;
}

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

double samplernn_read_seconds(int64_t bytes, int32_t rounds)
{
    try
    {
        Arena arena;
        const int64_t numbers = (std::max<int64_t>(bytes, 1) / 4 / align + 1) * align;
        const float* from = arena.take<float>(numbers);
        const Backend& fastest = *usable().front();
        fastest.read(from, numbers, 1); // brings it near
        const double began = thread_seconds();
        const float sum = fastest.read(from, numbers, rounds);
        return sum == 0.0f ? thread_seconds() - began : -1.0;
    }
    catch (const std::bad_alloc&)
    {
        return -1.0;
    }
}
