"""The estimator: the published size, its losses, and gradients for every kind of parameter."""

import numpy as np
import pytest
import torch
import toy_synth as toy

from starling.models.estimator.network import (
    Config,
    Estimator,
    Layout,
    SoftPreset,
    decoded,
    parameter_loss,
    weights,
)
from starling.models.proxy.network import Starling

LAYOUT = Layout(toy.SPACE)


def proxy() -> Starling:
    torch.manual_seed(1)
    return Starling(toy.SPACE, toy.SMALL)


def certain(unit: torch.Tensor) -> torch.Tensor:
    """Outputs that mean these presets, beyond doubt."""
    outputs = torch.zeros(len(unit), LAYOUT.size)
    for place, knob in enumerate(toy.SPACE.knobs):
        start = LAYOUT.starts[place]
        if knob.form == "cat":
            outputs[torch.arange(len(unit)), start + unit[:, place].long()] = 50.0
        elif knob.form == "bin":
            outputs[:, start] = 100 * unit[:, place] - 50
        else:
            outputs[:, start] = torch.logit(unit[:, place], eps=1e-6)
    return outputs


@pytest.mark.parametrize(
    ("numbers", "cardinalities", "total"),
    [(109, (32,), 4_138_567), (100, (8,) * 37, 4_661_572)],
    ids=["Dexed: 141 outputs", "Diva: 396 outputs"],
)
def test_the_size_is_the_published_one(
    numbers: int, cardinalities: tuple[int, ...], total: int
) -> None:
    layout = Layout(toy.counted(numbers, cardinalities))
    assert layout.size == numbers + sum(cardinalities)
    network = Estimator(layout, Config())
    assert sum(p.numel() for p in network.parameters()) == total


@pytest.mark.parametrize("shape", [(64, 51), (128, 200)])
def test_any_size_of_spectrogram_is_read(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    network = Estimator(LAYOUT, Config()).eval()
    assert network(torch.randn(2, *shape)).shape == (2, LAYOUT.size)


def test_outputs_mean_presets() -> None:
    unit = toy.SPACE.unit(toy.draw(20, 3))
    torch.testing.assert_close(decoded(LAYOUT, certain(unit)), unit, atol=1e-4, rtol=0)
    loss = parameter_loss(LAYOUT, certain(unit), unit, smoothing=0.0)
    assert float(loss) == pytest.approx(0.0, abs=1e-3)
    other = toy.SPACE.unit(toy.draw(20, 4))
    assert float(parameter_loss(LAYOUT, certain(unit), other, smoothing=0.0)) > 0.2


def test_a_certain_soft_preset_is_the_preset() -> None:
    unit = toy.SPACE.unit(toy.draw(16, 5))
    network = proxy().eval()
    notes = torch.tensor([[60.0, 100.0, 0.65]]).expand(16, 3)
    soft = SoftPreset(LAYOUT, network)
    torch.testing.assert_close(soft(certain(unit), notes), network(unit, notes), atol=1e-3, rtol=0)


def test_every_kind_of_parameter_hears_the_perceptual_loss() -> None:
    torch.manual_seed(2)
    outputs = torch.randn(8, LAYOUT.size, requires_grad=True)
    notes = torch.tensor([[60.0, 100.0, 0.65]]).expand(8, 3)
    soft = SoftPreset(LAYOUT, proxy())
    soft(outputs, notes).abs().mean().backward()
    assert outputs.grad is not None
    assert (outputs.grad.abs().sum(dim=0) > 0).all()
    assert all(weight.grad is None for weight in soft.proxy.parameters()), "the proxy is fixed"


def test_a_batch_is_learned_by_heart_and_the_same_seed_gives_the_same() -> None:
    values = toy.draw(16, 6)
    mel = torch.from_numpy(toy.sound(values)[:, 0].astype(np.float32))
    unit = toy.SPACE.unit(values)
    runs: list[list[float]] = []
    for steps in (3, 20):
        torch.manual_seed(0)
        network = Estimator(LAYOUT, Config(dropout=0.0))
        network.fit(float(mel.min()), float(mel.max()))
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
        runs.append([])
        for _ in range(steps):
            loss = parameter_loss(LAYOUT, network(mel), unit, smoothing=0.0)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            runs[-1].append(loss.item())
    assert runs[0] == runs[1][:3]
    assert runs[1][-1] < 0.45 * runs[1][0]
    found = network.estimate(mel)
    assert found.shape == unit.shape
    assert torch.equal(found, network.estimate(mel)), "estimating has no chance in it"


@pytest.mark.parametrize(
    ("kind", "fraction", "expected"),
    [
        ("parameters", 1.0, (1.0, 0.0)),
        ("mix", 0.3, (1.0, 0.0)),
        ("mix", 0.5, (0.75, 2.5)),
        ("mix", 0.9, (0.5, 5.0)),
        ("switch", 0.5, (0.5, 5.0)),
        ("switch", 0.7, (0.0, 10.0)),
    ],
)
def test_losses_follow_their_schedules(
    kind: str, fraction: float, expected: tuple[float, float]
) -> None:
    assert weights(kind, fraction) == pytest.approx(expected)  # type: ignore[arg-type]
