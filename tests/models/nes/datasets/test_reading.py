from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from toy_midi import midi_of
from toy_score import NESMDB, needs_nesmdb

from starling.models.nes.chip.play import play
from starling.models.nes.datasets.reading import READERS, read
from starling.models.nes.scores.nesmdb import write_npz
from starling.models.nes.scores.score import from_notes
from starling.models.nes.vgm import vgm
from starling.models.nes.vgm.gd3 import Tags


def song(count: int = 40) -> tuple[tuple[str, int, list[tuple[float, float, int]]], ...]:
    """A melody and a bass of as many notes, two a second."""
    melody = [(at, 1, 60 + at % 7) for at in range(count)]
    bass = [(at, 1, 40 + at % 5) for at in range(count)]
    return ("Flute", 1, melody), ("Bass", 2, bass)


def test_a_midi_file_is_a_score(tmp_path: Path) -> None:
    midi_of(*song()).save(tmp_path / "tune.MID")
    found = read(tmp_path / "tune.MID")
    assert [each.name for each in found.scores] == ["tune"] and not found.reason
    assert found.scores[0].seconds == pytest.approx(20, abs=0.1)


def test_long_rests_make_several(tmp_path: Path) -> None:
    melody, bass = song(20)
    later = [(start + 40, beats, key) for start, beats, key in melody[2]]
    midi_of(("Flute", 1, melody[2] + later), bass).save(tmp_path / "suite.mid")
    found = read(tmp_path / "suite.mid")
    assert [each.name for each in found.scores] == ["suite_1"] and not found.reason


def test_scores_of_nesmdb_are_read(tmp_path: Path) -> None:
    notes = np.zeros((240, 4), np.uint8)
    notes[:, 0], notes[:, 2] = 60 + np.arange(240) // 12 % 5, 40
    write_npz(tmp_path / "songs.npz", [from_notes(notes, name=name) for name in "ab"])
    (tmp_path / "c.pkl").write_bytes(pickle.dumps((24.0, 441_000, notes), 4))
    assert [each.name for each in read(tmp_path / "songs.npz").scores] == ["a", "b"]
    [score] = read(tmp_path / "c.pkl").scores
    assert score == from_notes(notes, name="c")


@pytest.mark.parametrize("name", ["tune.vgm", "tune.vgz"])
def test_a_vgm_file_is_the_score_that_its_chip_plays(tmp_path: Path, name: str) -> None:
    notes = np.zeros((240, 4), np.uint8)
    notes[:, 0], notes[:, 2] = 60 + np.arange(240) // 12 % 5, 40
    score = from_notes(notes, duty=0, name="Title")  # a silent voice has no duty on the chip
    vgm.write(tmp_path / name, vgm.Vgm(play(score), tags=Tags(title="Title")))
    assert read(tmp_path / name).scores == (score,)


@needs_nesmdb
def test_real_vgm_files_are_scores() -> None:
    folder = NESMDB / "vgm"
    [score] = read(folder / "202_LawnMower_00_01Title.vgm").scores
    assert score.name == "Title" and score.seconds == pytest.approx(42.6, abs=1.0)
    assert ((score.frames[..., 0] > 0).mean(axis=0) > 0.3).all()
    short = read(folder / "202_LawnMower_02_03LevelClear.vgm")
    assert short.reason.endswith("s; at least 5 are used") and not short.scores


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.mid", b"RIFF", "a.mid is not a Standard MIDI File"),
        ("a.npz", b"PK", "a.npz is no npz of scores"),
        ("a.vgm", b"Vgm ", "a.vgm is cut short"),
        ("a.pkl", b"cos\nsystem\n.", "a.pkl names os.system, and only numpy arrays are read"),
    ],
)
def test_what_cannot_be_read_has_a_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    found = read(tmp_path / name)
    assert found.reason.startswith(reason) and not found.scores


def test_what_is_no_use_has_a_reason(tmp_path: Path) -> None:
    midi_of(*song(4)).save(tmp_path / "short.mid")
    assert read(tmp_path / "short.mid").reason == "it lasts 2.0 s; at least 5 are used"
    midi_of(song()[0]).save(tmp_path / "line.mid")
    assert read(tmp_path / "line.mid").reason.startswith("only p1 sounds")
    write_npz(tmp_path / "still.npz", [from_notes(np.zeros((300, 4), np.uint8))])
    assert read(tmp_path / "still.npz").reason == "it is silent"


def test_scores_of_another_rate_have_a_reason(tmp_path: Path) -> None:
    notes = np.full((240, 4), 40, np.uint8)
    notes[:, 3] = 1
    (tmp_path / "a.pkl").write_bytes(pickle.dumps((60.0, 176_400, notes), 4))
    assert read(tmp_path / "a.pkl").reason == "a: rate must be 24 Hz, got 60"


def test_every_kind_of_file_has_a_reader() -> None:
    assert {".mid", ".midi", ".npz", ".pkl", ".vgm", ".vgz"} == READERS.keys()
