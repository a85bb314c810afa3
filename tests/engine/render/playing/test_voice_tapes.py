"""Notes on tapes: everything comes back to its place, and the cost has a limit."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from starling.engine.render.playing.voice_tapes import POLYPHONY, TAPE_SECONDS, read_tape, tapes
from starling.engine.songs.notes import SongNote
from starling.presets.sandbox.pipe import NO_SAMPLES

RATE = 1_000  # frames are milliseconds
NOTES = st.builds(
    lambda start, length, key, velocity: SongNote(start, start + length, key, velocity),
    st.integers(0, 5_000).map(lambda ms: ms / 1000),
    st.integers(1, 2_000).map(lambda ms: ms / 1000),
    st.integers(0, 127),
    st.integers(1, 127),
)


@given(st.lists(NOTES, max_size=60), st.floats(0.005, 2.0))
def test_every_note_is_played_once_where_it_belongs(notes: list[SongNote], release: float) -> None:
    notes.sort(key=lambda note: (note.start, note.key, note.end, note.velocity))
    slots = [slot for tape in tapes(notes, release, RATE, 6_000) for slot in tape.slots]
    assert [(s.start, s.key, s.velocity) for s in slots] == [
        (round(n.start * RATE), n.key, n.velocity) for n in notes
    ]
    assert all(1 <= slot.held <= slot.frames for slot in slots)
    assert all(slot.start + slot.frames <= 6_000 for slot in slots)


@given(st.lists(NOTES, min_size=1, max_size=40))
def test_tapes_hold_notes_one_after_the_other(notes: list[SongNote]) -> None:
    notes.sort(key=lambda note: note.start)
    for tape in tapes(notes, 0.3, RATE, 8_000):
        ends = [slot.at + slot.frames for slot in tape.slots]
        assert all(end < slot.at for end, slot in zip(ends, tape.slots[1:], strict=False))
        assert ends[-1] <= tape.frames


def test_the_code_says_key_velocity_and_release() -> None:
    [tape] = tapes([SongNote(0.5, 0.7, 60, 100)], 0.1, RATE, 6_000)
    code = tape.code()
    assert set(code[:200]) == {100 * 128 + 60}
    assert set(code[200:350]) == {-(100 * 128 + 60)}


def test_what_was_rendered_is_added_at_its_place() -> None:
    notes = [SongNote(0.1, 0.2, 60, 100), SongNote(0.15, 0.3, 64, 90)]
    [tape] = tapes(notes, 0.01, RATE, 1_000)
    song = np.zeros((2, 1_000), np.float32)
    tape.place(np.stack([tape.code()] * 2), song)
    assert song[0, 99] == 0
    assert song[0, 100] == 100 * 128 + 60
    assert song[0, 150] == 100 * 128 + 60 + 90 * 128 + 64
    assert song[0, 250] == 90 * 128 + 64


def test_a_curve_passes_on_the_tape_as_in_the_song() -> None:
    [tape] = tapes([SongNote(0.5, 0.7, 60, 100)], 0.01, RATE, 1_000)

    def ramp(channel: int, key: int, start: int, frames: int) -> np.ndarray:
        return np.arange(start, start + frames, dtype=np.float32)

    assert list(tape.signals(tape.cut(ramp))[1, :3]) == [500, 501, 502]
    assert not tape.cut(lambda *_: None).any()
    assert not tape.signals(NO_SAMPLES)[1].any()


@given(st.lists(NOTES, min_size=1, max_size=9))
def test_a_tape_survives_the_way_to_another_process(notes: list[SongNote]) -> None:
    for tape in tapes(notes, 0.3, RATE, 8_000):
        assert read_tape(json.loads(json.dumps(tape.json())), tape.frames) == tape


def test_long_releases_of_many_notes_end_when_voices_run_out() -> None:
    notes = [SongNote(at / 100, at / 100 + 0.01, 60, 100) for at in range(300)]
    slots = [slot for tape in tapes(notes, 10.0, RATE, 20_000) for slot in tape.slots]
    assert slots[0].stolen
    assert slots[0].frames <= POLYPHONY * 10 + 10
    assert not slots[-1].stolen


def test_long_tracks_are_shared_out() -> None:
    notes = [SongNote(float(at), at + 0.9, 60, 100) for at in range(100)]
    found = tapes(notes, 0.05, RATE, 101_000)
    assert len(found) == 4
    assert all(tape.frames < (TAPE_SECONDS + 2) * RATE for tape in found)


def test_no_notes_make_no_tapes() -> None:
    assert tapes([], 0.1, RATE, 1_000) == []
