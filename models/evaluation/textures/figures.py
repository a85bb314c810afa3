"""How near a generated texture comes to its source: pure numbers from two signals and a rate.

Every distance is stated beside the same distance between halves of the source: of alternating
stretches, which is what a perfect imitation would reach, and of its first half to its second, which
says how far the source itself moves. Levels are made equal first; theirs is a figure of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp import mel, stft
from starling.models.dsp import signal as audio
from starling.models.dsp.mel_spectrogram import mel_filters
from starling.models.dsp.signal import Array
from starling.models.errors import InputError
from starling.models.evaluation import set_distances

Embed = Callable[[Array], Array]  # log-mels (n, bands, steps) to vectors (n, size)

LEAST_SECONDS, LEAST_SOURCE_SECONDS = 4.0, 8.0  # a slow modulation fits, and it does twice
WINDOW_SECONDS = 0.064  # of a spectrum; the next power of two
STEPS_PER_SECOND = 100  # spectra
BANDS, RANGE_DB = 64, 60.0  # of the mel spectrum, below the source's loudest point
PART_SECONDS = 20.0  # transformed together, so that minutes fit into memory
STRETCH_SECONDS = 10.0  # of the source, alternating between its halves
LEVEL = 0.1  # RMS at which both are compared
TIMBRE_HOP_SECONDS = 0.5  # between embedded seconds
TONAL_HZ, HIGHEST_SHARE = 100.0, 0.45  # of the rate: between them flatness is measured
QUANTILES = np.linspace(0.005, 0.995, 100)
MODULATION_SECONDS, MODULATION_GROUPS = 4.0, 8  # windows; mel bands together
MODULATION_HZ = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # edges of octaves
MODULATION_FLOOR = 1e-6  # share of the mean, squared: -60 dB
SILENT = 10 ** (-64 / 20)  # RMS of a tenth of a second, as albums have it


@dataclass(frozen=True, slots=True)
class Judged:
    """Figures of a generated texture, and of the source's halves against each other.

    `halves` are of alternating stretches of 10 s, `ends` the first half and the second.
    """

    made: dict[str, float]
    halves: dict[str, float]
    ends: dict[str, float]


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared of a stretch of sound."""

    mel_db: Array  # (T, BANDS)
    flatness_db: Array  # (T,)
    modulation_db: Array  # (n, groups, octaves)
    vectors: Array  # (m, size): a row a second that is not silent

    def halves(self, stretches: int) -> tuple[Traits, Traits]:
        """The stretches of equal length with even numbers, and those with odd ones."""
        parts = [
            Traits(*(_alternating(each, stretches, odd) for each in self._all()))
            for odd in (False, True)
        ]
        return parts[0], parts[1]

    def _all(self) -> tuple[Array, Array, Array, Array]:
        return self.mel_db, self.flatness_db, self.modulation_db, self.vectors


def _alternating(rows: Array, stretches: int, odd: bool) -> Array:
    chosen = np.arange(len(rows)) * stretches // max(1, len(rows)) % 2 == odd
    return np.asarray(rows[chosen], np.float32)


def judge(real: Array, made: Array, sample_rate: int, embed: Embed | None = None) -> Judged:
    """Compare a generated texture (frames,) with its source (frames,).

    Without `embed` there is no Fréchet distance. Raises InputError for too little sound and for
    silence.
    """
    _check("the source", real, LEAST_SOURCE_SECONDS, sample_rate)
    _check("the generated texture", made, LEAST_SECONDS, sample_rate)
    top = loudest(real, sample_rate)
    own, other = (traits(each, sample_rate, top, embed) for each in (real, made))
    halves = own.halves(max(2, round(len(real) / sample_rate / STRETCH_SECONDS)))
    ends = own.halves(2)
    seconds = min(len(each.vectors) for each in (*halves, *ends, other))
    sides = [distances(half, other, seconds) for half in halves]
    found = {name: float(np.mean([side[name] for side in sides])) for name in sides[0]}
    if "frechet" in found:
        found["nearest_ratio"] = nearest_ratio(own.vectors, other.vectors)
    facts = _facts(real, made, sample_rate)
    return Judged({**found, **facts}, distances(*halves, seconds), distances(*ends, seconds))


