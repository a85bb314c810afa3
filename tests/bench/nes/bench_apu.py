"""The NES's sound chip: speed, aliases, pitch, mixer, and an independent emulator beside it.

    python3 build.py bench apu

`realtime_factor` is seconds of music over seconds of this thread's processor time for the slowest
VGM file of ../shared/data/nesmdb/vgm (a piece of our own where they are absent), `realtime_worst`
for all voices at their highest; `over_numpy` is how much faster that is than the chip without C++,
measured in turns. `alias_db`: power of a 4 kHz pulse's partials over that of everything else.
`pitch_cents` and `mixer_percent` are the largest errors beside f = clock / 16 (t + 1), or 32, and
beside the published formula. `libgme_db`: for each file the mean difference of log-mel spectra
(64 bands of 30 Hz to 11 kHz, 60 dB down from the peak) to libgme's rendering behind the same
filters, both at one level; `libgme_above_db` is its sign kept. libgme mixes linearly.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from baselines import libgme
from baselines.nsf import nsf
from baselines.timing import alternate, median, say, significant
from numpy.typing import NDArray

from starling.models.dsp.mel import FRAMES, log_mel
from starling.models.kernels.library import APU, available
from starling.models.nes.chip.compiled import CompiledChip
from starling.models.nes.chip.plain import PlainChip
from starling.models.nes.chip.render import render
from starling.models.nes.chip.tables import mixed
from starling.models.nes.vgm.vgm import read
from starling.models.nes.writes import CLOCK, RATE, Writes, writes_of

FILES = Path(__file__).resolve().parents[4] / "shared" / "data" / "nesmdb" / "vgm"
ROUNDS = 5
PLAIN_SECONDS = 1.0  # of music, a measurement of the slow one
TIMERS = np.unique(np.geomspace(8, 2047, 60).astype(int))
DYNAMIC_DB = 60.0
LAG = 2 * RATE // 60  # libgme begins within two frames
ON = (0, 0x15, 0x0F)
NO_SWEEP = [(0x01, 0x08), (0x05, 0x08)]  # which would silence the lowest notes
Signal = NDArray[np.float64]


def piece() -> Writes:
    """A minute of our own: scales in all four voices, a change every frame of the screen."""
    rows = [ON, (0, 0x08, 0xFF)]
    for frame in range(3600):
        at, timer = frame * RATE // 60, 200 + 97 * frame % 700
        rows += [(at, first, 0xBF) for first in (0x00, 0x04)]
        rows += [(at, first, timer & 255) for first in (0x02, 0x06, 0x0A)]
        if frame % 8 == 0:
            rows += [(at, first, timer >> 8) for first in (0x03, 0x07, 0x0B)]
            rows += [(at, 0x0C, 0x03), (at, 0x0E, frame // 8 % 16), (at, 0x0F, 0)]
    return writes_of(rows, 60 * RATE)


def highest() -> Writes:
    """Ten seconds of the most edges that the four voices can make."""
    values = (0xBF, 8, 8, 0, 0x7F, 8, 9, 0, 0xFF, 0, 2, 0, 0x3F, 0, 0, 0)
    return writes_of([ON, *((0, at, value) for at, value in enumerate(values))], 10 * RATE)


def music() -> dict[str, Writes]:
    """The files by name; without them the piece of our own."""
    found = {path.stem: read(path).writes for path in sorted(FILES.glob("*.vgm"))}
    return found or {"our own piece": piece()}


def realtime(writes: Writes, chip: type[CompiledChip | PlainChip], frames: int) -> float:
    """Seconds of music in a second of processor time."""
    began = time.thread_time()
    chip(RATE, writes.clock, 1, writes.memory).render(writes, frames)
    return frames / RATE / (time.thread_time() - began)


def speeds(pieces: dict[str, Writes]) -> dict[str, object]:
    """Each piece, the slowest of which counts, and the comparison with numpy."""
    rounds = range(ROUNDS)
    found = [
        median([realtime(each, CompiledChip, each.samples) for _ in rounds])
        for each in pieces.values()
    ]
    first = next(iter(pieces.values()))
    short = int(PLAIN_SECONDS * RATE)
    ours, plain = alternate(
        lambda: realtime(first, CompiledChip, short),
        lambda: realtime(first, PlainChip, short),
        ROUNDS,
    )
    worst = highest()
    return {
        "realtime_factor": significant(min(found)),
        "realtime_each": [significant(each) for each in found],
        "realtime_worst": significant(
            median([realtime(worst, CompiledChip, worst.samples) for _ in rounds])
        ),
        "over_numpy": significant(median(ours) / median(plain)),
    }


def tone(timer: int, first: int = 0x00, seconds: int = 2) -> Signal:
    """A steady voice: the pulse at 0x00, the triangle at 0x08. Without the filters' beginning."""
    rows = [(first, 0xBF), (first + 1, 0x08), (first + 2, timer & 255), (first + 3, timer >> 8)]
    made = writes_of([ON, *((0, *row) for row in rows)], (seconds + 1) * RATE)
    return render(made)[RATE:].astype(float)


