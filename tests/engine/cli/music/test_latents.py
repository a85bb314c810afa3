"""Pieces by the latents of a VAE, as a user types it: drawn, encoded, edited, morphed, stored."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from song_data import toy_song, toy_songs

from starling.engine.cli.main import main
from starling.engine.music import latent_space
from starling.models.composer.baselines import latents
from starling.models.composer.songs import Frames
from starling.models.nes.scores import arrange, in_time, midi_file
from starling.models.nes.scores.score import separated
from starling.models.nes.vgm import vgm

MOST = ("--threshold", "0")  # everything sounds: of two steps of training no note is certain


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A narrow VAE that has seen two steps of four songs."""
    home = tmp_path_factory.mktemp("vae")
    every = toy_songs(4, 800)
    np.savez(home / "songs.npz", frames=every.frames, offsets=every.offsets)
    words = ("--kind", "vae", "--data", home / "songs.npz", "--name", "vae", "--out", home)
    small = ("--width", 24, "--batch", 2, "--steps", 2, "--threads", 1)
    run("train", "composer-baseline", *words, *small)
    return home / "vae.json"


def run(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done.output if code else done.stdout


def rows(verb: str, card: Path, out: Path, *words: object) -> list[dict[str, Any]]:
    found = run("latents", verb, *words, "--model", card, "--out", out, "--json")
    made: list[dict[str, Any]] = json.loads(found)
    return made


def song(path: Path, seed: int, frames: int = 768) -> Path:
    """A song as a MIDI file that is read back exactly."""
    midi_file.write(path, in_time.to_midi(toy_song(seed, frames), in_time.Beats(60, 24)))
    return path


def notes_of(path: str) -> Frames:
    return separated(arrange.read(Path(path)).score)


def test_drawn_pieces_are_files_and_stored_latents(card: Path, tmp_path: Path) -> None:
    made = rows("draw", card, tmp_path, "--count", 2, "--seed", 3, *MOST)
    space = latent_space.load(card)
    stored = latents.load(tmp_path / "latents.npz")
    assert np.array_equal(stored.latents, latents.draw(space.network, 2, 3))
    assert (stored.names, stored.weights) == (("draw-01", "draw-02"), space.card.weights_hash)
    known = latents.decode(space.network, stored.latents, 0.0)
    for row, notes in zip(made, known, strict=True):
        assert np.array_equal(notes_of(row["midi"]), notes) and notes.shape == (768, 4)
        samples, rate = soundfile.read(row["wav"], dtype="float32")
        assert (rate, len(samples), row["seconds"]) == (44_100, 32 * 44_100, 32.0)
        assert np.abs(samples).max() > 0.01
        assert vgm.parse(Path(row["vgm"]).read_bytes()).writes.seconds == 32.0


def test_every_piece_of_a_file_is_encoded(card: Path, tmp_path: Path) -> None:
    one, two = song(tmp_path / "one.mid", 1), song(tmp_path / "two.mid", 2, 800)
    made = rows("encode", card, tmp_path / "out", one, two)
    stored = latents.load(tmp_path / "out/latents.npz")
    assert len(made) == 3 and stored.names == ("one 1", "two 1", "two 2")
    space = latent_space.load(card)
    whole = latent_space.encode(space, toy_song(2, 800))
    assert np.array_equal(stored.latents[1:], whole)
    silence = np.zeros((736, 4), np.uint8)
    rest = latent_space.encode(space, np.concatenate([toy_song(2, 800)[768:], silence]))
    assert whole[1] == pytest.approx(rest[0], abs=1e-5), "the last piece is filled with silence"


def test_a_piece_moves_along_axes(card: Path, tmp_path: Path) -> None:
    rows("draw", card, tmp_path / "drawn", "--count", 2, "--seed", 1)
    words = (f"{tmp_path}/drawn/latents.npz:2", "--move", "0=1.5", "--move", "1=-2")
    [row] = rows("edit", card, tmp_path / "moved", *words, *MOST)
    space = latent_space.load(card)
    [moved] = latents.load(tmp_path / "moved/latents.npz").latents
    first = latents.draw(space.network, 2, 1)[1:]
    change = latents.deviations(space.network, moved[None]) - latents.deviations(
        space.network, first
    )
    assert change[0, :2] == pytest.approx([1.5, -2], abs=1e-2)
    assert np.abs(change[0, 2:]).max() < 1e-2
    [notes] = latents.decode(space.network, moved[None], 0.0)
    assert np.array_equal(notes_of(row["midi"]), notes)


def test_pieces_lie_on_the_way_from_one_to_another(card: Path, tmp_path: Path) -> None:
    one, two = song(tmp_path / "one.mid", 1), song(tmp_path / "two.mid", 2)
    made = rows("morph", card, tmp_path / "out", one, two, "--steps", 3)
    assert [Path(row["midi"]).name for row in made] == [f"morph-0{at}.mid" for at in (1, 2, 3)]
    stored = latents.load(tmp_path / "out/latents.npz").latents
    space = latent_space.load(card)
    ends = [latent_space.encode(space, toy_song(seed, 768))[0] for seed in (1, 2)]
    assert stored[0] == pytest.approx(ends[0]) and stored[2] == pytest.approx(ends[1], abs=1e-6)
    assert stored[1] == pytest.approx((ends[0] + ends[1]) / 2, abs=1e-6)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("edit", "own.npz", "--move", "0:1"), "a move is AXIS=BY such as 0=1.5, got '0:1'"),
        (("edit", "own.npz", "--move", "124=1"), "axis must be 0..123, got 124"),
        (("edit", "own.npz:9", "--move", "0=1"), "own.npz has the rows 1..1, got 9"),
        (("edit", "other.npz", "--move", "0=1"), "latents of another model than vae"),
        (("encode", "none.mid"), "there is no MIDI file none.mid"),
        (("encode", "none.npz"), "there is no file none.npz"),
    ],
)
def test_a_mistake_is_one_sentence(
    card: Path,
    words: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    space = latent_space.load(card)
    found = latents.draw(space.network, 1)
    latents.save(Path("own.npz"), space.stored(found, ("a",)))
    latents.save(Path("other.npz"), latents.Stored(found, ("a",), "ab" * 32))
    output = run("latents", *words, "--model", card, "--out", "out", code=1)
    assert sentence in output.replace("\n", " ") and "Traceback" not in output
    assert not Path("out").exists()


def test_a_file_is_no_folder_to_write_into(card: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    output = run("latents", "draw", "--model", card, "--out", tmp_path / "out", code=1)
    assert "Traceback" not in output and (tmp_path / "out").read_text() == "mine"


def test_other_kinds_have_no_latents(tmp_path: Path) -> None:
    drums = Path(__file__).resolve().parents[4] / "models/weights/drums.json"
    words = ("draw", "--model", drums, "--out", tmp_path / "out")
    assert "is of kind oneshot, not measure_vae" in run("latents", *words, code=1)
