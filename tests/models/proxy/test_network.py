"""Our encoder: shapes, what its input features say, that it learns, that a seed repeats."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import toy_synth as toy

from starling.models.proxy import network
from starling.models.proxy.data import ProxyData

VARIANTS = [
    toy.SMALL,
    replace(toy.SMALL, body="transformer"),
    replace(toy.SMALL, numeric="periodic"),
    replace(toy.SMALL, gates=False),
]
NOTE = torch.tensor([[60.0, 100.0, 0.65]])


@pytest.mark.parametrize("config", VARIANTS, ids=lambda c: f"{c.body}-{c.numeric}-{c.gates}")
def test_shapes_and_gradients(config: network.Config) -> None:
    made = network.Starling(toy.SPACE, config)
    unit = toy.SPACE.unit(toy.draw(8, 0))
    out = made(unit, NOTE.expand(8, 3))
    assert out.shape == (8, 24)
    (out.square().mean() + network.contrast(out, out.detach() + 0.1, made.scale)).backward()
    assert all(w.grad is not None and w.grad.isfinite().all() for w in made.parameters())


def test_same_seed_same_output() -> None:
    outs = []
    for _ in range(2):
        torch.manual_seed(5)
        made = network.Starling(toy.SPACE, toy.SMALL).eval()
        outs.append(made(toy.SPACE.unit(toy.draw(4, 0)), NOTE.expand(4, 3)))
    assert torch.equal(*outs)


def test_pieces_fill_one_after_the_other() -> None:
    features = network.ParameterFeatures(toy.SPACE, replace(toy.SMALL, bins=4))
    unit = torch.tensor([[0.375, 2, 0.0, 0.75, 1, 1.0]])
    rows = features(unit)[0]
    assert rows[0].tolist() == pytest.approx([1, 0.5, 0, 0, 0, 0, 0, 0, 0])
    assert rows[1].tolist() == [0, 0, 0, 0, 0, 0, 1, 0, 0]  # a category has no pieces
    assert rows[3].tolist() == [1, 1, 1, 0, 0, 0, 0, 1, 0]  # steps in order have both


def test_pieces_follow_the_training_values() -> None:
    features = network.ParameterFeatures(toy.SPACE, replace(toy.SMALL, bins=4))
    unit = toy.SPACE.unit(toy.draw(1000, 0))
    unit[:, 0] = unit[:, 0] ** 4  # most presets lie near 0
    features.fit(unit)
    assert features.edges[0, 1] < 0.02
    assert features.edges[0, 0] == 0
    assert features.edges[0, -1] == 1
    assert torch.allclose(features.edges[1], torch.linspace(0, 1, 5))


def test_the_note_matters() -> None:
    made = network.Starling(toy.SPACE, toy.SMALL).eval()
    unit = toy.SPACE.unit(toy.draw(1, 0))
    low = torch.tensor([[36.0, 100.0, 0.65]])
    assert not torch.allclose(made(unit, NOTE), made(unit, low))


def test_overfits_one_batch(toy_data: ProxyData) -> None:
    torch.manual_seed(0)
    made = network.Starling(toy.SPACE, replace(toy.SMALL, width=64))
    unit = toy.SPACE.unit(toy_data.values[:32])
    wanted = torch.from_numpy(toy_data.vectors[:32, 0])
    wanted = (wanted - wanted.mean(0)) / wanted.std(0)
    optimizer = torch.optim.AdamW(made.parameters(), 3e-3)
    for _ in range(200):
        given = made(unit, NOTE.expand(32, 3))
        loss = (given - wanted).abs().mean() + network.contrast(given, wanted, made.scale)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float((given - wanted).abs().mean().detach()) < 0.15


def test_contrast_prefers_the_right_pairs() -> None:
    rows = torch.from_numpy(np.random.default_rng(0).standard_normal((16, 8)).astype(np.float32))
    scale = torch.tensor(3.0)
    right = network.contrast(rows, rows, scale)
    assert right < 0.1 < network.contrast(rows, rows.roll(1, 0), scale)
