"""Searches by sounds with what a recording adds, made from `examples/query.wav`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from starling.presets.library.database import LibraryDatabase
from starling.presets.scan.update import scan
from starling.presets.search.by_sound import search_file
from starling.presets.synths.plugin import find_amsynth

QUERY = Path(__file__).resolve().parents[3] / "examples" / "query.wav"


@pytest.fixture(scope="module")
def amsynths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibraryDatabase]:
    """A library of one real bank: 128 presets."""
    bank = Path("/usr/share/amsynth/banks/BriansBank01.amSynth.bank")
    if find_amsynth() is None or not bank.is_file():
        pytest.skip("amsynth is not installed: apt install amsynth")
    library = LibraryDatabase.open(tmp_path_factory.mktemp("amsynths"))
    scan(library, synths=(), folders=[bank])
    yield library
    library.close()


def hiss(query: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """A second of white noise at -60 dB before it, and on."""
    sound = np.concatenate([np.zeros(rate, np.float32), query])
    noise = np.random.default_rng(1).normal(size=len(sound))
    return sound + (1e-3 * noise).astype(np.float32)


def hum(query: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """A second of the mains at -50 dB before it, and on."""
    sound = np.concatenate([np.zeros(rate, np.float32), query])
    return sound + (0.0045 * np.sin(2 * np.pi * 50 / rate * np.arange(len(sound)))).astype("f")


def direct(query: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """A constant offset of half of full scale."""
    return 0.4 * query + np.float32(0.5)


@pytest.mark.parametrize("change", [hiss, hum, direct])
def test_a_search_hears_past_what_a_recording_adds(
    change: Callable[[NDArray[np.float32], int], NDArray[np.float32]],
    amsynths: LibraryDatabase,
    tmp_path: Path,
) -> None:
    """8 of the clean file's 10 hits, of 128."""
    query, rate = soundfile.read(QUERY, dtype="float32")
    soundfile.write(tmp_path / "q.wav", change(query, rate), rate)
    clean, found = (
        {hit.preset for hit in search_file(amsynths, path, 10).hits}
        for path in (QUERY, tmp_path / "q.wav")
    )
    assert len(clean) == 10 and len(clean & found) >= 8
