"""The initial additive vector of a recording: partial tracks, envelopes, phases, residual noise.

Least squares throughout, after Serra and Smith (1990); `fit.py` improves it by gradient descent.
Shapes: n moments, K partials, T frames of the STFT.
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
    PartialTrack,
    local_median,
    magnitudes,
    merge_pieces,
    peaks,
    track_peaks,
)
from starling.models.additive.synthesizer import Config
from starling.models.dsp import stft
from starling.models.dsp.signal import Array
from starling.models.errors import InputError

SILENT_PEAK = 1e-4  # -80 dB
SMOOTHNESS = 0.3  # penalty on second differences of an envelope's knots (P-splines), in frames
DRIFT_RIDGE = 60.0  # penalty on drifts: high, so that the shared glide explains most
GLIDE_RIDGE = 0.02  # penalty on the shared glide
PHASE_FRAMES = 8192  # 186 ms: longer, and small errors of frequency turn the phase around
GAIN_RANGE = (-1.5, 0.7)  # nats by which the fit of phases may change a level
PHASE_RIDGE = 1e-3  # penalty in that fit, of the energy of a partial
NOISE_PEAK = 1.6  # peaks of noise over its median: so much of a level is not tonal
MIN_TONAL_LEVEL = 0.1  # of a level is kept: silent partials have no gradient
MIN_NOISE_POWER = 0.05  # share of a band's power that is left to noise at least
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
    """The initial vector (size,) for a sound (frames,). Raises InputError as `check`."""
    check(signal, config)
    parts = {part.name: torch.zeros((1, *part.shape)) for part in config.parts}
    parts["length"][:] = float(np.log(len(signal) / config.sample_rate))
    parts["curve"][:] = _knot_curve(signal)
    spectrum = magnitudes(signal, WINDOW, HOP)
    tracks = merge_pieces(track_peaks(peaks(spectrum)), config.partials)
    _fit_pitches(parts, tracks, config)
    _fit_levels(parts, spectrum, len(signal), len(tracks), config)
    tonal = _fit_phases(parts, signal, config)
    _noise(parts, signal, tonal, spectrum, config)
    vector = synthesizer.bounded(synthesizer.pack(parts, config), config)[0]
    return np.asarray(vector.numpy(), np.float32)


def _knot_curve(signal: Array) -> float:
    """The curve that puts as many knots before the centre of energy as after it."""
    energy = np.square(signal, dtype=np.float64)
    centre = float((energy * np.arange(len(signal))).sum() / energy.sum()) / len(signal)
    return float(np.clip(np.log(max(centre, 1e-3)) / np.log(0.5), 1.0, 3.0))


def _weights(parts: dict[str, torch.Tensor], moments: Floats, count: int, rate: int) -> Floats:
    """The knots' weights (n, count) at given samples (n,)."""
    frames = int(moments.max()) + synthesizer.HOP
    whole = synthesizer.knots(parts, frames, count, rate)[0].double().numpy()
    return np.asarray(whole[np.round(moments / synthesizer.HOP).astype(int)])


def _second_differences(count: int) -> Floats:
    """The matrix (count - 2, count) of second differences, 0 for a straight line."""
    return np.asarray(np.diff(np.eye(count), 2, axis=0))


def _fit_pitches(
    parts: dict[str, torch.Tensor], tracks: list[PartialTrack], config: Config
) -> None:
    """Set pitches, one glide for all, and drifts: ridge regression on the tracks' peaks."""
    rate, used = config.sample_rate, len(tracks)
    if tracks:
        index = np.concatenate([np.full(len(t.frames), k) for k, t in enumerate(tracks)])
        moments = np.concatenate([np.array(t.frames) * HOP for t in tracks]).astype(np.float64)
        bins = np.concatenate([t.bins for t in tracks])
        logs = np.log(np.maximum(bins * rate / WINDOW, synthesizer.LOWEST_HZ))
        weight = np.sqrt(np.concatenate([t.levels for t in tracks]))
        own = np.eye(used)[index]  # (n, used), the partial of each peak
        glide = _weights(parts, moments, config.glides, rate)  # (n, glides)
        ends = _weights(parts, moments, 2, rate)  # (n, 2)
        # the unknowns: pitches, the glide's knots, drifts at the start, drifts at the end
        rows = np.concatenate([own, glide, own * ends[:, :1], own * ends[:, 1:]], axis=1)
        scaled = rows * (weight / weight.max())[:, None]
        penalty = np.concatenate(
            [
                np.full(used, 1e-6),
                np.full(config.glides, GLIDE_RIDGE),
                np.full(2 * used, DRIFT_RIDGE),
            ]
        )
        gram = scaled.T @ scaled + np.diag(penalty / max(used, 1))
        bend = np.zeros((config.glides - 2, rows.shape[1]))
        bend[:, used : used + config.glides] = _second_differences(config.glides)
        gram += SMOOTHNESS * bend.T @ bend
        answer = np.linalg.solve(gram, scaled.T @ (logs * weight / weight.max()))  # (unknowns,)
        found = torch.from_numpy(answer).float()
        parts["pitch"][0, :used] = found[:used]
        parts["glide"][0] = found[used : used + config.glides]
        parts["drift"][0, :used] = found[used + config.glides :].view(2, used).T
    parts["pitch"][0, used:] = _idle_pitches(parts["pitch"][0, :used], config.partials - used)


def _idle_pitches(taken: torch.Tensor, count: int) -> torch.Tensor:
    """Log frequencies in the middle of the widest gaps between 100 Hz and 12 kHz."""
    known = [float(np.log(100.0)), *sorted(taken.tolist()), float(np.log(12_000.0))]
    added = []
    for _ in range(count):
        gaps = np.diff(known)
        widest = int(np.argmax(gaps))
        added.append(known[widest] + gaps[widest] / 2)
        known.insert(widest + 1, added[-1])
    return torch.tensor(added)


