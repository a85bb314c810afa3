"""Where a sound begins: noise, hum and an offset before it are left out, an attack is not."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from starling.presets.search.audio_query import Onset, onset_of, read_onset
from starling.presets.search.onset import lead_of

RATE = 44_100
Array = NDArray[np.float32]
LEADS = {
    "nothing": lambda at: np.zeros(len(at)),
    "hiss": lambda at: 10 ** (-60 / 20) * np.random.default_rng(1).normal(size=len(at)),
    "hum": lambda at: 2**0.5 * 10 ** (-50 / 20) * np.sin(2 * np.pi * 50 * at),
    "an offset": lambda at: np.full(len(at), 0.3),
    "hiss and an offset": lambda at: (
        10 ** (-60 / 20) * np.random.default_rng(1).normal(size=len(at)) - 0.3
    ),
}


def note(seconds: float = 1.0, attack: float = 0.0) -> Array:
    at = np.arange(round(seconds * RATE)) / RATE
    rise = np.minimum(1, at / attack) if attack else 1
    return (0.5 * rise * np.cos(2 * np.pi * 220 * at)).astype(np.float32)


def after(lead: str, seconds: float, sound: Array) -> Array:
    at = np.arange(round(seconds * RATE) + len(sound)) / RATE
    padded = np.pad(sound, (round(seconds * RATE), 0))
    return (padded + LEADS[lead](at)).astype(np.float32)


def both(sound: Array, tmp_path: Path) -> list[Onset]:
    """As an array and as a file."""
    soundfile.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    return [onset_of(sound[:, None], RATE, 1.0), read_onset(tmp_path / "a.wav", 1.0)]


@pytest.mark.parametrize("seconds", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("lead", LEADS)
def test_a_sound_begins_after_what_its_recording_adds(
    lead: str, seconds: float, tmp_path: Path
) -> None:
    for found in both(after(lead, seconds, note()), tmp_path):
        assert found.samples.shape == (RATE,)
        assert np.abs(found.samples - note()).max() < 0.012


@pytest.mark.parametrize("attack", [0.5, 2.0])
def test_an_attack_is_no_noise(attack: float, tmp_path: Path) -> None:
    for found in both(note(3.0, attack), tmp_path):
        assert found.samples[: round(0.01 * RATE)].max() < 0.02
        assert np.argmax(np.abs(found.samples) > 0.05) == pytest.approx(attack / 10 * RATE, rel=0.1)


def test_a_soft_note_before_a_loud_one_is_where_it_begins(tmp_path: Path) -> None:
    sound = np.concatenate([0.05 * note(), note()])
    for found in both(sound, tmp_path):
        assert np.abs(found.samples).max() < 0.03


def test_steady_sound_is_no_lead_of_its_own() -> None:
    for sound in (note(), note()[:100], np.zeros(RATE, np.float32)):
        assert len(lead_of(sound[:, None], RATE, 0.5)) == 0
