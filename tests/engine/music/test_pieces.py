"""Pieces: equal requests give equal bytes, and all files hold the same notes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from song_data import toy_song

from starling.engine.music import pieces
from starling.engine.music.composers import Composers
from starling.engine.music.pieces import Wanted
from starling.engine.sounds.store import SoundStore
from starling.models.errors import CancelledError, InputError, StarlingError
from starling.models.nes.chip.transcribe import transcribe
from starling.models.nes.scores import arrange, in_time, midi, midi_file
from starling.models.nes.scores.score import Score, from_notes, separated
from starling.models.nes.vgm import vgm

WANTED = Wanted("toy", 3, 2, tempo=97.0)


@pytest.fixture
def prompt(tmp_path: Path) -> Path:
    path = tmp_path / "prompt.mid"
    beats = in_time.Beats(97.0, 16)
    midi_file.write(path, in_time.to_midi(toy_song(1, 100), beats))
    return path


def test_the_same_request_gives_the_same_bytes(composers: Composers) -> None:
    one, two = (pieces.write(composers, pieces.plan(composers, WANTED)) for _ in range(2))
    assert np.array_equal(one.notes, two.notes) and one.audio.tobytes() == two.audio.tobytes()
    assert (one.midi, one.vgm) == (two.midi, two.vgm)
    other = pieces.write(composers, pieces.plan(composers, replace(WANTED, seed=4)))
    assert not np.array_equal(other.notes, one.notes)


def test_two_bars_last_two_bars_and_the_files_agree(composers: Composers) -> None:
    piece = pieces.write(composers, pieces.plan(composers, WANTED))
    assert piece.audio.shape == (1, -(-44_100 * 8 * 60 // 97))
    assert piece.audio.any() and len(piece.notes) == 128
    found = vgm.parse(piece.vgm)
    assert found.tags.title == "toy 3"
    heard = separated(transcribe(found.writes, rate=128 * 97 / 480))
    assert (heard == piece.notes).mean() > 0.99
    file = midi_file.parse(piece.midi)
    assert file.length == pytest.approx(8 * 60 / 97, abs=1e-3)


def test_a_continuation_begins_with_its_prompt(composers: Composers, prompt: Path) -> None:
    planned = pieces.plan(composers, WANTED, prompt)
    piece = pieces.write(composers, planned)
    known = separated(arrange.read(prompt, rate=16 * 97 / 60).score)
    assert np.array_equal(piece.notes[: len(known)], known)
    assert len(piece.notes) == 128 + 128
    assert planned.start == -(-44_100 * 8 * 60 // 97)


def test_bars_and_time_signature_are_those_of_the_metre(
    composers: Composers, tmp_path: Path
) -> None:
    """Named, or else the prompt's; the chain of files keeps it."""
    wanted = replace(WANTED, tempo=120.0, metre="7/8")
    piece = pieces.write(composers, pieces.plan(composers, wanted))
    assert len(piece.notes) == 2 * 42
    (tmp_path / "seven.mid").write_bytes(piece.midi)
    again = pieces.plan(composers, replace(wanted, metre=""), tmp_path / "seven.mid")
    assert again.recipe.metre == "7/8" and len(again.outline.given) == 4 * 42
    signature = midi_file.parse(pieces.write(composers, again).midi).tracks[0][2]
    assert (signature.numerator, signature.denominator) == (7, 8)
    named = pieces.plan(composers, replace(wanted, metre="3/4"), tmp_path / "seven.mid")
    assert named.recipe.metre == "3/4" and named.outline.start == 3 * 36
    midi.write(tmp_path / "score.mid", from_notes(toy_song(1, 48)))
    score = pieces.plan(composers, replace(wanted, metre=""), tmp_path / "score.mid")
    assert score.recipe.metre == "4/4"


def test_what_decides_a_piece_is_in_its_recipe(composers: Composers, prompt: Path) -> None:
    changes = [
        {},
        *(
            {"seed": 4},
            {"bars": 3},
            {"metre": "3/4"},
            {"metre": "6/8"},
            {"tempo": 98.0},
            {"tempo": 0.0},
        ),
        *({"controls": {"temperature": 0.7}}, {"controls": {"p1_duty": 0.0}}),
    ]
    plans = [pieces.plan(composers, replace(WANTED, **each)) for each in changes]
    plans += [pieces.plan(composers, replace(WANTED, voices=v), prompt) for v in ("p1", "p2 tr")]
    assert len({each.recipe.id for each in plans}) == len(changes) + 2
    again = replace(WANTED, tempo=float(np.float32(97.3)), voices="no tr p2 p1")
    same = replace(WANTED, tempo=97.3)
    assert pieces.plan(composers, again).recipe == pieces.plan(composers, same).recipe


