"""Songs in nesmdb's conventions: the plugin reads in a file what Python reads."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from starling.models.nes.scores import midi, midi_file, voice_line
from starling.models.nes.scores.score import CHIP, FULL_VELOCITY, VOICES, Score

pytestmark = pytest.mark.host


def moving_score() -> Score:
    """Two seconds: notes that swell, fade and change their duty or mode, and rests."""
    random = np.random.default_rng(5)
    frames = np.zeros((48, 4, 3), np.uint8)
    for voice, lowest in enumerate((60, 48, 36, 1)):
        for first in range(0, 48, 6):
            if random.random() < 0.8:
                frames[first : first + 5, voice, 0] = lowest + random.integers(12)
        sounds = frames[:, voice, 0] > 0
        if CHIP[voice].velocity:
            frames[:, voice, 1] = random.integers(1, 16, 48) * sounds
            frames[:, voice, 2] = random.integers(0, CHIP[voice].timbre + 1, 48)
    return Score(frames, 24.0)


def states_of(lines: list[str], voice: int) -> list[tuple[int, ...]]:
    """Sample, key, volume and timbre of a voice, wherever one of them changes."""
    found: list[tuple[int, ...]] = []
    for beat, each, kind, key, _, _, volume, timbre in map(str.split, lines):
        if int(each) == voice:
            sample = round(float(beat) * midi.TICKS_PER_BEAT)
            state = (0, 0, 0) if kind == "end" else (int(key), int(volume), int(timbre))
            if found and found[-1][0] == sample:
                found.pop()
            found.append((sample, *state))
    return found


def test_the_plugin_reads_volumes_and_duties_as_python_does(harness: Path, tmp_path: Path) -> None:
    path = tmp_path / "moving.mid"
    midi.write(path, moving_score())
    done = subprocess.run([harness, "song", path], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert sum(" change " in line for line in lines) > 40
    for voice, line in voice_line.of_file(midi_file.read(path), "moving").items():
        own = voice_line.cast(line, voice).astype(int)
        own[:, 0] += (voice_line.FIRST_KEY - 1) * (voice == "no") * (own[:, 0] > 0)
        own[own[:, 0] == 0] = 0
        if voice == "tr":
            own[own[:, 0] > 0, 1:] = FULL_VELOCITY, -1
        rows = [(int(at), *map(int, row)) for at, row in zip(line.samples, own, strict=True)]
        moves = [
            row for at, row in enumerate(rows) if row[1:] != (rows[at - 1][1:] if at else (0, 0, 0))
        ]
        assert states_of(lines, VOICES.index(voice)) == moves, voice