def _check(name: str, signal: Array, least: float, sample_rate: int) -> None:
    seconds = len(signal) / sample_rate
    if seconds < least:
        raise InputError(f"{name} lasts {seconds:.1f} s, at least {least:g} s are needed")
    if is_silent(signal):
        raise InputError(f"{name} is silent: its level is below -64 dB", code="silent")


def _rms(signal: Array) -> float:
    return float(np.sqrt(np.mean(np.square(signal, dtype=np.float64))))


def is_silent(signal: Array) -> bool:
    """Whether a signal (frames,) is below -64 dB, or no sound at all."""
    return not _rms(signal) > SILENT  # also when it is NaN


def _levelled(signal: Array) -> Array:
    return np.asarray(signal * np.float32(LEVEL / _rms(signal)), np.float32)


def loudest(signal: Array, sample_rate: int) -> float:
    """The highest power of a mel band of a signal (frames,) at the common level."""
    return float(_mel_power(_levelled(signal), sample_rate)[0].max())


def _facts(real: Array, made: Array, sample_rate: int) -> dict[str, float]:
    """Level against the source, and the share of silent tenths of a second beyond its own."""
    shares = []
    for signal in (real, made):
        block = sample_rate // 10
        blocks = signal[: len(signal) // block * block].reshape(-1, block)
        shares.append(float((np.sqrt(np.square(blocks).mean(axis=1)) < SILENT).mean()))
    level = 20 * float(np.log10(_rms(made) / _rms(real)))
    return {"level_db": level, "silent_share": shares[1], "silent_share_source": shares[0]}


def traits(signal: Array, sample_rate: int, top: float, embed: Embed | None = None) -> Traits:
    """Measure a signal (frames,) that is not silent, at the common level.

    Mel levels are relative to the power `top`, which is the source's `loudest`.
    """
    signal = _levelled(signal)
    power, flatness = _mel_power(signal, sample_rate)
    floored = np.maximum(power / np.float32(top), np.float32(10 ** (-RANGE_DB / 10)))
    vectors = embed(_timbre_mels(signal, sample_rate)) if embed else np.zeros((0, 1), np.float32)
    scaled = vectors * np.float32(np.sqrt(vectors.shape[1]))
    mel_db = np.asarray(10 * np.log10(floored), np.float32)
    return Traits(mel_db, flatness, modulation(power), np.asarray(scaled, np.float32))


def _mel_power(signal: Array, sample_rate: int) -> tuple[Array, Array]:
    """Mel power (T, BANDS) and spectral flatness in dB (T,), a row every 10 ms."""
    window = 1 << (int(WINDOW_SECONDS * sample_rate) - 1).bit_length()
    hop = sample_rate // STEPS_PER_SECOND
    filters = mel_filters(sample_rate, window, BANDS)
    hertz = np.fft.rfftfreq(window, 1 / sample_rate)
    kept = (hertz >= TONAL_HZ) & (hertz <= HIGHEST_SHARE * sample_rate)
    part = int(PART_SECONDS * STEPS_PER_SECOND) * hop
    bands, flatness = [], []
    for at in range(0, len(signal) - window + 1, part):
        views = stft.frames(signal[at : at + part + window - hop], window, hop)
        spectrum = np.fft.rfft(views * stft.hann(window))
        power = np.square(spectrum.real) + np.square(spectrum.imag)  # (T, bins)
        bands.append(power @ filters.T)
        flatness.append(_flatness_db(power[:, kept]))
    return np.concatenate(bands), np.concatenate(flatness)


def _flatness_db(power: Array) -> Array:
    """Geometric over arithmetic mean of each row, in dB: -2.5 for noise, less for tones.

    Bins more than 60 dB below the mean count as there: how deep they are is rounding.
    """
    mean = power.mean(axis=1, keepdims=True)
    floored = np.maximum(power, np.maximum(mean * np.float32(10 ** (-RANGE_DB / 10)), 1e-12))
    ratio = np.exp(np.log(floored).mean(axis=1)) / floored.mean(axis=1)
    return np.asarray(10 * np.log10(ratio), np.float32)


def modulation(power: Array) -> Array:
    """How strongly groups of mel bands swell, by octaves of the rate: dB (n, groups, octaves).

    Of windows of 4 s every 2 s of mel power (T, BANDS); relative to the group's mean amplitude.
    """
    groups = power.reshape(len(power), MODULATION_GROUPS, -1).sum(axis=2)
    count = int(MODULATION_SECONDS * STEPS_PER_SECOND)
    window = min(count, len(groups))  # the spectra of 4 s are a few fewer
    views = stft.frames(np.ascontiguousarray(np.sqrt(groups).T), window, count // 2)
    mean = np.maximum(views.mean(axis=-1, keepdims=True), 1e-9)  # (groups, n, 1)
    swing = (views / mean - 1) * stft.hann(window)
    energy = np.square(np.abs(np.fft.rfft(swing, axis=-1))) / np.square(stft.hann(window).sum())
    hertz = np.fft.rfftfreq(window, 1 / STEPS_PER_SECOND)
    octaves = [
        energy[..., (hertz >= low) & (hertz < high)].sum(axis=-1)
        for low, high in itertools.pairwise(MODULATION_HZ)
    ]
    found = 10 * np.log10(np.stack(octaves, axis=-1) + MODULATION_FLOOR)
    return np.asarray(found.transpose(1, 0, 2), np.float32)


def _timbre_mels(signal: Array, sample_rate: int) -> Array:
    """Log-mels (m, bands, steps) as the timbre network takes them, a second every half."""
    whole = audio.resample(signal, sample_rate, mel.SAMPLE_RATE)
    found = []
    for at in range(0, len(whole) - mel.FRAMES + 1, int(TIMBRE_HOP_SECONDS * mel.SAMPLE_RATE)):
        try:
            found.append(mel.log_mel(mel.levelled(whole[at : at + mel.FRAMES])))
        except InputError:  # silent
            continue
    return np.stack(found) if found else np.zeros((0, mel.BANDS, mel.STEPS), np.float32)


def distances(one: Traits, other: Traits, seconds: int) -> dict[str, float]:
    """How far two stretches are apart, 0 for equal ones; dB, but for the Fréchet distance.

    That is of so many embedded seconds of either, since it depends on their number.
    """
    found = {
        "mel_mean_db": _apart(one.mel_db.mean(axis=0), other.mel_db.mean(axis=0)),
        "mel_spread_db": _apart(one.mel_db.std(axis=0), other.mel_db.std(axis=0)),
        "mel_motion_db": _apart(_motion(one.mel_db), _motion(other.mel_db)),
        "flatness_db": _apart(*(_quantiles(each.flatness_db) for each in (one, other))),
        "modulation_db": _apart(one.modulation_db.mean(axis=0), other.modulation_db.mean(axis=0)),
    }
    if seconds >= set_distances.SMALLEST:
        rows = [_spread_out(each.vectors, seconds) for each in (one, other)]
        found["frechet"] = set_distances.frechet(*rows)
    return found


def nearest_ratio(real: Array, made: Array) -> float:
    """Median distance of a made second to the nearest real one, over that of a real one to the
    nearest that it does not overlap: below about .5 seconds are copied.
    """
    usual = set_distances.distances(real, real)
    rows = np.arange(len(real))
    usual[np.abs(rows[:, None] - rows) * TIMBRE_HOP_SECONDS < 1.0] = np.inf
    near = float(np.median(usual.min(axis=1)))
    return float(np.median(set_distances.nearest(made, real))) / max(near, 1e-9)


def _apart(one: Array, other: Array) -> float:
    return float(np.abs(one - other).mean())


def _motion(mel_db: Array) -> Array:
    """How much each band changes from one spectrum to the next (BANDS,), dB."""
    return np.asarray(np.diff(mel_db, axis=0).std(axis=0), np.float32)


def _quantiles(values: Array) -> Array:
    return np.asarray(np.quantile(values, QUANTILES), np.float32)


def _spread_out(rows: Array, count: int) -> Array:
    """So many rows, evenly spaced; some again where there are fewer."""
    return rows[np.linspace(0, len(rows) - 1, count).round().astype(np.int64)]


def excerpt(recordings: Sequence[NDArray[np.float32]], sample_rate: int, seconds: float) -> Array:
    """Up to `seconds` of some recordings, in stretches of 10 s that are spread over all of them."""
    whole = np.concatenate(list(recordings)) if len(recordings) > 1 else recordings[0]
    wanted, stretch = int(seconds * sample_rate), int(STRETCH_SECONDS * sample_rate)
    if len(whole) <= wanted:
        return np.asarray(whole, np.float32)
    starts = np.linspace(0, len(whole) - stretch, max(1, wanted // stretch)).astype(np.int64)
    return np.concatenate([whole[at : at + stretch] for at in starts])
