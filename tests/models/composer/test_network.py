"""The network: valid steps only, the same step by step, and that it learns."""

import pytest
import torch
from song_data import toy_song
from tiny_composer import ATTENTIVE, MEMORYLESS, TINY, composer, prepared

from starling.models.composer import batches, songs
from starling.models.composer.backbones.kinds import BACKBONES
from starling.models.composer.context import steps
from starling.models.composer.context.history import History
from starling.models.composer.context.meter import Meter
from starling.models.composer.copying import END, HEADS, SIZES, Hints
from starling.models.composer.network import Composer, Config

CONFIGS = pytest.mark.parametrize("config", [ATTENTIVE, TINY, MEMORYLESS], ids=BACKBONES)


def tensors(count: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    made = prepared(count)
    return torch.from_numpy(made.rows).long(), torch.from_numpy(made.targets).long()


@CONFIGS
def test_shapes_and_what_follows_an_end_is_nothing(config: Config) -> None:
    rows, wanted = tensors()
    losses, state = composer(config)(rows[None], wanted[None])
    assert losses.shape == (1, len(rows), HEADS) and bool((losses >= 0).all())
    assert (state is None) == (config.backbone == "mlp")
    ends = wanted[:, 1] == END
    assert ends.sum() == 2 and not losses[0, ends, 2:].any() and losses[0, ends, 1].all()


@CONFIGS
def test_step_by_step_the_likelihood_is_the_same(config: Config) -> None:
    """What the generator sees and what training sees are one."""
    network, song = composer(config), steps.of_notes(toy_song(3, 150))
    made = batches.prepare(songs.of([toy_song(3, 150)]))
    wanted = torch.from_numpy(made.targets).long()
    with torch.no_grad():
        whole, _ = network(torch.from_numpy(made.rows).long()[None], wanted[None])
        history, state = History(), None
        for at, (wait, after) in enumerate(zip(song.waits, song.states.tolist(), strict=True)):
            row = torch.from_numpy(history.row()).long()[None]
            hidden, state = network.encode(row[None], state)
            losses = network.losses(hidden[0], row, wanted[at : at + 1])
            assert torch.allclose(losses[0], whole[0, at], atol=1e-4)
            history.push(int(wait), after)


def test_what_the_grammar_excludes_has_no_probability() -> None:
    network, (rows, wanted) = composer(), tensors()
    with torch.no_grad():
        hidden, _ = network.encode(rows[None])
        hidden, hints = hidden[0], Hints.of(rows)
        begins = torch.zeros(len(rows), dtype=torch.bool)
        begins[0] = begins[len(prepared(1).rows)] = True
        for head in range(HEADS):
            chances = network.logits(head, hidden, hints, wanted).softmax(-1)
            assert chances.shape == (len(rows), SIZES[head])
            if head == 0:
                assert chances[~begins, 0].max() < 1e-6 < chances[begins, 0].min()
                continue
            present = hints.state[:, head - 1, None] + 1
            assert chances.gather(1, present).max() < 1e-6
        still = wanted.clone()
        still[:, 1:] = 0
        still[:, 0] = 5
        must = network.logits(HEADS - 1, hidden, hints, still).softmax(-1)
        assert must[:, 0].max() < 1e-6
        still[:, 0] = 48
        assert network.logits(HEADS - 1, hidden, hints, still).softmax(-1)[:, 0].min() > 1e-6


def test_a_known_meter_moves_the_waits_that_end_on_a_beat() -> None:
    network = composer()
    made = batches.prepare(songs.of([toy_song(0)]), [Meter(120.0)])  # a beat of 12 frames
    rows = torch.from_numpy(made.rows).long()[:1]
    hints = Hints.of(rows)
    with torch.no_grad():
        network.copying.grid.zero_()
        network.copying.grid[0, 1] = 0.7
        added = network.copying._on_grid(hints.meter)[0]
        assert torch.nonzero(added)[:, 0].tolist() == [0, 12, 24, 36, 48]
        assert not network.copying._on_grid(torch.zeros_like(hints.meter)).any()


@CONFIGS
def test_it_learns_one_batch_by_heart(config: Config) -> None:
    torch.manual_seed(0)
    network, (rows, wanted) = Composer(config), tensors(1)
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    first = last = 0.0
    for _ in range(60):
        losses, _ = network(rows[None], wanted[None])
        loss = losses.sum(-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        first, last = first or loss.item(), loss.item()
    assert last < 0.1 * first
