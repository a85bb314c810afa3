"""Shapes, sizes as published, what a frame may depend on, and that it learns."""

from dataclasses import replace

import pytest
import torch
from song_data import toy_songs
from tiny_baselines import REDUCED, TINY

from starling.models.composer.baselines import batches, frame_lstm
from starling.models.composer.baselines.frame_lstm import Config, FrameLstm


def tokens(voices: int, count: int = 3, frames: int = 20) -> torch.Tensor:
    rows = batches.stream(toy_songs(1, 100), voices)
    return torch.from_numpy(rows[: count * frames].reshape(count, frames, -1)).long()


def weights(config: Config) -> int:
    with torch.device("meta"):
        return sum(each.numel() for each in FrameLstm(config).parameters())


def test_the_published_sizes() -> None:
    """Keras has one bias of a gate where torch has two."""
    embedded, hidden = 128 * 77 + 128 * 89 + 32 * 17 + 16 * 2, 1024
    inputs, classes = 128 + 128 + 128 + 32 + 16, 77 + 77 + 89 + 17 + 2
    lstm = 4 * hidden * (inputs + hidden + 2)
    heads = classes * (hidden + 1)
    assert weights(Config()) == embedded + lstm + 2 * hidden + heads
    reduced = 256 * 78 + 4 * 512 * (256 + 512 + 2) + 2 * 512 + 78 * 513
    assert weights(frame_lstm.REDUCED) == reduced


@pytest.mark.parametrize("config", [TINY["lstm"], REDUCED["lstm"]])
def test_a_window_in_two_parts_with_the_state_carried_is_the_window(config: Config) -> None:
    network, seen = FrameLstm(config).eval(), tokens(config.voices)
    whole, _ = network.losses(seen)
    assert whole.shape == (3, 19, len(network.heads))
    first, state = network.losses(seen[:, :8])
    second, _ = network.losses(seen[:, 7:], state)
    assert torch.allclose(torch.cat([first, second], 1), whole, atol=1e-6)


def test_a_frame_depends_on_those_before_it_only() -> None:
    network, seen = FrameLstm(TINY["lstm"]).eval(), tokens(4)
    changed = seen.clone()
    changed[:, 10] = 1
    one, other = (network.losses(each)[0] for each in (seen, changed))
    assert torch.equal(one[:, :9], other[:, :9])
    assert not torch.equal(one[:, 10:], other[:, 10:])


def test_what_is_sampled_from_are_logits_not_probabilities() -> None:
    """The published sampler took probabilities for logits: almost all notes alike."""
    network = FrameLstm(TINY["lstm"]).eval()
    hidden, _ = network.encode(tokens(4)[:, :-1])
    losses, _ = network.losses(tokens(4))
    for at, logits in enumerate(network.logits(hidden)):
        chances = logits.softmax(-1)
        found = -chances.gather(-1, tokens(4)[:, 1:, at, None]).log()[..., 0]
        assert torch.allclose(found, losses[..., at], atol=1e-5)


def test_weights_of_the_heads_are_bounded() -> None:
    network = FrameLstm(replace(TINY["lstm"], most_norm=0.1))
    network.constrain()
    norms = torch.cat([head.weight.norm(dim=1) for head in network.heads])
    assert norms.max().item() == pytest.approx(0.1, rel=1e-4)
    free = FrameLstm(REDUCED["lstm"])
    before = free.heads[0].weight.clone()
    free.constrain()
    assert torch.equal(before, free.heads[0].weight)


@pytest.mark.parametrize("config", [TINY["lstm"], REDUCED["lstm"]])
def test_it_learns_a_window_by_heart(config: Config) -> None:
    torch.manual_seed(0)
    network, seen = FrameLstm(replace(config, dropout=0.0)), tokens(config.voices)
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    for _ in range(80):
        loss, _ = network(seen)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.5
