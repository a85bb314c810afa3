from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.errors import InputError, ParseError
from starling.presets.features.embedders import CLASSICAL
from starling.presets.search.region import MOST_WINDOWS, onsets, read_region, windows

RATE = CLASSICAL.sample_rate


def note(hertz: float, seconds: float, level: float = 0.3) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * time) * np.exp(-6 * time)).astype(np.float32)


def written(path: Path, sound: np.ndarray) -> Path:
    soundfile.write(path, sound, RATE, "FLOAT")
    return path


def test_without_a_mark_a_second_from_the_onset_is_taken(tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros(RATE // 2, np.float32), note(440, 3.0)])
    found = read_region(written(tmp_path / "a.wav", sound), CLASSICAL)
    assert found.start == pytest.approx(0.5, abs=0.002)
    assert found.end == pytest.approx(1.5, abs=0.002) and len(found.windows) == 1
    short = read_region(written(tmp_path / "b.wav", note(440, 0.3)), CLASSICAL)
    assert short.end == pytest.approx(0.3, abs=0.002)


def test_notes_of_a_marked_part_are_heard_one_by_one(tmp_path: Path) -> None:
    sound = np.concatenate([note(220, 1.0), note(440, 1.0), note(880, 1.0), note(110, 1.0)])
    found = read_region(written(tmp_path / "a.wav", sound), CLASSICAL, start=0.5, end=3.0)
    assert (found.start, found.end) == (0.5, 3.0)
    assert len(found.windows) == 3  # the rest of the first note, the second and the third
    pitches = [np.argmax(np.abs(np.fft.rfft(w, RATE))) for w in found.windows]
    assert pitches == pytest.approx([220, 440, 880], abs=3)


def test_a_long_sound_is_heard_in_windows_side_by_side() -> None:
    steady = np.sin(np.arange(30 * RATE) / 20).astype(np.float32)
    found = windows(steady, CLASSICAL)
    assert len(found) == MOST_WINDOWS and all(len(w) == CLASSICAL.frames for w in found)
    assert len(windows(steady[: RATE // 3], CLASSICAL)) == 1


def test_onsets_are_where_notes_begin() -> None:
    sound = np.concatenate([np.zeros(RATE // 4, np.float32), note(300, 0.5), note(300, 0.5)])
    found = np.array(onsets(sound, RATE)) / RATE
    assert found == pytest.approx([0.25, 0.75], abs=0.02)
    assert onsets(np.zeros(10, np.float32), RATE) == [0]
    assert onsets(np.zeros(RATE, np.float32), RATE) == [0]


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [(9.0, 10.0, "bad_option"), (0.0, 0.001, "bad_option"), (0.0, 100.0, "bad_option"),
     (1.5, 1.9, "silent")],
)  # fmt: skip
def test_parts_that_are_not_there_or_silent_are_refused(
    tmp_path: Path, start: float, end: float, code: str
) -> None:
    sound = np.concatenate([note(440, 1.0), np.zeros(RATE, np.float32)])
    with pytest.raises(InputError) as caught:
        read_region(written(tmp_path / "a.wav", sound), CLASSICAL, start=start, end=end)
    assert caught.value.code == code


def test_odd_sounds_are_taken_or_refused_in_a_sentence(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, 2 * RATE).astype(np.float32)
    found = read_region(written(tmp_path / "noise.wav", noise), CLASSICAL)
    assert found.start == 0 and len(found.windows[0]) == CLASSICAL.frames
    click = np.zeros(3 * RATE, np.float32)
    click[2 * RATE] = 0.9
    found = read_region(written(tmp_path / "click.wav", click), CLASSICAL)
    assert found.start == pytest.approx(2.0, abs=0.001)
    long = np.zeros(601 * RATE, np.float32)
    long[300 * RATE :] = np.resize(note(440, 1.0), 301 * RATE)
    found = read_region(written(tmp_path / "long.wav", long), CLASSICAL)
    assert found.start == pytest.approx(300.0, abs=0.01)
    marked = read_region(tmp_path / "long.wav", CLASSICAL, start=400.0, end=430.0)
    assert len(marked.windows) == MOST_WINDOWS
    with pytest.raises(ParseError, match="96 channels"):
        read_region(written(tmp_path / "wide.wav", np.zeros((100, 96), np.float32)), CLASSICAL)
