"""What the compared models write: by seed, within the chip's range, songs between marks."""

from typing import Any

import numpy as np
import pytest
import torch
from song_data import toy_song
from tiny_baselines import REDUCED, TINY

from starling.models.composer import songs
from starling.models.composer.baselines import batches, generator, tx1
from starling.models.composer.baselines.event_transformer import EventTransformer
from starling.models.composer.baselines.frame_lstm import FrameLstm
from starling.models.composer.baselines.kinds import KINDS
from starling.models.composer.songs import check

CONFIGS: list[tuple[str, Any]] = [*TINY.items(), *REDUCED.items()]


def network_of(kind: str, config: Any) -> Any:
    torch.manual_seed(0)
    return KINDS[kind].network(config).eval()


@pytest.mark.parametrize(("kind", "config"), CONFIGS)
def test_every_kind_goes_on_for_so_many_frames(kind: str, config: Any) -> None:
    write = generator.writer(network_of(kind, config))
    beginning = toy_song(3, 50)
    found = write(beginning, 70, 5)
    assert found.shape == (70, 4) and found.dtype == np.uint8
    check(found, "written")
    assert np.array_equal(found, write(beginning, 70, 5))
    assert not np.array_equal(found, write(beginning, 70, 6))
    assert not found[:, getattr(config, "voices", 4) :].any()


def test_the_lstm_and_the_transformer_know_their_beginning() -> None:
    for kind in ("lstm", "transformer"):
        write = generator.writer(network_of(kind, TINY[kind]))
        assert not np.array_equal(write(toy_song(3, 50), 40, 5), write(toy_song(4, 50), 40, 5))
        assert write(toy_song(3, 0), 40, 5).shape == (40, 4)


def certain(voice: int, symbol: int) -> FrameLstm:
    """An LSTM whose head for a voice knows one answer, and that no song ends."""
    network: FrameLstm = network_of("lstm", TINY["lstm"])
    with torch.no_grad():
        network.heads[voice].bias[symbol] = 50.0  # type: ignore[index]
        network.heads[4].bias[1] = 50.0  # type: ignore[index]
    return network


def test_a_certain_note_is_what_is_written() -> None:
    """The published sampler would have written it in one frame of 30."""
    found = generator.writer(certain(0, 28))(toy_song(3, 10), 200, 0)
    assert (found[:, 0] == 60).all()
    assert len(set(found[:, 1])) > 30, "and P2 is as free as before"


@pytest.mark.parametrize("voices", [4, 1])
def test_songs_are_what_lies_between_two_marks(voices: int) -> None:
    every = [toy_song(0, 250), toy_song(1, 239), toy_song(2, 240)]
    found = generator.songs_between(batches.stream(songs.of(every), voices))
    wanted = [each * (np.arange(4) < voices) for each in (every[0], every[2])]
    assert len(found) == 2
    assert all(np.array_equal(one, other) for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize("config", [TINY["lstm"], REDUCED["lstm"]])
def test_a_stream_has_marks_of_its_own(config: Any) -> None:
    network = network_of("lstm", config)
    symbols = generator.stream(network, 300, seed=2)
    assert symbols.shape == (302, len(batches.sizes(config.voices)))
    marks = symbols[:, -1] == (0 if config.voices == 4 else batches.MARK)
    assert marks[0] and marks[-1]
    if config.voices == 4:
        assert 60 < marks.sum() < 240, "untrained: half of the frames"
        assert not symbols[marks].any()
    found = generator.songs_between(symbols, least=3)
    assert all(len(song) >= 3 for song in found)
    lengths = np.diff(np.flatnonzero(marks)) - 1
    assert [len(song) for song in found] == [length for length in lengths if length >= 3]


def test_what_may_follow_an_event() -> None:
    voices, waits = generator.VOICE >= 0, generator.DURATION > 0
    note = tx1.TOKENS[tx1.Event(voice=1, note=60)]
    assert np.array_equal(generator.allowed(note), (generator.VOICE > 1) | waits)
    wait = int(tx1.FRAME_WAITS[4])
    assert np.array_equal(generator.allowed(wait), voices)
    assert np.array_equal(generator.allowed(int(tx1.FRAME_WAITS[-1])), voices | waits)
    assert np.array_equal(generator.allowed(tx1.START), voices | waits)
    assert waits.sum() == 54 and not generator.allowed(note)[tx1.START]


def test_more_than_a_context_is_written_from_its_latter_half() -> None:
    network: EventTransformer = network_of("transformer", TINY["transformer"])
    tokens = tx1.encode(toy_song(1, 300))
    assert len(tokens) > 60
    kept = None
    with torch.no_grad():
        for count in range(1, 61):
            logits, kept = generator._logits(network, tokens[:count], kept)
            seen = kept[0][0].shape[-2]
            assert seen <= 24
            whole, _ = network.logits(torch.tensor([tokens[count - seen : count]]))
            assert logits == pytest.approx(whole[0, -1].numpy(), abs=1e-4)
