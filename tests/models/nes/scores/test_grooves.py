from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import mido
import numpy as np
import pytest
from toy_midi import midi_of

from starling.models.nes.scores.arrange import arrange
from starling.models.nes.scores.grooves import choose, has_drums, is_pattern, with_drums
from starling.models.nes.scores.song import Song, from_midi


def pattern(bars: int = 2, tempo: int = 500_000) -> Song:
    """A kick on one and a snare on three of every bar of four."""
    hits = [(4 * at + beat, 0.2, key) for at in range(bars) for beat, key in ((0, 36), (2, 38))]
    hits.append((4 * bars - 0.5, 0.5, 42))
    return from_midi(midi_of(("kit", 10, hits), tempos=[(0, tempo)]), "beat.mid")


def tune(beats: int = 10, tempos: Sequence[tuple[float, int]] = (), name: str = "tune") -> Song:
    notes = [(at, 1, 60 + at % 3) for at in range(beats)]
    return from_midi(midi_of(("Flute", 1, notes), tempos=tempos), f"{name}.mid")


def drums(song: Song) -> list[tuple[float, int]]:
    own = np.array([song.parts[at].drums for at in song.part])
    return list(zip(song.start[own].round(3).tolist(), song.key[own].tolist(), strict=True))


def test_a_pattern_is_repeated_to_the_end() -> None:
    found = with_drums(tune(10), pattern())
    assert drums(found) == [
        (0.0, 36),
        (1.0, 38),
        (2.0, 36),
        (3.0, 38),
        (3.75, 42),
        (4.0, 36),
    ]
    assert found.seconds == 5.0 and len(found) == 16


def test_a_pattern_follows_the_tempo_of_the_song() -> None:
    found = with_drums(tune(6, [(0, 1_000_000), (2, 500_000)]), pattern(tempo=400_000))
    assert drums(found) == [(0.0, 36), (2.0, 38), (3.0, 36)]


def test_a_song_with_drums_is_heard_with_them() -> None:
    score = arrange(with_drums(tune(16), pattern())).score
    assert (score.frames[:, 3, 0] > 0).any() and (score.frames[:, 0, 0] > 0).mean() > 0.9


@pytest.mark.parametrize(
    ("song", "found"), [(pattern(2), True), (pattern(1), False), (tune(20), False)]
)
def test_patterns_are_drums_of_two_bars_or_more(song: Song, found: bool) -> None:
    assert is_pattern(song) is found


def test_a_fitting_pattern_is_chosen_by_the_name() -> None:
    patterns = {f"{at} bars": pattern(at) for at in range(2, 6)}
    chosen = {str(at): choose(tune(name=str(at)), patterns, 1.0) for at in range(40)}
    assert set(chosen.values()) == set(patterns)
    assert choose(tune(name="7"), patterns, 1.0) == chosen["7"]


def test_only_a_share_of_songs_gets_drums() -> None:
    got = [choose(tune(name=str(at)), {"a": pattern()}, 0.5) == "a" for at in range(100)]
    assert 30 < sum(got) < 70
    assert choose(tune(), {"a": pattern()}, 0.0) == ""


def test_other_bars_and_tempos_do_not_fit() -> None:
    assert choose(tune(), {"a": replace(pattern(), bar=3.0)}, 1.0) == ""
    assert choose(tune(), {"a": pattern(tempo=300_000)}, 1.0) == ""
    assert choose(pattern(), {"a": pattern()}, 1.0) == "" and has_drums(pattern())


def test_a_file_without_a_tempo_gets_none() -> None:
    file = midi_of(("a", 1, [(1, 1, 60)]))
    file.ticks_per_beat = -(25 << 8) + 40
    song = from_midi(file, "x.mid")
    assert not len(song.beats) and choose(song, {"a": pattern()}, 1.0) == ""


def test_the_bar_is_that_of_the_first_time_signature() -> None:
    file = midi_of(("a", 1, [(0, 1, 60)]))
    file.tracks[0].append(mido.MetaMessage("time_signature", numerator=6, denominator=8))
    assert from_midi(file, "x.mid").bar == 3.0
    assert tune().bar == 4.0 and tune(3).beats.tolist() == [0.0, 0.5, 1.0, 1.5]
