// Which tensors a network has, of what shape each is, and where it goes.
#include "samplernn/interface.h"
#include "samplernn/network.h"

#include <algorithm>

namespace starling::samplernn
{
namespace
{
const char* const part_names[SAMPLERNN_PARTS] = {
    "expand",     "input",           "input bias", "hidden",     "hidden bias",
    "upsample",   "position",        "table",      "mlp hidden", "mlp hidden bias",
    "mlp output", "mlp output bias", "excess",     "rates",      "biases"};

bool of_a_layer(int part)
{
    return part >= SAMPLERNN_INPUT && part <= SAMPLERNN_HIDDEN_BIAS;
}
bool of_a_tier(int part)
{
    return part <= SAMPLERNN_POSITION;
}

void place(Network& net, Matrix& m, int rows, int columns, bool rounded)
{
    m.rows = rows;
    m.columns = columns;
    m.bias = net.arena.take<float>(rows);
    m.watched = net.watched;
    if (!rounded)
        return;
    net.watched += columns;
    m.divisor = net.arena.take<float>(columns);
    std::fill_n(m.divisor, columns, 1.0f);
}

void place_tier(Network& net, int at)
{
    const Shape& shape = net.shape;
    const int wide = shape.wide();
    Tier& tier = net.tiers[at];
    tier.ratio = shape.frame_sizes[at];
    tier.frame = tier.ratio * (at ? net.tiers[at - 1].frame : 1);
    tier.width = padded(shape.handed_down(at));
    place(net, tier.expand, wide, tier.frame, false);
    tier.layers.resize(shape.layers);
    for (Layer& layer : tier.layers)
    {
        place(net, layer.input, shape.gates() * wide, wide, true);
        place(net, layer.hidden, shape.gates() * wide, wide, true);
    }
    place(net, tier.upsample, tier.width * (shape.shared ? 1 : tier.ratio), wide, true);
    tier.position = net.arena.take<float>(size_t(tier.ratio) * tier.width);
}

} // namespace

const char* name_of(int part)
{
    return part_names[part];
}

size_t index_of(const Network& net, int part, int tier, int layer)
{
    return static_cast<size_t>((part * net.shape.tiers() + tier) * net.shape.layers + layer);
}

Layout layout_of(const Network& net, int part, int tier)
{
    const Shape& shape = net.shape;
    const int gates = shape.gates(), dim = shape.dim, mlp = shape.mlp;
    const Tier& its = net.tiers[of_a_tier(part) ? tier : 0];
    const int down = shape.handed_down(of_a_tier(part) ? tier : 0);
    switch (part)
    {
    case SAMPLERNN_EXPAND:
        return {1, dim, its.frame};
    case SAMPLERNN_INPUT:
    case SAMPLERNN_HIDDEN:
        return {gates, dim, dim};
    case SAMPLERNN_INPUT_BIAS:
    case SAMPLERNN_HIDDEN_BIAS:
        return {gates, dim, 1};
    case SAMPLERNN_UPSAMPLE:
        return {shape.shared ? 1 : its.ratio, down, dim};
    case SAMPLERNN_POSITION:
        return {its.ratio, down, 1};
    case SAMPLERNN_TABLE:
        return {net.rows() * levels, mlp, 1};
    case SAMPLERNN_MLP_HIDDEN:
        return {1, mlp, mlp};
    case SAMPLERNN_MLP_HIDDEN_BIAS:
        return {1, mlp, 1};
    case SAMPLERNN_MLP_OUTPUT:
        return {1, levels, mlp};
    case SAMPLERNN_EXCESS:
        return {1, spreads * levels, 1};
    case SAMPLERNN_RATES:
        return {1, spreads, 1};
    default:
        return {1, levels, 1};
    }
}

void lay_out(Network& net)
{
    const Shape& shape = net.shape;
    net.tiers.resize(shape.tiers());
    for (int at = 0; at < shape.tiers(); ++at)
        place_tier(net, at);
    place(net, net.hidden, shape.thin(), shape.thin(), true);
    place(net, net.output, levels, shape.thin(), true);
    net.excess = net.arena.take<float>(size_t{spreads} * levels);
    net.rates = net.arena.take<float>(spreads);
    net.biases = net.arena.take<float>(levels);
    net.hidden.positive = net.output.positive = true;
    net.present.resize(index_of(net, SAMPLERNN_PARTS, 0, 0));
}

Matrix* matrix_of(Network& net, int part, int tier, int layer)
{
    switch (part)
    {
    case SAMPLERNN_EXPAND:
        return &net.tiers[tier].expand;
    case SAMPLERNN_INPUT:
        return &net.tiers[tier].layers[layer].input;
    case SAMPLERNN_HIDDEN:
        return &net.tiers[tier].layers[layer].hidden;
    case SAMPLERNN_UPSAMPLE:
        return &net.tiers[tier].upsample;
    case SAMPLERNN_MLP_HIDDEN:
        return &net.hidden;
    case SAMPLERNN_MLP_OUTPUT:
        return &net.output;
    default:
        return nullptr;
    }
}

float* vector_of(Network& net, int part, int tier, int layer)
{
    switch (part)
    {
    case SAMPLERNN_INPUT_BIAS:
        return net.tiers[tier].layers[layer].input.bias;
    case SAMPLERNN_HIDDEN_BIAS:
        return net.tiers[tier].layers[layer].hidden.bias;
    case SAMPLERNN_POSITION:
        return net.tiers[tier].position;
    case SAMPLERNN_MLP_HIDDEN_BIAS:
        return net.hidden.bias;
    case SAMPLERNN_EXCESS:
        return net.excess;
    case SAMPLERNN_RATES:
        return net.rates;
    case SAMPLERNN_BIASES:
        return net.biases;
    default:
        return net.output.bias;
    }
}

std::string misfit(const Network& net, int part, int tier, int layer, int64_t size)
{
    if (part < 0 || part >= SAMPLERNN_PARTS)
        return "part must be 0 to " + std::to_string(SAMPLERNN_PARTS - 1) + ", got " +
               std::to_string(part);
    if (tier < 0 || tier >= (of_a_tier(part) ? net.shape.tiers() : 1))
        return std::string(part_names[part]) + " has no tier " + std::to_string(tier);
    if (layer < 0 || layer >= (of_a_layer(part) ? net.shape.layers : 1))
        return std::string(part_names[part]) + " has no layer " + std::to_string(layer);
    const int64_t wanted = layout_of(net, part, tier).size();
    if (size != wanted)
        return std::string(part_names[part]) + " must have " + std::to_string(wanted) +
               " numbers, got " + std::to_string(size);
    return {};
}
std::string missing(const Network& net)
{
    const int parts = net.prediction.order ? SAMPLERNN_PARTS : SAMPLERNN_EXCESS;
    for (int part = 0; part < parts; ++part)
        for (int tier = 0; tier < (of_a_tier(part) ? net.shape.tiers() : 1); ++tier)
            for (int layer = 0; layer < (of_a_layer(part) ? net.shape.layers : 1); ++layer)
                if (!net.present[index_of(net, part, tier, layer)])
                    return std::string("the network lacks ") + part_names[part] + " of tier " +
                           std::to_string(tier) + ", layer " + std::to_string(layer);
    return {};
}
} // namespace starling::samplernn