def test_a_scores_own_volumes_and_duties_are_kept(composers: Composers, tmp_path: Path) -> None:
    """Those of the voices that are taken over from it; what is written is full, at the controls."""
    frames = np.zeros((48, 4, 3), np.uint8)
    frames[:, 0] = np.repeat([[60, 3, 1], [60, 12, 3], [60, 6, 0]], 16, axis=0)
    frames[:, 1] = 64, 9, 3
    frames[:, 3] = 7, 4, 1
    midi.write(tmp_path / "score.mid", Score(frames))
    wanted = replace(WANTED, tempo=120.0, bars=1, voices="p2 tr", controls={"p1_level": 15.0})
    planned = pieces.plan(composers, wanted, tmp_path / "score.mid")
    notes = np.zeros((96, 4), np.uint8)
    notes[:48] = frames[:, :, 0]
    notes[48:, 0], notes[:, 1] = 62, 72
    piece = pieces.played(notes, planned)
    found = transcribe(vgm.parse(piece.vgm).writes, rate=24.0).frames
    assert np.array_equal(found[:48, 0], frames[:, 0])
    assert found[48:, 0].tolist() == [[62, 15, 2]] * 48
    assert found[:, 1].tolist() == [[72, 9, 1]] * 96, "9 of 15 is the usual level of P2"
    assert found[0, 3].tolist() == [7, 2, 1], "4 at the usual level, 6 of 15"
    p1 = midi_file.parse(piece.midi).tracks[1]
    loud = [(each.note, each.velocity) for each in p1 if each.type == "note_on"]
    assert loud == [(60, 80), (62, 100)]
    changes = [each.value for each in p1 if each.type == "control_change"]
    assert changes == [64, 127, 90, 127], "3, 12 and 6 of 12, and the next note is full again"


def test_volumes_and_duties_decide_a_piece(composers: Composers, tmp_path: Path) -> None:
    found = []
    for name, velocity, duty in (("one", 9, 2), ("two", 8, 2), ("three", 9, 1)):
        notes = toy_song(1, 48)
        midi.write(tmp_path / f"{name}.mid", from_notes(notes, velocity=velocity, duty=duty))
        found.append(pieces.plan(composers, WANTED, tmp_path / f"{name}.mid").recipe.id)
    assert len(set(found)) == 3


def test_a_level_of_zero_mutes_a_voice_but_not_its_notes(composers: Composers) -> None:
    silent = {f"{voice}_level": 0.0 for voice in ("p1", "p2", "tr", "no")}
    loud = pieces.write(composers, pieces.plan(composers, WANTED))
    mute = pieces.write(composers, pieces.plan(composers, replace(WANTED, controls=silent)))
    assert np.array_equal(loud.notes, mute.notes) and mute.midi == loud.midi
    assert np.abs(loud.audio).max() > 0.05 > np.abs(mute.audio[:, 4_410:]).max() * 10


def test_a_piece_is_stored_whole_and_found_again(composers: Composers, tmp_path: Path) -> None:
    store, planned = SoundStore(tmp_path), pieces.plan(composers, WANTED)
    assert pieces.stored(store, planned) is None
    made = pieces.make(store, composers, planned, "daw")
    path, midi, vgm_path = (Path(str(made.values()[at])) for at in (1, 7, 8))
    assert [each.suffix for each in (path, midi, vgm_path)] == [".wav", ".mid", ".vgm"]
    before = [each.read_bytes() for each in (path, midi, vgm_path)]
    assert pieces.make(store, Composers({}), planned) == made  # no composer is needed
    midi.unlink()
    assert pieces.stored(store, planned) is None
    assert pieces.make(store, composers, planned) == made
    assert [each.read_bytes() for each in (path, midi, vgm_path)] == before


def test_work_that_is_stopped_leaves_nothing(composers: Composers, tmp_path: Path) -> None:
    parts: list[float] = []

    def stop(part: float, text: str) -> None:
        parts.append(part)
        if part > 0.3:
            raise CancelledError("the request was cancelled")

    with pytest.raises(CancelledError):
        planned = pieces.plan(composers, WANTED)
        pieces.make(SoundStore(tmp_path), composers, planned, progress=stop)
    assert parts == sorted(parts) and 0.3 < parts[-1] < 0.9
    assert not list(tmp_path.glob("*.*"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model": "drums"}, "unknown_model"),
        ({"seed": -1}, "bad_seed"),
        ({"controls": {"decay": 1.0}}, "bad_control"),
        ({"voices": "p9"}, "bad_arguments"),
        ({"bars": 0}, "bad_arguments"),
        ({"tempo": 1.0}, "bad_arguments"),
        ({"metre": "4/3"}, "bad_arguments"),
    ],
)
def test_a_request_out_of_range_is_refused(
    change: dict[str, object], code: str, composers: Composers
) -> None:
    with pytest.raises(InputError) as caught:
        pieces.plan(composers, replace(WANTED, **change))
    assert caught.value.code == code
    assert isinstance(caught.value, StarlingError)