def alias_db(timer: int = 27) -> float:
    """Power of a pulse's partials over that between them; a timer of 27 is 3,995 Hz."""
    sound, frequency = tone(timer, seconds=4), CLOCK / 16 / (timer + 1)
    power = np.square(np.abs(np.fft.rfft(sound * np.blackman(len(sound)))))
    hertz = np.arange(len(power)) * RATE / len(sound)
    partial = np.abs(hertz - frequency * np.round(hertz / frequency)) < 2
    return float(10 * np.log10(power[partial].sum() / power[~partial].sum()))


def cents(sound: Signal, frequency: float) -> float:
    """How far the fundamental lies from a frequency, by its phase in both halves."""
    half = len(sound) // 2
    wave = np.exp(-2j * np.pi * frequency * np.arange(half) / RATE) * np.hanning(half)
    first, second = (np.sum(part * wave) for part in (sound[:half], sound[half : 2 * half]))
    turned = np.angle(second / first * np.exp(-2j * np.pi * frequency * half / RATE))
    return float(1200 * np.log2(1 + turned * RATE / (2 * np.pi * half * frequency)))


def pitch_cents() -> float:
    """The largest error over the timers of a pulse and of the triangle, up to 12 kHz."""
    cases = [
        (timer, first, CLOCK / per / (timer + 1))
        for timer in TIMERS.tolist()
        for first, per in ((0x00, 16), (0x08, 32))
    ]
    return max(abs(cents(tone(timer, first), each)) for timer, first, each in cases if each < 12e3)


def plateau(rows: list[tuple[int, int]]) -> float:
    """The higher level of slow voices, above where the mixer stands at the start."""
    made = writes_of([ON, *((0, *row) for row in NO_SWEEP + rows)], RATE // 4)
    steady = render(made, output="bare")[1000:]
    return float(np.median(steady[steady >= (steady.min() + steady.max()) / 2]))


def mixer_percent() -> float:
    """The largest error, in per cent of the formula, of pulses, noise and sampled sound."""
    rest = mixed(*np.array([0.0, 15, 0, 0]))  # the triangle stands at 15
    errors = []
    for one in range(16):
        for two in range(16):
            voices = [
                (0x00, 0xB0 | one),
                (0x02, 255),
                (0x03, 7),
                (0x04, 0xB0 | two),
                (0x06, 255),
                (0x07, 7),
            ]
            errors.append((plateau(voices), mixed(*np.array([one + two, 15.0, 0, 0])) - rest))
        for sampled in (0, 40, 127):
            voices = [(0x0C, 0x30 | one), (0x0E, 15), (0x0F, 0), (0x11, sampled)]
            errors.append((plateau(voices), mixed(*np.array([0, 15.0, one, sampled])) - rest))
    return max(abs(found / want - 1) for found, want in errors if want) * 100


def behind_filters(signal: Signal) -> Signal:
    """The console's three filters as continuous ones."""
    frequency = 1j * np.fft.rfftfreq(len(signal), 1 / RATE)
    high = frequency / (frequency + 90) * frequency / (frequency + 440)
    return np.fft.irfft(np.fft.rfft(signal) * high * 14_000 / (frequency + 14_000), len(signal))


def log_mels(signal: Signal) -> Signal:
    """Of each whole second, in dB, no more than DYNAMIC_DB below the highest."""
    seconds = signal[: len(signal) // FRAMES * FRAMES].reshape(-1, FRAMES).astype(np.float32)
    found = 10 * np.stack([log_mel(each) for each in seconds])
    return np.maximum(found, found.max() - DYNAMIC_DB)


def lag(ours: Signal, theirs: Signal) -> int:
    """By how many samples theirs comes later, up to LAG."""
    size = 1 << (len(theirs) - 1).bit_length()
    product = np.fft.rfft(theirs, size) * np.conj(np.fft.rfft(ours, size))
    return int(np.argmax(np.fft.irfft(product, size)[:LAG]))


def beside_libgme(pieces: dict[str, Writes]) -> dict[str, object]:
    """The difference for each file; why there is none."""
    library = libgme.found()
    if library is None:
        return {"libgme_db": libgme.ABSENT}
    if not FILES.is_dir():
        return {"libgme_db": f"the VGM files are absent: {FILES}"}
    differences, above = {}, {}
    for name, writes in pieces.items():
        theirs = behind_filters(libgme.played(library, nsf(writes), writes.samples + LAG))
        ours = render(writes).astype(float)
        theirs = theirs[lag(ours, theirs) :][: len(ours)]
        theirs *= np.std(ours) / np.std(theirs)
        difference = log_mels(ours[: len(theirs)]) - log_mels(theirs)
        differences[name] = significant(float(np.mean(np.abs(difference))))
        above[name] = significant(float(np.mean(difference)))
    return {"libgme_db": differences, "libgme_above_db": above}


def main() -> None:
    """Measure everything."""
    if not available(APU):
        raise SystemExit("the chip has not been compiled: `python3 build.py setup` does")
    pieces = music()
    figures: dict[str, object] = {
        "pieces": "the five VGM files"
        if FILES.is_dir()
        else "our own, for the VGM files are absent",
        **speeds(pieces),
        "alias_db": significant(alias_db()),
        "pitch_cents": significant(pitch_cents()),
        "mixer_percent": significant(mixer_percent()),
        **beside_libgme(pieces),
    }
    for name, value in figures.items():
        print(f"{name:16} {value}")
    say(figures, threads=1)


if __name__ == "__main__":
    main()
