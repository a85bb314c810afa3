"""Events depend on those before them only, kept keys change nothing, and it learns."""

from dataclasses import replace

import torch
from tiny_baselines import TINY

from starling.models.composer.baselines.event_transformer import (
    SYMBOLS,
    Config,
    EventTransformer,
    rotated,
)


def events(rows: int = 2, count: int = 13) -> torch.Tensor:
    return torch.randint(SYMBOLS, (rows, count), generator=torch.Generator().manual_seed(0))


def test_the_usual_size_is_that_of_its_docstring() -> None:
    assert SYMBOLS == 631
    with torch.device("meta"):
        network = EventTransformer(Config())
    assert sum(each.numel() for each in network.parameters()) == 1_900_992


def test_an_event_depends_on_those_before_it_only() -> None:
    network, seen = EventTransformer(TINY["transformer"]).eval(), events()
    changed = seen.clone()
    changed[:, 7] = (changed[:, 7] + 1) % SYMBOLS
    one, other = (network.losses(each) for each in (seen, changed))
    assert one.shape == (2, 12)
    assert torch.allclose(one[:, :6], other[:, :6], atol=1e-6)
    assert not torch.allclose(one[:, 7:], other[:, 7:], atol=1e-6)


def test_one_event_after_what_is_kept_is_as_all_at_once() -> None:
    network, seen = EventTransformer(TINY["transformer"]).eval(), events()
    whole, _ = network.logits(seen)
    found, kept = network.logits(seen[:, :5])
    parts = [found]
    for at in range(5, seen.shape[1]):
        found, kept = network.logits(seen[:, at : at + 1], kept)
        parts.append(found)
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-5)


def test_products_of_rotated_vectors_depend_on_their_distance() -> None:
    one, other = torch.randn(2, 1, 1, 1, 8)
    near = (rotated(one, 2) * rotated(other, 5)).sum()
    far = (rotated(one, 102) * rotated(other, 105)).sum()
    assert torch.allclose(near, far, atol=1e-4)
    assert not torch.allclose(near, (rotated(one, 2) * rotated(other, 6)).sum(), atol=1e-4)


def test_it_learns_a_row_by_heart() -> None:
    torch.manual_seed(0)
    network = EventTransformer(replace(TINY["transformer"], dropout=0.0))
    optimizer, seen = torch.optim.Adam(network.parameters(), 0.02), events()
    for _ in range(90):
        loss, _ = network(seen)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 1.0
