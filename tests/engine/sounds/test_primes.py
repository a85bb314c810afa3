import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.engine.sounds import wav
from starling.engine.sounds.primes import RecentPrimes, read_prime, stored_prime
from starling.engine.sounds.recipe import Recipe
from starling.engine.sounds.store import SoundStore
from starling.models.datasets import album
from starling.models.dsp.signal import rms_db
from starling.models.errors import InputError, MissingError, StarlingError

RATE = 8_000


def tone(seconds: float, rate: int = RATE, channels: int = 1) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return np.repeat(0.5 * np.sin(2 * np.pi * 220 * time)[:, None], channels, 1).astype(np.float32)


def written(path: Path, frames: np.ndarray, rate: int = RATE) -> Path:
    soundfile.write(path, frames, rate, subtype="FLOAT")
    return path


def test_a_prime_is_mono_at_the_rate_of_the_model(tmp_path: Path) -> None:
    prime = read_prime(written(tmp_path / "a.wav", tone(1.0, 48_000, 2), 48_000), RATE)
    assert prime.samples.shape == (RATE,) and prime.samples.dtype == np.float32
    assert abs(np.abs(prime.samples).max() - 0.5) < 0.02 and prime.remark == ""


def test_of_a_long_sound_the_last_minute_counts(tmp_path: Path) -> None:
    long = np.concatenate([np.full((5 * RATE, 1), 0.9, np.float32), tone(60.0)])
    prime = read_prime(written(tmp_path / "a.wav", long), RATE)
    assert np.array_equal(prime.samples, tone(60.0)[:, 0])
    assert prime.remark == "the prime lasts 65 s, of which the last 60 count"


def test_a_stored_prime_is_the_same_prime_again(tmp_path: Path) -> None:
    store = SoundStore(tmp_path / "store")
    primes = RecentPrimes(store)
    path = written(tmp_path / "a.wav", tone(1.3, 44_100, 2), 44_100)
    first = primes.read(path, RATE, "me")
    again = primes.read(store.path(first.id), RATE, "me")
    assert again.id == first.id and np.array_equal(again.samples, first.samples)
    held = stored_prime(store, first.id)
    assert held is not None and np.array_equal(held, first.samples)
    assert read_prime(path, 2 * RATE).id != first.id


def test_a_prime_at_hand_is_not_read_again_until_its_file_changes(tmp_path: Path) -> None:
    store = SoundStore(tmp_path / "store")
    primes = RecentPrimes(store)
    path = written(tmp_path / "a.wav", tone(1.0))
    assert primes.known(path, RATE, "me") is None
    prime = primes.read(path, RATE, "me")
    assert primes.known(path, RATE, "me") is prime
    written(path, tone(2.0))
    assert primes.known(path, RATE, "me") is None
    primes.read(path, RATE, "me")
    store.path(primes.read(path, RATE, "me").id).unlink()
    assert primes.known(path, RATE, "me") is None, "its samples are stored no more"


def test_a_prime_gets_the_level_of_what_the_model_learned_from(tmp_path: Path) -> None:
    folder = tmp_path / "album"
    folder.mkdir()
    seconds = np.arange(20 * RATE) / RATE
    quiet = 0.03 * np.sin(2 * np.pi * 220 * seconds) * (1 + seconds / 20)
    path = written(folder / "a.wav", quiet.astype(np.float32))
    learned = album.load(folder, RATE, seconds=2.0, overlap=0.0)
    assert learned.gain == pytest.approx(0.9 / 0.06, rel=1e-2)
    [recording] = learned.recordings
    prime = read_prime(path, RATE, learned.gain)
    assert rms_db(prime.samples) == pytest.approx(rms_db(recording), abs=0.1)
    raw = read_prime(path, RATE).samples
    assert np.array_equal(prime.samples, raw * np.float32(learned.gain))


def test_a_gain_limits_what_lies_beyond_full_scale(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", tone(1.0))
    prime = read_prime(path, RATE, 4.0)
    assert np.array_equal(prime.samples, np.clip(4 * tone(1.0)[:, 0], -1, 1))


def test_what_a_model_made_and_stored_primes_have_their_level_already(tmp_path: Path) -> None:
    recipe = Recipe("rain", "ab12", 3, 7, ())
    made = tmp_path / "made.wav"
    made.write_bytes(wav.encode(tone(1.0).T, RATE, recipe=recipe.json))
    assert np.array_equal(read_prime(made, RATE, 3.0).samples, tone(1.0)[:, 0])
    store = SoundStore(tmp_path / "store")
    primes = RecentPrimes(store)
    path = written(tmp_path / "a.wav", 0.2 * tone(1.0))
    first = primes.read(path, RATE, "me", 3.0)
    assert first.samples == pytest.approx(0.6 * tone(1.0)[:, 0], abs=1e-6)
    assert primes.known(path, RATE, "me", 3.0) is first
    assert primes.known(path, RATE, "me", 2.0) is None, "of another model"
    assert primes.read(store.path(first.id), RATE, "me", 3.0).id == first.id


def test_many_channels_are_read_in_bounded_memory(tmp_path: Path) -> None:
    """20 s of 64 channels: as one array they take 82 MB."""
    path = tmp_path / "a.wav"
    second = np.repeat(0.25 * np.sin(np.arange(2 * RATE) / 5)[:, None], 64, 1)
    with soundfile.SoundFile(path, "w", 2 * RATE, 64, "PCM_U8") as file:
        for _ in range(20):
            file.write(second)
    tracemalloc.start()
    try:
        prime = read_prime(path, RATE)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(prime.samples) == 20 * RATE and peak < 40e6


def test_channels_that_cancel_give_way_to_the_loudest(tmp_path: Path) -> None:
    frames = tone(1.0, channels=2) * np.array([0.8, -0.81], np.float32)
    prime = read_prime(written(tmp_path / "a.wav", frames), RATE)
    assert np.array_equal(prime.samples, frames[:, 1])


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (np.zeros((RATE, 1), np.float32), "silent"),
        (np.zeros((0, 1), np.float32), "silent"),
        (np.full((RATE, 1), np.nan, np.float32), "bad_file"),
        (np.full((RATE, 1), np.inf, np.float32), "bad_file"),
    ],
)
def test_bad_primes_are_refused(tmp_path: Path, frames: np.ndarray, code: str) -> None:
    with pytest.raises(InputError, match=r"a\.wav") as caught:
        read_prime(written(tmp_path / "a.wav", frames), RATE)
    assert caught.value.code == code


def test_what_is_no_sound_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    for name in ("a.wav", "absent.wav"):
        with pytest.raises(StarlingError) as caught:
            read_prime(tmp_path / name, RATE)
        assert caught.value.code == "bad_file"


def test_a_prime_that_is_not_stored_is_named(tmp_path: Path) -> None:
    assert stored_prime(None, "") is None
    for store in (None, SoundStore(tmp_path)):
        with pytest.raises(MissingError, match="ab" * 16):
            stored_prime(store, "ab" * 16)
