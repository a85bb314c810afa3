"""Latents of pieces: their spread, edits along axes, ways between two, files."""

from pathlib import Path

import numpy as np
import pytest
import torch
from song_data import toy_songs
from tiny_baselines import REDUCED, TINY

from starling.models.composer.baselines import batches, latents
from starling.models.composer.baselines.latents import Stored
from starling.models.composer.baselines.measure_vae import Config, MeasureVae
from starling.models.composer.songs import check
from starling.models.errors import InputError, MissingError, ParseError


def filled(config: Config = TINY["vae"]) -> tuple[MeasureVae, np.ndarray]:
    """A network whose space is that of some pieces, and their latents."""
    torch.manual_seed(0)
    network = MeasureVae(config).eval()
    pieces = batches.measures(toy_songs(6, 200), config.voices, config.measures, config.frames)
    latents.fill(network, pieces)
    return network, latents.encode(network, pieces)


def test_latents_by_chance_are_spread_as_those_of_pieces() -> None:
    network, known = filled()
    drawn = latents.draw(network, 20_000, seed=1)
    assert drawn.mean(axis=0) == pytest.approx(known.mean(axis=0), abs=0.02)
    assert np.cov(drawn, rowvar=False) == pytest.approx(np.cov(known, rowvar=False), abs=0.03)
    assert np.array_equal(drawn[:4], latents.draw(network, 20_000, seed=1)[:4])
    assert not np.array_equal(drawn, latents.draw(network, 20_000, seed=2))


def test_the_first_axis_has_most_spread() -> None:
    network, known = filled()
    along, scales = latents.deviations(network, known), network.space_scales.numpy()
    assert (np.diff(scales) <= 0).all() and (scales > 0).sum() >= 2
    assert along.std(axis=0, ddof=1) == pytest.approx(1.0 * (scales > 0), rel=1e-2)
    assert latents.at(network, along) == pytest.approx(known, abs=2e-3)


def test_an_edit_moves_along_one_axis_and_back() -> None:
    network, known = filled()
    moved = latents.edit(network, known[0], axis=1, by=2.5)
    change = latents.deviations(network, moved[None]) - latents.deviations(network, known[:1])
    assert change[0] == pytest.approx([0, 2.5, 0, 0, 0, 0], abs=1e-2)
    assert latents.edit(network, moved, 1, -2.5) == pytest.approx(known[0], abs=1e-5)
    with pytest.raises(InputError, match=r"axis must be 0..5, got 6"):
        latents.edit(network, known[0], 6, 1.0)


def test_a_way_from_one_to_another_has_both_ends() -> None:
    _, known = filled()
    way = latents.interpolate(known[0], known[1], 5)
    assert way.shape == (5, 6) and way.dtype == np.float32
    assert np.array_equal(way[0], known[0]) and way[-1] == pytest.approx(known[1], abs=1e-6)
    assert way[2] == pytest.approx((known[0] + known[1]) / 2, abs=1e-6)
    with pytest.raises(InputError, match="at least 2"):
        latents.interpolate(known[0], known[1], 1)


@pytest.mark.parametrize("config", [TINY["vae"], REDUCED["vae"]])
def test_decoded_latents_are_notes_that_the_chip_has(config: Config) -> None:
    network, known = filled(config)
    scores = latents.decode(network, known[:3])
    assert [each.shape for each in scores] == [(32, 4)] * 3
    for score in latents.decode(network, known[:3], least=0.0):
        check(score, "decoded")
        assert (score[:, : config.voices] > 0).all(), "everything sounds at a threshold of 0"
        assert not score[:, config.voices :].any()
    assert not latents.decode(network, known[:1], least=1.1)[0].any()


def test_one_piece_has_a_space_without_spread() -> None:
    network, known = filled()
    latents.fill(network, batches.measures(toy_songs(1, 40), 4, 2, 16))
    assert not network.space_scales.any()
    drawn = latents.draw(network, 2)
    assert np.array_equal(drawn[0], drawn[1])
    assert not latents.deviations(network, known).any()


def test_stored_latents_come_back(tmp_path: Path) -> None:
    _, known = filled()
    stored = Stored(known, tuple(f"song {at}" for at in range(len(known))), "ab" * 32)
    latents.save(tmp_path / "a.npz", stored)
    found = latents.load(tmp_path / "a.npz")
    assert np.array_equal(found.latents, known)
    assert (found.names, found.weights) == (stored.names, stored.weights)


def test_files_that_hold_no_latents_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="there is no file"):
        latents.load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no")
    with pytest.raises(ParseError, match=r"text\.npz is no npz file of latents"):
        latents.load(tmp_path / "text.npz")
    whole = {"format": 1, "latents": np.zeros((2, 3), np.float32), "names": ["a", "b"]}
    for name, wrong, sentence in (
        ("newer", {"format": 2}, "latents of format 2; this is format 1"),
        ("wide", {"latents": np.zeros((2, 3))}, "must be float32"),
        ("short", {"names": ["a"]}, "1 names"),
    ):
        np.savez(tmp_path / f"{name}.npz", **(whole | {"weights": "ab"} | wrong))
        with pytest.raises(ParseError, match=sentence):
            latents.load(tmp_path / f"{name}.npz")
