"""A first guess of an additive vector from a recording: tracks, envelopes, phases, what is left.

Least squares throughout; `fit_additive` improves it by gradient descent.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from scipy.ndimage import uniform_filter1d

from starling.models.additive import synthesizer
from starling.models.additive.partial_tracks import (
    HOP,
    WINDOW,
    Floats,
    Track,
    follow,
    joined,
    magnitudes,
    peaks,
    surroundings,
)
from starling.models.additive.synthesizer import Config
from starling.models.dsp.signal import Array
from starling.models.errors import InputError

SILENT_PEAK = 1e-4  # -80 dB
STIFF = 0.3  # frames' worth of pull of an envelope towards its neighbours' line
DRIFT_PULL = 60.0  # against the shared glide: a partial drifts only if its track says so
GLIDE_PULL = 0.02
PHASE_FRAMES = 8192  # 186 ms: longer, and small errors of frequency turn the phase around
GAINS = (-1.5, 0.7)  # nats by which that correction may change a level
PHASE_PULL = 1e-3  # of the energy of a partial
NOISE_PEAK = 1.6  # where noise peaks over its median: that much of a level is not tone
LEAST = 0.1  # of a level remains: the descent cannot wake what is silent
TONES_LEAST = 0.05  # of a band's power is left to noise, however well the tones explain it
IDLE = -8.0  # ln amplitude of partials that the sound does not need: -69 dB
NOISE_WINDOW, NOISE_HOP = 512, 128
NOISE_BIAS = 0.28  # nats by which the mean of a log of noise power lies below the log of its mean


def check(signal: Array, config: Config) -> None:
    """Raise InputError for what cannot be fitted: code `silent` for silence."""
    shortest = int(synthesizer.SHORTEST * config.sample_rate)
    if signal.ndim != 1 or len(signal) < shortest:
        raise InputError(
            f"a sound to fit must be (frames,) with at least {shortest} frames, got {signal.shape}"
        )
    if len(signal) > config.frames:
        raise InputError(
            f"a sound to fit has at most {config.seconds:g} s ({config.frames} frames), "
            f"got {len(signal)} frames"
        )
    if not np.isfinite(signal).all():
        raise InputError("the sound to fit holds samples that are not numbers")
    if float(np.abs(signal).max()) < SILENT_PEAK:
        raise InputError("the sound to fit is silent: its peak is below -80 dB", code="silent")


def analyse(signal: Array, config: Config) -> Array:
    """The vector (size,) that a look at the sound (frames,) suggests. Raises InputError."""
    check(signal, config)
    parts = {part.name: torch.zeros((1, *part.shape)) for part in config.parts}
    parts["length"][:] = float(np.log(len(signal) / config.sample_rate))
    parts["curve"][:] = _curve(signal)
    spectrum = magnitudes(signal, WINDOW, HOP)
    tracks = joined(follow(peaks(spectrum)), config.partials)
    _place(parts, tracks, config)
    _level(parts, spectrum, len(signal), len(tracks), config)
    tonal = _tune_phases(parts, signal, config)
    _hiss(parts, signal, tonal, spectrum, config)
    vector = synthesizer.bounded(synthesizer.pack(parts, config), config)[0]
    return np.asarray(vector.numpy(), np.float32)


def _curve(signal: Array) -> float:
    """Where the knots should lie: as much of them before the centre of energy as after it."""
    energy = np.square(signal, dtype=np.float64)
    centre = float((energy * np.arange(len(signal))).sum() / energy.sum()) / len(signal)
    return float(np.clip(np.log(max(centre, 1e-3)) / np.log(0.5), 1.0, 3.0))


def _weights(parts: dict[str, torch.Tensor], moments: Floats, count: int, rate: int) -> Floats:
    """The knots' weights (moments, count) at given samples."""
    frames = int(moments.max()) + synthesizer.HOP
    whole = synthesizer.knots(parts, frames, count, rate)[0].double().numpy()
    return np.asarray(whole[np.round(moments / synthesizer.HOP).astype(int)])


def _bend(count: int) -> Floats:
    """Second differences (count - 2, count): what a straight line has none of."""
    return np.asarray(np.diff(np.eye(count), 2, axis=0))


