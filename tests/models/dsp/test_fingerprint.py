"""Prints and similarity: copies are found whatever they were written as, other hits are not."""

import io

import numpy as np
import pytest
import soundfile

from starling.models.dsp import fingerprint, signal

RATE = 44100


def snare(seed: int = 0, hertz: float = 190.0) -> np.ndarray:
    """Noise and a tone, both dying away."""
    time = np.arange(RATE // 2) / RATE
    noise = np.random.default_rng(seed).standard_normal(len(time)) * np.exp(-time * 18)
    tone = np.sin(2 * np.pi * hertz * time) * np.exp(-time * 25)
    return (0.2 * noise + 0.5 * tone).clip(-1, 1).astype(np.float32)


def coded(sound: np.ndarray, form: str) -> np.ndarray:
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format=form)
    return np.asarray(soundfile.read(io.BytesIO(file.getvalue()), dtype="float32")[0])


def similarity(one: np.ndarray, other: np.ndarray) -> float:
    spectra = (fingerprint.spectrum(sound.astype(np.float32), RATE) for sound in (one, other))
    return fingerprint.similarity(*spectra)


COPIES = {
    "quiet": lambda sound: sound * 0.05,
    "8 bits": lambda sound: np.round(sound * 127) / 127,
    "late": lambda sound: np.concatenate([np.zeros(301, np.float32), sound]),
    "22 kHz": lambda sound: signal.resample(signal.resample(sound, RATE, 22050), 22050, RATE),
    "half a sample late": lambda sound: signal.resample(
        signal.resample(sound, RATE, 2 * RATE)[1:], 2 * RATE, RATE
    ),
    "MP3": lambda sound: coded(sound, "MP3"),
    "OGG": lambda sound: coded(sound, "OGG"),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_copy_is_similar(copy) -> None:
    assert similarity(snare(), copy(snare())) > 0.95


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_copy_has_nearly_the_same_print(copy) -> None:
    made = copy(snare()).astype(np.float32)
    prints = [
        fingerprint.fingerprint(sound[signal.onset(sound) :], RATE).astype(float)
        for sound in (snare(), made)
    ]
    assert prints[0] @ prints[1] / np.prod([np.linalg.norm(one) for one in prints]) > 0.985


def test_other_noise_and_another_pitch_are_not_similar() -> None:
    assert similarity(snare(0), snare(1)) < 0.9
    assert similarity(snare(0), snare(0, hertz=230.0)) < 0.95


def test_print_has_320_bytes_and_knows_bands() -> None:
    low, high = (
        fingerprint.fingerprint(
            np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE).astype(np.float32), RATE
        ).reshape(fingerprint.STRETCHES, fingerprint.BANDS)
        for hertz in (100.0, 4000.0)
    )
    assert low.dtype == np.uint8 and low.size == 320
    assert low[2].argmax() < 10 and high[2].argmax() > 22
    assert low[-1].max() == 0  # nothing sounds from 1.25 to 2 s


def test_silence_has_an_empty_print_and_no_similarity() -> None:
    nothing = np.zeros(1000, np.float32)
    assert fingerprint.fingerprint(nothing, RATE).max() == 0
    assert similarity(nothing, snare()) == 0.0
