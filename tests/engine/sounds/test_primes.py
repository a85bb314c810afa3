from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.engine.sounds.primes import RecentPrimes, read_prime, stored_prime
from starling.engine.sounds.store import SoundStore
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