def _place(parts: dict[str, torch.Tensor], tracks: list[Track], config: Config) -> None:
    """Pitches, one glide for all, drifts: ridge regression on the tracks. Idle ones lie between."""
    rate, used = config.sample_rate, len(tracks)
    if tracks:
        index = np.concatenate([np.full(len(t.frames), k) for k, t in enumerate(tracks)])
        moments = np.concatenate([np.array(t.frames) * HOP for t in tracks]).astype(np.float64)
        bins = np.concatenate([t.bins for t in tracks])
        logs = np.log(np.maximum(bins * rate / WINDOW, synthesizer.LOWEST_HZ))
        weight = np.sqrt(np.concatenate([t.levels for t in tracks]))
        own = np.eye(used)[index]
        glide = _weights(parts, moments, config.glides, rate)
        ends = _weights(parts, moments, 2, rate)
        rows = np.concatenate([own, glide, own * ends[:, :1], own * ends[:, 1:]], axis=1)
        scaled = rows * (weight / weight.max())[:, None]
        pull = np.concatenate(
            [np.full(used, 1e-6), np.full(config.glides, GLIDE_PULL), np.full(2 * used, DRIFT_PULL)]
        )
        gram = scaled.T @ scaled + np.diag(pull / max(used, 1))
        bend = np.zeros((config.glides - 2, rows.shape[1]))
        bend[:, used : used + config.glides] = _bend(config.glides)
        gram += STIFF * bend.T @ bend
        answer = np.linalg.solve(gram, scaled.T @ (logs * weight / weight.max()))
        found = torch.from_numpy(answer).float()
        parts["pitch"][0, :used] = found[:used]
        parts["glide"][0] = found[used : used + config.glides]
        parts["drift"][0, :used] = found[used + config.glides :].view(2, used).T
    parts["pitch"][0, used:] = _idle(parts["pitch"][0, :used], config.partials - used)


def _idle(taken: torch.Tensor, count: int) -> torch.Tensor:
    """Log frequencies in the middle of the widest gaps between 100 Hz and 12 kHz."""
    known = [float(np.log(100.0)), *sorted(taken.tolist()), float(np.log(12_000.0))]
    added = []
    for _ in range(count):
        gaps = np.diff(known)
        widest = int(np.argmax(gaps))
        added.append(known[widest] + gaps[widest] / 2)
        known.insert(widest + 1, added[-1])
    return torch.tensor(added)


def _level(
    parts: dict[str, torch.Tensor], spectrum: Floats, frames: int, used: int, config: Config
) -> None:
    """Envelopes: the spectrogram along each partial's line, as straight lines between knots."""
    hertz = synthesizer.frequencies(parts, frames, config)[0].double().numpy()
    moments = np.arange(0.0, frames, HOP)
    places = hertz[(moments / synthesizer.HOP).astype(int)] * (WINDOW / config.sample_rate)
    low = np.clip(places.astype(int), 0, spectrum.shape[1] - 2)
    rows = np.arange(len(moments))[:, None]
    level = np.maximum(spectrum[rows, low], spectrum[rows, low + 1])
    noise = NOISE_PEAK * surroundings(spectrum)[rows, low]
    tonal = np.sqrt(np.maximum(level**2 - noise**2, (LEAST * level) ** 2))
    logs = np.log(np.maximum(tonal, 1e-4))
    weights = _weights(parts, moments, config.levels, config.sample_rate)
    found = _envelopes(weights, logs)
    parts["level"][0] = torch.from_numpy(found.T).float()
    parts["level"][0, used:] = IDLE


def _envelopes(weights: Floats, logs: Floats) -> Floats:
    """Knots (count, columns) of the envelopes (moments, columns), held straight where unheard."""
    bend = _bend(weights.shape[1])
    gram = weights.T @ weights + STIFF * bend.T @ bend + 1e-4 * np.eye(weights.shape[1])
    return np.asarray(np.linalg.solve(gram, weights.T @ logs))


