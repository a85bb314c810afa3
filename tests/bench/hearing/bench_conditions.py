"""Whether the same sound stays itself: ten nearest presets of changed recordings beside the clean.

`python3 build.py bench conditions`. Queries: fifty recordings of ../shared/data/instruments, each
searched as a file in the library of `bench scan` (or scanned first), clean and then under each
condition. A condition's figure is the median over queries of how many of the clean query's ten hits
are among its own ten; `_old` is the same for the timbre network without families.
"""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from baselines.timing import say
from judged import INSTRUMENTS
from numpy.typing import NDArray

from starling.presets.features.embedder import Embedder
from starling.presets.features.embedders import default, timbre_alone
from starling.presets.library.database import LibraryDatabase
from starling.presets.search.by_sound import search_file

RATE = 44_100
QUERIES, K = 50, 10
BAR = 8
HOME = Path(".starling/bench/hearing").resolve()
Array = NDArray[np.float32]
Change = Callable[[Array, np.random.Generator], Array]


def db(level: float) -> float:
    """A factor for a level in dB."""
    return float(10 ** (level / 20))


def before(noise: Array, sound: Array) -> Array:
    """A second of noise that goes on under the sound."""
    whole = np.concatenate([np.zeros(RATE, np.float32), sound])
    return np.asarray(whole + np.resize(noise, len(whole)), np.float32)


def hiss(sound: Array, random: np.random.Generator) -> Array:
    """White noise of -60 dBFS from a second before."""
    return before(random.normal(0, db(-60), RATE + len(sound)).astype(np.float32), sound)


def hum(sound: Array, random: np.random.Generator) -> Array:
    """50 Hz and two partials at -50 dBFS from a second before."""
    time = np.arange(RATE + len(sound)) / RATE
    wave = sum(np.sin(2 * np.pi * 50 * n * time + n) / n for n in (1, 2, 3))
    wave = wave / np.sqrt(np.mean(np.square(wave)))
    return before((db(-50) * wave).astype(np.float32), sound)


def eight_bit(sound: Array, random: np.random.Generator) -> Array:
    """Steps of 1/128, as 8 bit has them."""
    return np.asarray(np.round(sound * 127) / 127, np.float32)


def mu_law(sound: Array, random: np.random.Generator) -> Array:
    """ITU-T G.711's companding curve with 255 steps, continuous formula."""
    squeezed = np.sign(sound) * np.log1p(255 * np.abs(sound)) / np.log(256)
    squeezed = np.round(squeezed * 127) / 127
    return np.asarray(np.sign(squeezed) * (256 ** np.abs(squeezed) - 1) / 255, np.float32)


def mp3(sound: Array, random: np.random.Generator) -> Array:
    """MPEG-1 layer 3 at 64 kb/s (the nearest constant rate of libsndfile's encoder), and back."""
    coded = io.BytesIO()
    soundfile.write(coded, sound, RATE, format="MP3", subtype="MPEG_LAYER_III",
                    bitrate_mode="CONSTANT", compression_level=MP3_LEVEL)  # fmt: skip
    coded.seek(0)
    return np.asarray(soundfile.read(coded, dtype="float32")[0], np.float32)


MP3_LEVEL = 0.83  # 320 kb/s at 0, 32 at 1: 64 kb/s


def room(sound: Array, random: np.random.Generator) -> Array:
    """A small room: noise that decays by 60 dB in .3 s, 12 dB below the direct sound."""
    time = np.arange(round(0.3 * RATE)) / RATE
    tail = random.normal(0, 1, len(time)) * 10 ** (-3 * time / 0.3)
    tail *= db(-12) / np.sqrt(np.sum(np.square(tail)))
    tail[0] += 1.0
    size = len(sound) + len(tail)
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size).astype(np.float32)


CONDITIONS: dict[str, Change] = {
    "hiss": hiss,
    "hum": hum,
    "dc": lambda sound, random: sound + np.float32(0.3),
    "eight_bit": eight_bit,
    "mu_law": mu_law,
    "mp3": mp3,
    "room": room,
    "louder": lambda sound, random: sound * np.float32(db(12)),
    "softer": lambda sound, random: sound * np.float32(db(-24)),
}


def library_of(embedder: Embedder, name: str) -> LibraryDatabase:
    """The library of `bench scan` heard by an embedder, scanned at the first use."""
    from starling.presets.scan.update import scan

    library = LibraryDatabase.open(HOME / name, embedder)
    if not library.count():
        print(f"hearing amsynth's presets by {embedder.key}", flush=True)
        scan(library, synths=["amsynth"])
    return library


def hits(library: LibraryDatabase, path: Path) -> set[int]:
    """Ids of the ten nearest."""
    return {hit.preset for hit in search_file(library, path, K).hits}


def main() -> None:
    """Measure, say it in words, print the JSON."""
    paths = sorted(INSTRUMENTS.glob("*.flac"))
    if not paths:
        raise SystemExit("the recordings of ../shared are not here")
    chosen = [paths[round(at)] for at in np.linspace(0, len(paths) - 1, QUERIES)]
    libraries = {
        "": library_of(default(), "library"),
        "_old": library_of(timbre_alone(), "library-old"),
    }
    found: dict[str, list[int]] = {f"{c}{way}": [] for c in CONDITIONS for way in libraries}
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(chosen):
            sound, rate = soundfile.read(path, dtype="float32")
            assert rate == RATE
            clean, changed = Path(folder) / "clean.wav", Path(folder) / "changed.wav"
            soundfile.write(clean, sound, RATE, "FLOAT")
            right = {way: hits(library, clean) for way, library in libraries.items()}
            for name, change in CONDITIONS.items():
                made = change(sound, np.random.default_rng(number))
                soundfile.write(changed, made, RATE, "FLOAT")
                for way, library in libraries.items():
                    found[f"{name}{way}"].append(len(hits(library, changed) & right[way]))
    figures: dict[str, object] = {n: float(np.median(each)) for n, each in found.items()}
    figures |= {f"{n}_mean": round(float(np.mean(each)), 2) for n, each in found.items()}
    missed = [name for name in CONDITIONS if float(str(figures[name])) < BAR]
    print(
        ", ".join(f"{name} {figures[name]:g} of {K}" for name in CONDITIONS)
        + (f"; below {BAR}: {', '.join(missed)}" if missed else f"; all at least {BAR}")
    )
    say(figures | {"missed": missed, "presets": libraries[""].count()})


if __name__ == "__main__":
    main()