def _fit_levels(
    parts: dict[str, torch.Tensor], spectrum: Floats, frames: int, used: int, config: Config
) -> None:
    """Set levels: the spectrogram along each partial's frequency, fitted by knots."""
    hertz = synthesizer.frequencies(parts, frames, config)[0].double().numpy()
    moments = np.arange(0.0, frames, HOP)
    places = hertz[(moments / synthesizer.HOP).astype(int)] * (
        WINDOW / config.sample_rate
    )  # (T, K)
    low = np.clip(places.astype(int), 0, spectrum.shape[1] - 2)
    rows = np.arange(len(moments))[:, None]
    level = np.maximum(spectrum[rows, low], spectrum[rows, low + 1])
    # powers of tone and noise add up: subtract the noise's
    noise = NOISE_PEAK * local_median(spectrum)[rows, low]
    tonal = np.sqrt(np.maximum(level**2 - noise**2, (MIN_TONAL_LEVEL * level) ** 2))
    logs = np.log(np.maximum(tonal, 1e-4))
    weights = _weights(parts, moments, config.levels, config.sample_rate)
    found = _envelopes(weights, logs)
    parts["level"][0] = torch.from_numpy(found.T).float()
    parts["level"][0, used:] = IDLE


def _envelopes(weights: Floats, logs: Floats) -> Floats:
    """Knots (count, columns) of envelopes (n, columns): penalised least squares (P-splines)."""
    bend = _second_differences(weights.shape[1])
    gram = weights.T @ weights + SMOOTHNESS * bend.T @ bend + 1e-4 * np.eye(weights.shape[1])
    return np.asarray(np.linalg.solve(gram, weights.T @ logs))


def _fit_phases(parts: dict[str, torch.Tensor], signal: Array, config: Config) -> Array:
    """Set phases, and correct levels, by the loudest stretch; returns the tones (frames,)."""
    frames, rate = len(signal), config.sample_rate
    hertz = synthesizer.frequencies(parts, frames, config)
    level = synthesizer.knots(parts, frames, config.levels, rate) @ parts["level"].transpose(1, 2)
    columns = []
    for turn in (0.0, 0.25):
        waves = synthesizer.sines(hertz, torch.full((1, config.partials), turn), rate)
        bent = [synthesizer.blend(one, wave) for one, wave in _singly(level.exp(), waves)]
        columns += [each[0, :frames].double().numpy() for each in bent]
    whole = np.stack(columns, axis=1)  # (frames, 2 K): sines, then cosines
    stretch = _loudest(signal)
    basis = whole[stretch]
    gram = basis.T @ basis
    penalty = np.diag(PHASE_RIDGE * np.diag(gram) + 1e-9)
    answer = np.linalg.solve(gram + penalty, basis.T @ signal[stretch].astype(np.float64))
    sine, cosine = answer[: config.partials], answer[config.partials :]
    parts["phase"][0] = torch.from_numpy(np.arctan2(cosine, sine) / (2 * np.pi)).float()
    gain = np.log(np.hypot(sine, cosine) + 1e-6)
    parts["level"][0] += torch.from_numpy(np.clip(gain, *GAIN_RANGE)).float()[:, None]
    return np.asarray(whole @ answer, np.float32)


def _singly(levels: torch.Tensor, waves: torch.Tensor) -> Iterator[tuple[torch.Tensor, ...]]:
    """Levels (1, T, 1) and waves (1, T - 1, 1, HOP) of one partial after the other."""
    for index in range(levels.shape[2]):
        yield levels[..., index : index + 1], waves[:, :, index : index + 1]


def _loudest(signal: Array) -> slice:
    """The PHASE_FRAMES with the most energy: a hit's start, the middle of a meow."""
    if len(signal) <= PHASE_FRAMES:
        return slice(0, len(signal))
    total = np.cumsum(np.square(np.pad(signal.astype(np.float64), (1, 0))))
    first = int(np.argmax(total[PHASE_FRAMES:] - total[:-PHASE_FRAMES]))
    return slice(first, first + PHASE_FRAMES)


def _noise(
    parts: dict[str, torch.Tensor],
    signal: Array,
    tonal: Array,
    spectrum: Floats,
    config: Config,
) -> None:
    """Set noise gains: the power of the residual in each band, relative to white noise.

    Where tones and recording are out of phase, their difference is loud: then powers are
    subtracted. What stands out in narrow peaks from the spectrum around it does not count.
    """
    # (frames, bands) each
    whole, left, tones = (_band_power(each, config) for each in (signal, signal - tonal, tonal))
    band = np.minimum(left, np.maximum(whole - tones, MIN_NOISE_POWER * whole))
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
    power = np.square(local_median(spectrum)) / white
    return np.asarray(power @ share.T / share.sum(axis=1))


def _band_power(signal: Array, config: Config) -> Floats:
    """Power in each noise band (frames, bands), that of white noise of variance 1 being 1."""
    shapes = (
        synthesizer.band_shapes(NOISE_WINDOW, config.bands, config.sample_rate).double().numpy()
    )
    padded = np.pad(signal.astype(np.float64), (NOISE_WINDOW // 2, NOISE_WINDOW))
    views = stft.frames(padded, NOISE_WINDOW, NOISE_HOP)[: len(signal) // NOISE_HOP + 1]
    window = np.hanning(NOISE_WINDOW)
    power = np.square(np.abs(np.fft.rfft(views * window, axis=1)))
    share = np.square(shapes)
    band = power @ share.T / (np.square(window).sum() * share.sum(axis=1))
    return np.asarray(band)
