"""The chip's voices under a track's notes: options, keys, chords, and the same bytes again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from starling.engine.render.assignments import Assignment, parse_track
from starling.engine.render.bounce import mixer_controls
from starling.engine.render.parts import Part, resolve
from starling.engine.render.playing import chip_voices
from starling.engine.render.playing.chip_voices import ChipVoice, chip_voice
from starling.engine.songs.notes import ControlChange, SongNote
from starling.engine.songs.pitch import Pitch
from starling.engine.songs.song import Song, Track, read_song
from starling.models.errors import InputError
from starling.models.midi.controllers import BEND
from starling.models.nes.chip.live import Patch
from starling.models.nes.chip.play import Voicing, play
from starling.models.nes.chip.render import render
from starling.models.nes.scores import midi
from starling.models.nes.scores.score import Score

RATE = 44_100


def hit(start: float, key: int = 69, velocity: int = 127, length: float = 0.2) -> SongNote:
    return SongNote(start, start + length, key, velocity)


def played(text: str, *notes: SongNote) -> np.ndarray:
    assignment = parse_track(f"2={text}")
    source = chip_voice(assignment.name, dict(assignment.options))
    return chip_voices.play(source, Track(2, 0, "", notes, ()), RATE, RATE)


def test_tracks_are_read_with_their_options() -> None:
    text = "2=chip:pulse:duty=25%,decay=.2,sustain=4,level=12"
    assignment = parse_track(text)
    assert (assignment.kind, assignment.name) == ("chip", "pulse")
    patch = Patch(1, level=12, decay_s=0.2, sustain=4)
    assert chip_voice(assignment.name, dict(assignment.options)) == ChipVoice("pulse", patch)
    assert chip_voice("noise", {"mode": "short"}) == ChipVoice("noise", Patch(1))
    assert chip_voice("triangle", {}) == ChipVoice("triangle", Patch())


@pytest.mark.parametrize(("voice", "key"), [("pulse", 69), ("triangle", 57), ("noise", 40)])
def test_a_note_starts_on_its_frame_and_falls_silent(voice: str, key: int) -> None:
    [left, right] = played(f"chip:{voice}", hit(0.25, key))
    assert np.array_equal(left, right) and left.dtype == np.float32
    first, last = round(0.25 * RATE), round(0.5 * RATE)
    assert not left[:first].any() and np.abs(left[first : first + 400]).max() > 0.05
    assert np.abs(left[last - 100 : last]).max() < 1e-4 and not left[last + 100 :].any()


def test_a_pulse_has_the_pitch_of_its_key() -> None:
    sound = played("chip:pulse", hit(0, 69, length=0.9))[0][4_410:39_690]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert spectrum.argmax() * RATE / len(sound) == pytest.approx(440, abs=2)


def test_chords_sound_as_each_note_on_a_chip_of_its_own() -> None:
    notes = hit(0, 60), hit(0, 64), hit(0.1, 67)
    alone = sum(played("chip:pulse", note) for note in notes)
    assert np.allclose(played("chip:pulse", *notes), alone, atol=1e-6)


def test_the_same_notes_give_the_same_bytes_and_options_others() -> None:
    notes = hit(0, 60), hit(0.3, 62, 80), hit(0.6, 60)
    first = played("chip:pulse", *notes).tobytes()
    assert played("chip:pulse", *notes).tobytes() == first
    for options in ("duty=25", "level=7", "release=.1", "attack=.05", "decay=.1,sustain=3"):
        assert played(f"chip:pulse:{options}", *notes).tobytes() != first
    assert (
        np.abs(played("chip:pulse", hit(0, velocity=40))).max()
        < np.abs(played("chip:pulse", hit(0))).max()
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("saw", "chip must be one of pulse, triangle, noise, got 'saw'"),
        ("pulse:mode=short", "chip:pulse has duty, level, attack, .*; got 'mode'"),
        ("triangle:duty=50", "chip:triangle has level, .*; got 'duty'"),
        ("pulse:duty=33", "duty must be one of 12.5, 25, 50, 75, got '33'"),
        ("noise:mode=loud", "mode must be one of long, short, got 'loud'"),
        ("pulse:level=16", r"level must be 0\.\.15, got 16"),
        ("pulse:level=x", r"level must be a whole number 0\.\.15, got 'x'"),
        ("pulse:decay=x", r"decay must be seconds 0\.\.60, got 'x'"),
        ("pulse:decay=-1", r"decay_s must be 0\.\.60, got -1"),
    ],
)
def test_what_the_chip_does_not_have_is_refused(text: str, sentence: str) -> None:
    assignment = parse_track(f"2=chip:{text}")
    with pytest.raises(InputError, match=sentence):
        chip_voice(assignment.name, dict(assignment.options))


def test_keys_are_checked_before_anything_is_rendered() -> None:
    song = Song("song", 1.0, {2: Track(2, 0, "", (hit(0, 20),), ())})
    sentence = r"chip:pulse plays the keys 33\.\.\d+, got 20; transpose the track, or give it to"
    with pytest.raises(InputError, match=sentence):
        resolve(song, [Assignment(2, "chip", "pulse")], {})
    low = Song("song", 1.0, {2: Track(2, 0, "", (hit(0, 40),), ())})
    [part] = resolve(low, [Assignment(2, "chip", "triangle")], {})
    assert part.title == "triangle (chip)"


NESMDB = [  # frames at 24 Hz of P1, silent, noise: louder, then softer at another duty; and alone
    [[60, 3, 1], [0, 0, 0], [40, 0, 0], [1, 15, 1]],
    [[60, 12, 1], [0, 0, 0], [40, 0, 0], [1, 5, 1]],
    [[60, 6, 2], [0, 0, 0], [0, 0, 0], [16, 5, 0]],
    [[0, 0, 0], [0, 0, 0], [45, 0, 0], [0, 0, 0]],
]


@pytest.fixture
def score(tmp_path: Path) -> Score:
    """Half a second in nesmdb's conventions, each state for three frames."""
    found = Score(np.repeat(np.array(NESMDB, np.uint8), 3, axis=0), name="score")
    midi.write(tmp_path / "score.mid", found)
    return found


