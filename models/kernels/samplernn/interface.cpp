// The C interface: arguments are checked here, and no exception passes it. Networks are made in
// this file, batches in batch.cpp.
#include "samplernn/interface.h"

#include "samplernn/checked.h"
#include "samplernn/instruction_sets.h"
#include "samplernn/network.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

using namespace starling::samplernn;

namespace
{
constexpr int32_t abi = 4;
constexpr int most_tiers = 8, most_layers = 16, most_width = 16384;
constexpr int most_frame = 65536;
thread_local std::string sentence;

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
} // namespace

int starling::samplernn::fail(std::string why)
{
    sentence = std::move(why);
    return -1;
}

int32_t samplernn_abi(void)
{
    return abi;
}

const char* samplernn_error(void)
{
    return sentence.c_str();
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

int32_t samplernn_prediction(samplernn_network* network, int32_t order, const int32_t* samples,
                             const int16_t* window, const uint8_t* nearest, const int32_t* edges)
{
    return guarded(
        [&]() -> std::string
        {
            if (auto why = outside("order", order, 1, most_order); !why.empty())
                return why;
            if (std::find(network->present.begin(), network->present.end(), true) !=
                network->present.end())
                return "prediction must be set before the first tensor";
            fill(network->prediction, order, samples, window, nearest, edges);
            return {};
        });
}

int32_t samplernn_expected(int32_t order, const int32_t* samples, const int16_t* window,
                           const uint8_t* nearest, const int32_t* edges, const uint8_t* levels,
                           int64_t count, uint8_t* expected)
{
    return guarded(
        [&]() -> std::string
        {
            if (auto why = outside("order", order, 1, most_order); !why.empty())
                return why;
            Prediction prediction;
            fill(prediction, order, samples, window, nearest, edges);
            Arena arena;
            Predictor predictor;
            make(predictor, prediction, arena);
            for (int64_t at = 0; at < count; ++at)
            {
                expect(predictor, prediction);
                expected[3 * at] = predictor.level;
                expected[3 * at + 1] = predictor.spread;
                expected[3 * at + 2] = predictor.offset;
                take(predictor, prediction, levels[at]);
            }
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
