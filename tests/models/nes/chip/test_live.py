"""One note as it is played: pitch, envelope, release, keys that a voice has."""

import numpy as np
import pytest
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.models.nes.chip.live import Patch, note
from starling.models.nes.chip.render import render
from starling.models.nes.chip.transcribe import transcribe


def loudness(sound: NDArray[np.float32], parts: int) -> list[float]:
    """The level of each part of a sound."""
    return [float(np.std(part)) for part in np.array_split(sound.astype(float), parts)]


@pytest.mark.parametrize("voice", ["p1", "p2", "tr"])
def test_a_key_is_its_note(voice: str) -> None:
    found = transcribe(note(voice, 60, 0.5)).frames
    at = ("p1", "p2", "tr").index(voice)
    assert set(found[:, at, 0].tolist()) == {60}
    assert not np.delete(found, at, axis=1).any()


def test_keys_of_the_noise_go_round_its_sixteen_notes() -> None:
    notes = [int(transcribe(note("no", key, 0.1)).frames[0, 3, 0]) for key in (36, 51, 52, 35)]
    assert notes == [1, 16, 1, 16]


def test_the_envelope_attacks_decays_and_is_released() -> None:
    patch = Patch(level=14, attack_s=0.5, decay_s=0.5, sustain=6, release_s=0.5)
    volumes = transcribe(note("p1", 60, 1.5, patch)).frames[:, 0, 1].astype(int)
    assert volumes.max() in (13, 14)
    peak = int(np.argmax(volumes))
    assert 11 <= peak <= 13
    assert (np.diff(volumes[:peak]) >= 0).all() and (np.diff(volumes[peak:]) <= 0).all()
    assert set(volumes[25:35].tolist()) == {6}  # the sustain: 6/15 of 14 is 5.6
    assert volumes[-1] <= 1


@pytest.mark.parametrize("voice", ["p1", "p2", "tr", "no"])
def test_every_voice_is_heard_while_its_key_is_held(voice: str) -> None:
    sound = render(note(voice, 57, 0.4))
    assert len(sound) == 17640
    assert min(loudness(sound, 4)) > 0.01


def test_velocity_and_level_make_it_softer() -> None:
    full, half = (render(note("p1", 57, 0.3, velocity=each)) for each in (127, 64))
    low = render(note("p1", 57, 0.3, Patch(level=4)))
    assert loudness(full, 1)[0] > 1.5 * loudness(half, 1)[0] > 1.5 * loudness(low, 1)[0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("p3", 60, 1.0), "voice must be one of p1, p2, tr, no, got 'p3'"),
        (("p1", 32, 1.0), r"p1 plays the keys 33\.\.127, got 32"),
        (("tr", 20, 1.0), r"tr plays the keys 21\.\.127, got 20"),
        (("no", 128, 1.0), r"no plays the keys 0\.\.127, got 128"),
        (("p1", 60, 0.0), "held_s must be above 0 and up to 60, got 0.0"),
        (("p1", 60, 61.0), "held_s must be above 0 and up to 60, got 61.0"),
        (("p1", 60, 1.0, Patch(duty=4)), r"duty must be 0\.\.3, got 4"),
        (("no", 60, 1.0, Patch(duty=2)), r"duty must be 0\.\.1, got 2"),
        (("p1", 60, 1.0, Patch(attack_s=-1)), r"attack_s must be 0\.\.60, got -1"),
        (("p1", 60, 1.0, Patch(), 0), r"velocity must be 1\.\.127, got 0"),
    ],
)
def test_bad_notes_get_a_sentence(arguments: tuple, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        note(*arguments)