def track_of(tmp_path: Path, channel: int) -> Track:
    return read_song(tmp_path / "score.mid").tracks[channel]


@pytest.mark.parametrize(
    ("channel", "text", "voice"), [(1, "pulse", 0), (3, "triangle", 2), (10, "noise", 3)]
)
def test_a_scores_voice_sounds_as_the_score_itself(
    score: Score, tmp_path: Path, channel: int, text: str, voice: int
) -> None:
    """Its volumes, its duties and the noise's notes 1..16, from MIDI as from the frames."""
    [left, _] = chip_voices.play(chip_voice(text, {}), track_of(tmp_path, channel), RATE, RATE)
    alone = np.zeros((len(score), 4, 3), np.uint8)
    alone[:, voice] = score.frames[:, voice]
    expected = render(play(Score(alone)), RATE)
    sounding = len(expected) - 32  # what ends the score is band-limited: it begins before
    assert left[:sounding] == pytest.approx(chip_voices.GAIN * expected[:sounding], abs=1e-6)
    assert np.abs(expected).max() > 0.01
    assert np.abs(left[len(expected) + 4_410 :]).max() < 1e-6, "the score is over"


def test_volumes_of_a_score_are_not_the_mixers_expression(score: Score, tmp_path: Path) -> None:
    song = read_song(tmp_path / "score.mid")
    [part] = resolve(song, [parse_track("1=chip:pulse")], {})
    assert mixer_controls(part) == []
    others = replace(part.track, line=None)
    assert mixer_controls(Part(others, part.source)) == others.controls
    assert [(each.number, each.value) for each in others.controls] == [
        (11, 64),
        (11, 127),
        (11, 90),
    ]


def test_a_scores_voice_may_be_another_of_the_chip(score: Score, tmp_path: Path) -> None:
    """The triangle's part on a pulse of 50 %, full; the noise's on one, from the key 36 on."""
    [left, _] = chip_voices.play(chip_voice("pulse", {}), track_of(tmp_path, 3), RATE, RATE)
    frames = np.zeros((len(score), 4, 3), np.uint8)
    frames[:, 0, 0] = score.frames[:, 2, 0]
    frames[:, 0, 1] = np.where(frames[:, 0, 0] > 0, 15, 0)
    expected = render(play(Score(frames), {"p1": Voicing(duty=2)}), RATE)
    assert left[: len(expected)] == pytest.approx(chip_voices.GAIN * expected, abs=1e-6)
    source = chip_voice("pulse", {"duty": "25", "level": "9"})
    [left, _] = chip_voices.play(source, track_of(tmp_path, 10), RATE, RATE)
    frames[:, 0] = score.frames[:, 3]
    frames[:, 0, 0] += np.where(frames[:, 0, 0] > 0, 35, 0).astype(np.uint8)
    expected = render(play(Score(frames), {"p1": Voicing(duty=1, level=9)}), RATE)
    assert left[: len(expected)] == pytest.approx(chip_voices.GAIN * expected, abs=1e-6)


def test_an_envelope_over_a_scores_volumes_is_refused(score: Score, tmp_path: Path) -> None:
    song = read_song(tmp_path / "score.mid")
    for option in ("attack=.1", "decay=.1", "sustain=3", "release=.2"):
        with pytest.raises(InputError, match="channel 1 is a voice of a score"):
            resolve(song, [parse_track(f"1=chip:pulse:{option}")], {})
    [part] = resolve(song, [parse_track("1=chip:pulse:duty=75,level=8")], {})
    assert part.source == ChipVoice("pulse", Patch(3, level=8))


def test_a_bent_note_is_as_long_and_an_octave_higher() -> None:
    bend = [ControlChange(0, *each) for each in ((101, 0), (100, 0), (6, 12), (BEND, 8191))]
    voice, one = chip_voice("triangle", {}), Track(2, 0, "", (SongNote(0.1, 0.6, 57, 100),), ())
    pitch = Pitch(bend, RATE, RATE)
    [plain, _], [bent, _] = (
        chip_voices.play(voice, one, RATE, RATE, each) for each in (None, pitch)
    )
    inside = slice(round(0.2 * RATE), round(0.5 * RATE))
    low, high = (np.argmax(np.abs(np.fft.rfft(each[inside]))) for each in (plain, bent))
    assert high == pytest.approx(2 * low, abs=1.1)
    ends = [np.flatnonzero(np.abs(each) > 0.05)[-1] / RATE for each in (plain, bent)]
    assert ends == pytest.approx([0.6, 0.6], abs=0.02)
