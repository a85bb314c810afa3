"""The network against the published figures, and against itself one sample at a time."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import TINY, network

from starling.models.samplernn import prediction, torch_voices
from starling.models.samplernn.network import (
    Config,
    SampleRNN,
    folded,
    parameter_count,
    smooth_sample_rnn,
)
from starling.models.samplernn.parts.levels import level_features
from starling.models.samplernn.quantiser import Quantiser
from starling.models.samplernn.recipes import RECIPES

SHAPES = [
    TINY,
    replace(TINY, cell="lstm", layers=2, shared_upsampling=False),
    replace(TINY, frame_sizes=(4, 2, 3), labels=("one", "two", "three")),
    replace(TINY, frame_sizes=(2,), quantiser="linear"),
    replace(TINY, weight_norm=True, embedding=7),
]


@pytest.mark.parametrize(
    ("changed", "count"),
    [
        ({}, 51_848_704),  # of the PyTorch port, as measured
        ({"weight_norm": False}, 51_842_304),
        ({"layers": 1}, 39_251_456),
        ({"dim": 512, "mlp": 512}, 14_160_896),
        ({"dim": 256, "mlp": 256}, 4_164_352),
    ],
)
def test_the_published_sizes(changed: dict[str, int], count: int) -> None:
    assert parameter_count(replace(RECIPES["published"].config, **changed)) == count


def test_drawn_as_published() -> None:
    torch.manual_seed(1)
    tier = SampleRNN(Config(dim=64, mlp=64, embedding=8)).tiers[0]
    gates = tier.rnn.weight_hh_l0.detach().chunk(3)
    assert torch.allclose(gates[2] @ gates[2].T, torch.eye(64), atol=1e-5)
    assert not torch.allclose(gates[0] @ gates[0].T, torch.eye(64), atol=1e-1)
    assert float(gates[0].abs().max()) <= (3 / 64) ** 0.5
    assert not tier.rnn.bias_hh_l0.detach().any() and not tier.initial.detach().any()
    lstm = SampleRNN(Config(dim=64, mlp=64, embedding=8, cell="lstm")).tiers[0].rnn
    assert lstm.bias_ih_l0.detach().chunk(4)[1].eq(3).all()  # the forget gate
    assert lstm.bias_ih_l0.detach().chunk(4)[0].eq(0).all()


def test_neighbouring_levels_begin_alike() -> None:
    torch.manual_seed(1)
    recipe = RECIPES["compact"]
    assert not recipe.network(recipe.config).mlp.output.weight.any(), "prediction alone"
    alone = replace(recipe.config, prediction=0)
    made = recipe.network(alone).requires_grad_(False).mlp
    for weight in (made.embedding.weight, made.output.weight):
        step = (weight[1:] - weight[:-1]).pow(2).mean()
        assert float(step / weight.var()) < 0.2  # 2 when drawn independently
    assert float(made.output.weight.std()) == pytest.approx(256**-0.5, rel=0.01)
    published = SampleRNN(Config(dim=16, mlp=16)).mlp.embedding.weight.detach()
    assert float((published[1:] - published[:-1]).pow(2).mean()) == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize("quantiser", ["mu-law", "linear"])
def test_with_prediction_what_is_drawn_is_on_average_what_was_predicted(
    quantiser: Quantiser,
) -> None:
    config = replace(TINY, quantiser=quantiser, prediction=16, weight_norm=False)
    made, numbers = smooth_sample_rnn(config), prediction.tables(quantiser)
    level, spread, offset = 200, 9, 128  # loud, 2.4 levels off
    levels = torch.full((1, config.lookback * 2), level)
    told = torch.tensor([level, spread, offset]).expand(1, config.lookback, 3)
    with torch.no_grad():
        made.mlp.output.bias.copy_(torch.linspace(-4, 4, 256).cos())  # some shape
        logits, _ = made(levels, made.initial(1), None, told)
    likely = logits[0, 0].double().softmax(0).numpy()
    step = numbers.steps[level] / 2
    wanted = numbers.samples[level] + (offset - 128) / 256 * step
    assert (likely @ numbers.samples - wanted) / step == pytest.approx(0, abs=0.1)
    assert likely.max() < 0.6


def test_features_of_levels() -> None:
    features = level_features(16)
    assert features.shape == (256, 16)
    assert features.mean(0) == pytest.approx(np.zeros(16), abs=1e-5)
    assert features.std(0) == pytest.approx(np.ones(16), abs=1e-5)
    assert bool((features[1:, :2] > features[:-1, :2]).all()), "level and sample rise"


@pytest.mark.parametrize("config", SHAPES, ids=lambda each: f"{each.cell}{each.frame_sizes}")
def test_a_window_equals_its_samples_one_by_one(config: Config) -> None:
    whole = network(config)
    plain = torch_voices.load(config, {k: v.numpy() for k, v in folded(whole).items()})
    voices = torch_voices.TorchVoices(plain, 1)
    state = [each[:, :, 0].detach().numpy() for each in whole.initial(1)]
    mix = [0.2, 0.5, 0.3] if config.labels else []
    voices.start(0, 9, state, mix)
    drawn = voices.generate([0], 4 * config.lookback)
    levels = np.concatenate([np.full((1, config.lookback), 128), drawn], axis=1)
    with torch.no_grad():
        weights = torch.tensor([mix]) if mix else None
        logits, _ = whole(torch.from_numpy(levels).long(), whole.initial(1), weights)
    voices.start(0, 9, state, mix)
    for at, level in enumerate(drawn[0]):
        assert voices.logits(0) == pytest.approx(logits[0, at].numpy(), abs=1e-4)
        voices.prime(0, np.array([level]))


def test_the_state_carries_over_windows() -> None:
    made, lookback = network(), TINY.lookback
    levels = torch.randint(0, 256, (3, lookback * 9))
    with torch.no_grad():
        whole, end = made(levels, made.initial(3))
        state, parts = made.initial(3), []
        for at in range(0, lookback * 8, lookback * 2):
            logits, state = made(levels[:, at : at + lookback * 3], state)
            parts.append(logits)
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-5)
    assert torch.allclose(state[0], end[0], atol=1e-5)


def test_a_sample_sees_nothing_of_itself_or_later() -> None:
    made = network()
    levels = torch.randint(0, 256, (1, TINY.lookback * 5))
    at = TINY.lookback * 3 + 5
    other = levels.clone()
    other[:, at:] = (other[:, at:] + 100) % 256
    with torch.no_grad():
        one, _ = made(levels, made.initial(1))
        two, _ = made(other, made.initial(1))
    first = at - TINY.lookback  # whose logits tell of the first changed sample
    assert torch.equal(one[:, : first + 1], two[:, : first + 1])
    assert not torch.equal(one[:, first + 1], two[:, first + 1])


def test_folding_keeps_what_the_network_computes() -> None:
    made = network(replace(TINY, weight_norm=True))
    plain = torch_voices.load(made.config, {k: v.numpy() for k, v in folded(made).items()})
    levels = torch.randint(0, 256, (2, TINY.lookback * 3))
    with torch.no_grad():
        one, _ = made(levels, made.initial(2))
        two, _ = plain(levels, plain.initial(2))
    assert torch.allclose(one, two, atol=1e-5)
    assert not any("parametrizations" in name for name in folded(made))


def test_conditions_are_heard() -> None:
    config = replace(TINY, labels=("one", "two"))
    made = network(config)
    levels = torch.randint(0, 256, (1, TINY.lookback * 2))
    with torch.no_grad():
        one, _ = made(levels, made.initial(1), torch.tensor([[1.0, 0.0]]))
        two, _ = made(levels, made.initial(1), torch.tensor([[0.0, 1.0]]))
    assert not torch.allclose(one, two)
