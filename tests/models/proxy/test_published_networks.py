"""The published encoders have the published totals, initial weights and shapes."""

import math

import pytest
import torch
from toy_synth import SPACE, counted, draw

from starling.models.proxy import published_networks

# (num + bin, cat, sum of cardinalities) and the totals at m = 192
SYNTHS = {
    "tal": (51, 8, 52, (4_806_848, 6_138_048, 4_668_544, 7_059_264, 4_815_040)),
    "dexed": (92, 8, 49, (4_884_672, 6_167_232, 6_014_464, 7_073_856, 4_824_768)),
    "diva": (122, 51, 290, (5_439_680, 6_375_360, 8_423_872, 7_177_920, 4_894_144)),
    "diva now": (122, 51, 274, (5_406_912, 6_363_072, 8_422_848, 7_171_776, 4_890_048)),
}


def total(module: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


@pytest.mark.parametrize("synth", SYNTHS)
def test_totals_are_the_published_ones(synth: str) -> None:
    numbers, categories, cardinalities, wanted = SYNTHS[synth]
    each = [cardinalities // categories] * categories
    each[-1] += cardinalities - sum(each)
    space = counted(numbers, tuple(each))
    made = tuple(total(make(space, 192)) for make in published_networks.ENCODERS.values())
    assert made == wanted


def test_transformer_with_the_larger_audio_model() -> None:
    assert total(published_networks.transformer(counted(92, (6,) * 7 + (7,)), 1072)) == 5_050_928
    assert total(published_networks.transformer(counted(122, (5,) * 50 + (40,)), 1072)) == 5_120_304


@pytest.mark.parametrize("name", published_networks.ENCODERS)
def test_shapes_and_gradients(name: str) -> None:
    network = published_networks.ENCODERS[name](SPACE, 24)
    out = network(SPACE.unit(draw(8, 0)))
    assert out.shape == (8, 24)
    out.square().mean().backward()
    assert all(w.grad is not None and w.grad.isfinite().all() for w in network.parameters())


def test_one_hot_puts_numbers_first_then_blocks() -> None:
    unit = SPACE.unit(draw(1, 1))
    unit[0] = torch.tensor([0.25, 2, 0.5, 0.75, 1, 0.1])
    assert published_networks.OneHot(SPACE)(unit)[0].tolist() == pytest.approx(
        [0.25, 0.5, 0.75, 1, 0.1, 0, 0, 1]
    )


def test_tokens_keep_the_order_of_the_schema() -> None:
    entry = published_networks.Tokens(SPACE, 4)
    unit = torch.tensor([[0.25, 2, 0.5, 0.75, 1, 0.0]])
    tokens = entry(unit)[0]
    assert torch.equal(tokens[0], 0.25 * entry.vectors[0])
    assert torch.equal(tokens[1], entry.table[2])
    assert torch.equal(tokens[5], torch.zeros(4))  # the published flaw: value 0 says nothing


@torch.no_grad()
def test_initial_weights() -> None:
    torch.manual_seed(0)
    highway = published_networks.Highway(768)
    assert highway.gate.bias.eq(-1).all()
    assert float(highway.block[0].weight.std()) == pytest.approx(math.sqrt(2 / 768), rel=0.02)
    recurrent = published_networks.LastStates(384).gru.weight_hh_l0
    assert torch.allclose(recurrent.T @ recurrent, torch.eye(192), atol=1e-4)
    layer = published_networks.FirstToken().layers.layers[0]
    assert float(layer.self_attn.in_proj_weight.std()) == pytest.approx(0.02, rel=0.05)
    assert layer.linear1.bias.eq(0).all()


def test_schedule_holds_falls_restarts_and_falls() -> None:
    rate = [
        published_networks.published_rate(1.0, share)
        for share in (0, 0.012, 0.3333, 0.33334, 1.0, 2.0)
    ]
    assert rate[:2] == [1.0, 1.0]
    assert rate[2] < 1e-3
    assert rate[3] == pytest.approx(1.0, abs=1e-3)
    assert rate[4:] == [published_networks.FLOOR] * 2


def test_every_encoder_has_a_recipe_for_every_published_synth() -> None:
    for synth, table in published_networks.RECIPES.items():
        assert (
            table.keys() == published_networks.ENCODERS.keys() == published_networks.TITLES.keys()
        ), synth
    assert published_networks.recipe("mlp", "Dexed").rate == 1.2e-2
    assert published_networks.recipe("mlp", "amsynth") == published_networks.RECIPES["tal"]["mlp"]