def _tune_phases(parts: dict[str, torch.Tensor], signal: Array, config: Config) -> Array:
    """Phases (and a correction of levels) that explain the loudest stretch; returns the tones."""
    frames, rate = len(signal), config.sample_rate
    hertz = synthesizer.frequencies(parts, frames, config)
    level = synthesizer.knots(parts, frames, config.levels, rate) @ parts["level"].transpose(1, 2)
    columns = []
    for turn in (0.0, 0.25):
        waves = synthesizer.sines(hertz, torch.full((1, config.partials), turn), rate)
        bent = [synthesizer.blend(one, wave) for one, wave in _singly(level.exp(), waves)]
        columns += [each[0, :frames].double().numpy() for each in bent]
    whole = np.stack(columns, axis=1)
    stretch = _loudest(signal)
    basis = whole[stretch]
    gram = basis.T @ basis
    pull = np.diag(PHASE_PULL * np.diag(gram) + 1e-9)
    answer = np.linalg.solve(gram + pull, basis.T @ signal[stretch].astype(np.float64))
    sine, cosine = answer[: config.partials], answer[config.partials :]
    parts["phase"][0] = torch.from_numpy(np.arctan2(cosine, sine) / (2 * np.pi)).float()
    gain = np.log(np.hypot(sine, cosine) + 1e-6)
    parts["level"][0] += torch.from_numpy(np.clip(gain, *GAINS)).float()[:, None]
    return np.asarray(whole @ answer, np.float32)


def _singly(levels: torch.Tensor, waves: torch.Tensor) -> Iterator[tuple[torch.Tensor, ...]]:
    """One partial after the other."""
    for index in range(levels.shape[2]):
        yield levels[..., index : index + 1], waves[:, :, index : index + 1]


def _loudest(signal: Array) -> slice:
    """The PHASE_FRAMES with the most energy: a hit's start, the middle of a meow."""
    if len(signal) <= PHASE_FRAMES:
        return slice(0, len(signal))
    total = np.cumsum(np.square(np.pad(signal.astype(np.float64), (1, 0))))
    first = int(np.argmax(total[PHASE_FRAMES:] - total[:-PHASE_FRAMES]))
    return slice(first, first + PHASE_FRAMES)


def _hiss(
    parts: dict[str, torch.Tensor],
    signal: Array,
    tonal: Array,
    spectrum: Floats,
    config: Config,
) -> None:
    """Noise gains: the power that tones leave in each band, against that of white noise.

    Where tones and recording run out of phase their difference is loud; then powers are subtracted.
    What rises in narrow peaks over the spectrum around it is not noise in any case.
    """
    whole, left, tones = (_band_power(each, config) for each in (signal, signal - tonal, tonal))
    band = np.minimum(left, np.maximum(whole - tones, TONES_LEAST * whole))
    between = _between_peaks(spectrum, config)
    slow = uniform_filter1d(band, WINDOW // NOISE_HOP, axis=0, mode="nearest")
    steady = between[np.minimum(np.arange(len(band)) * NOISE_HOP // HOP, len(between) - 1)]
    band *= np.minimum(1.0, steady / np.maximum(slow, 1e-12))
    moments = np.minimum(np.arange(len(band)) * NOISE_HOP, len(signal) - 1.0)
    weights = _weights(parts, moments, config.puffs, config.sample_rate)
    logs = 0.5 * np.log(np.maximum(band, 1e-10)) + NOISE_BIAS
    parts["noise"][0] = torch.from_numpy(_envelopes(weights, logs).T).float()


def _between_peaks(spectrum: Floats, config: Config) -> Floats:
    """Power in each noise band (frames, bands) by the medians of the spectrogram."""
    window = np.hanning(WINDOW + 1)[:-1]
    white = np.log(2) * 4 * np.square(window).sum() / window.sum() ** 2  # median of its power
    share = np.square(
        synthesizer.band_shapes(WINDOW, config.bands, config.sample_rate).double().numpy()
    )
    power = np.square(surroundings(spectrum)) / white
    return np.asarray(power @ share.T / share.sum(axis=1))


def _band_power(signal: Array, config: Config) -> Floats:
    """Power in each noise band (frames, bands), that of white noise of variance 1 being 1."""
    shapes = (
        synthesizer.band_shapes(NOISE_WINDOW, config.bands, config.sample_rate).double().numpy()
    )
    padded = np.pad(signal.astype(np.float64), (NOISE_WINDOW // 2, NOISE_WINDOW))
    cut = np.lib.stride_tricks.sliding_window_view(padded, NOISE_WINDOW)[: len(signal) + 1]
    window = np.hanning(NOISE_WINDOW)
    power = np.square(np.abs(np.fft.rfft(cut[::NOISE_HOP] * window, axis=1)))
    share = np.square(shapes)
    band = power @ share.T / (np.square(window).sum() * share.sum(axis=1))
    return np.asarray(band)
