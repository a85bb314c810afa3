"""The iSTFT head: noise bands and partials with true phase become one complex spectrogram.

Each partial is a whole window lobe whose phase is the running integral of its frequency, so that
neighbouring bins agree and nothing buzzes at the frame rate. After Serra & Smith, "Spectral
modeling synthesis" (1990) and Vocos (arXiv 2306.00814, the iSTFT head).

Shapes: B sounds, T STFT frames, P partials, tones = partials and overtones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from starling.models.dsp import istft


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """Sizes of the spectrogram and of what fills it."""

    sample_rate: int = 44100
    n_fft: int = 1024  # 23 ms: a kick's sweep moves less than two bins within it
    hop: int = 256  # 5.8 ms, 75 % overlap: the attack of a hit is one frame
    noise_bands: int = 40  # about one per critical band and a half
    partials: int = 32  # one free "body" and 31 slots
    body_low_hz: float = 28.0  # the lowest 808 kick
    body_high_hz: float = 600.0  # the highest conga
    slot_low_hz: float = 80.0  # below it the body is alone
    slot_high_hz: float = 10000.0  # a hat rings up to there
    slot_reach: float = 0.5  # of the distance to the next slot: no gap, no overlap
    click: int = 512  # samples of free waveform at the onset: the beater, 11.6 ms
    overtones: int = 0  # harmonics of the body, 2 and up: pitched sounds have them, drums do not
    grain: int = 0  # learned shapes of the noise's spectrum, bin by bin: the ring of metal

    @property
    def bins(self) -> int:
        """Bins of one frame, 0 Hz to the Nyquist frequency."""
        return self.n_fft // 2 + 1

    @property
    def outputs(self) -> int:
        """Numbers per frame that the decoder must give."""
        return sum(self.sizes)

    @property
    def sizes(self) -> tuple[int, int, int, int, int]:
        """Of these, in their order: grain, noise bands, overtones' levels, partials' levels and
        pitches.
        """
        return (self.grain, self.noise_bands, self.overtones, self.partials, self.partials)

    @property
    def tones(self) -> int:
        """Everything that has a phase: partials, then overtones."""
        return self.partials + self.overtones


@dataclass(frozen=True, slots=True)
class Transform:
    """Changes to the network's output from a player's controls; the default is the identity."""

    tilt_db: float = 0.0  # per octave around 1 kHz
    balance_db: float = 0.0  # noise up by half of it, partials down by half
    semitones: float = 0.0  # everything higher or lower, at the same length

    @property
    def ratio(self) -> float:
        """Factor on every frequency."""
        return float(2.0 ** (self.semitones / 12.0))

    def tilt(self, hertz: Tensor) -> Tensor:
        """Gain at each frequency in Hz, any shape."""
        octaves = torch.log2(hertz.clamp(min=20.0) / 1000.0)
        return torch.pow(10.0, self.tilt_db / 20.0 * octaves)

    @property
    def noise_gain(self) -> float:
        """Factor on the noise; its inverse goes to the partials."""
        return float(10.0 ** (self.balance_db / 40.0))


IDENTITY = Transform()
EDGE = 1e-3  # of the body's range, nearer to whose ends no pitch lies
GRAIN_START = 0.05  # standard deviation of the learned shapes before training, nats


def warp(hertz: Tensor) -> Tensor:
    """Frequency on the mel scale (O'Shaughnessy), which spaces the noise bands."""
    return 2595.0 * torch.log10(1.0 + hertz / 700.0)


def band_interpolation(bins: int, bands: int, sample_rate: int) -> Tensor:
    """(bands, bins) matrix that draws a straight line between log levels at the band centres."""
    position = warp(torch.linspace(0, sample_rate / 2, bins))
    position = position / position[-1] * (bands - 1)
    distance = (position[None, :] - torch.arange(bands)[:, None]).abs()
    return (1.0 - distance).clamp(min=0.0)


def shift_spectra(shapes: Tensor, ratio: float) -> Tensor:
    """Spectra (..., bins) stretched along the frequency axis by `ratio`; the last bin is held."""
    if ratio == 1.0:
        return shapes
    last = shapes.shape[-1] - 1
    source = (torch.arange(last + 1, device=shapes.device) / ratio).clamp(max=last)
    low = source.floor().long()
    part = source - low  # (bins,) 0..1 between two bins
    return shapes[..., low] * (1 - part) + shapes[..., (low + 1).clamp(max=last)] * part


def lobes(part: Tensor) -> Tensor:
    """Main lobe of a Hann window's spectrum at the four bins around its centre (..., 4, tones).

    The centre lies `part` (..., tones) of a bin, 0..1, above the second of them. From bin to bin
    the sign turns, as frames start half a window before their centre. A raised cosine in place of
    three sincs: within 0.025 of the truth, at a quarter of the cost.
    """
    angle = math.pi / 2 * part
    even, odd = 0.5 * torch.cos(angle), 0.5 * torch.sin(angle)
    return torch.stack([odd - 0.5, even + 0.5, -0.5 - odd, 0.5 - even], dim=-2)


@dataclass(frozen=True, slots=True)
class FrameControls:
    """Synthesis parameters of each frame: gains of the noise (B, T, bins), levels and frequencies
    in Hz of the tones (B, T, tones). The transform is applied already but for the tones' tilt.
    """

    gain: Tensor
    level: Tensor
    hertz: Tensor
    transform: Transform

    def power(self) -> Tensor:
        """The expected mean square (B, T)."""
        level = (
            self.level * self.transform.tilt(self.hertz) if self.transform.tilt_db else self.level
        )
        return self.gain.square().mean(dim=-1) + level.square().sum(dim=-1) / 2

    def first(self, count: int) -> FrameControls:
        """The first `count` frames."""
        gain, level, hertz = (each[:, :count] for each in (self.gain, self.level, self.hertz))
        return FrameControls(gain, level, hertz, self.transform)


class SpectralHead(nn.Module):
    """Decoder outputs (B, T, outputs) to complex spectra (B, T, bins), and to sound (B, frames)."""

    window: Tensor
    interpolation: Tensor
    slot_hz: Tensor
    click_window: Tensor
    multiples: Tensor
    bin_hz: Tensor

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        slots = torch.logspace(
            math.log10(config.slot_low_hz), math.log10(config.slot_high_hz), config.partials - 1
        )
        self.slot_reach = config.slot_reach * math.log(float(slots[1] / slots[0]))
        constants = {
            "window": torch.hann_window(config.n_fft),
            "interpolation": band_interpolation(
                config.bins, config.noise_bands, config.sample_rate
            ),
            "slot_hz": slots,
            "click_window": torch.hann_window(2 * config.click)[config.click :],
            "multiples": torch.arange(2.0, config.overtones + 2),
            "bin_hz": torch.linspace(0, config.sample_rate / 2, config.bins),
        }
        for name, value in constants.items():
            self.register_buffer(name, value, persistent=False)
        if config.grain:
            self.grain = nn.Parameter(torch.randn(config.grain, config.bins) * GRAIN_START)

    def frequencies(self, raw: Tensor) -> Tensor:
        """(B, T, tones) in hertz from outputs (B, T, partials): the body anywhere in its range,
        slots near their centres, then the body's overtones.
        """
        body = self.body(raw)  # (B, T, 1)
        slots = self.slot_hz * torch.exp(
            self.slot_reach * torch.tanh(raw[..., 1:])
        )  # (B, T, P - 1)
        return torch.cat([body, slots, body * self.multiples], dim=-1)

    def body(self, raw: Tensor) -> Tensor:
        """(B, T, 1) in hertz, from outputs whose last `partials` are the pitches."""
        config = self.config
        place = raw.shape[-1] - config.partials
        span = math.log(config.body_high_hz / config.body_low_hz)
        return config.body_low_hz * torch.exp(span * torch.sigmoid(raw[..., place : place + 1]))

    def with_body_hz(self, raw: Tensor, hertz: Tensor) -> Tensor:
        """Outputs (B, T, outputs) with the body of the first sounds at `hertz` (b, T)."""
        config = self.config
        at, count = raw.shape[-1] - config.partials, len(hertz)
        span = math.log(config.body_high_hz / config.body_low_hz)
        place = torch.log(hertz / config.body_low_hz) / span  # (b, T), 0..1 of the range
        body = torch.cat([torch.logit(place, eps=EDGE), raw[count:, :, at]])  # (B, T)
        return torch.cat([raw[..., :at], body[..., None], raw[..., at + 1 :]], dim=-1)

    def tonal(self, level: Tensor, hertz: Tensor, start: Tensor) -> Tensor:
        """Complex spectra (B, T, bins) of tones.

        `level` and `hertz` are (B, T, tones); `start` (B, tones) is the phase in cycles at sample
        0. Phase runs on by the trapezoid rule between frame centres. What lies above the Nyquist
        frequency is left out.
        """
        config = self.config
        # (B, T - 1, tones): cycles from one frame centre to the next
        cycles = (hertz[:, 1:] + hertz[:, :-1]) / 2 * (config.hop / config.sample_rate)
        cycles = cycles - cycles.detach().round()  # small numbers keep float32 exact
        turned = torch.cat([start[:, None], start[:, None] + cycles.cumsum(dim=1)], dim=1)
        position = hertz * (config.n_fft / config.sample_rate)  # (B, T, tones), in bins
        low = position.detach().floor()
        # half the window's sum for a cosine; the sign turns at odd bins, see `lobes`
        size = level * (config.n_fft / 4 - config.n_fft / 2 * (low % 2))
        angle = 2 * math.pi * turned
        phasor = torch.complex(size * torch.cos(angle), size * torch.sin(angle))
        return self.scatter(lobes(position - low) * phasor[:, :, None], low)

    def scatter(self, values: Tensor, low: Tensor) -> Tensor:
        """Complex spectra (B, T, bins) from what tones add to four bins each (B, T, 4, tones), the
        first of them the one below `low` (B, T, tones).
        """
        bins = self.config.bins
        first = low.clamp(max=bins + 1).long()[:, :, None]  # (B, T, 1, tones)
        places = first + torch.arange(4, device=low.device)[:, None]  # (B, T, 4, tones)
        spectra = torch.zeros(  # a bin below 0 Hz, and four for what lies too high
            *low.shape[:2], bins + 5, dtype=values.dtype, device=low.device
        )
        spectra = spectra.scatter_add_(2, places.flatten(2), values.flatten(2))
        below, zero, one, others, _ = torch.split(spectra, [1, 1, 1, bins - 2, 4], dim=2)
        return torch.cat([2 * zero, one + below.conj(), others], dim=2)  # what 0 Hz mirrors

    def noise_gain(self, grain: Tensor, bands: Tensor, ratio: float) -> Tensor:
        """Gains (B, T, bins) of the noise, stretched along the frequency axis by `ratio`.

        From log weights of the learned shapes (B, T, grain) and log levels (B, T, noise_bands).
        """
        weights, shapes = bands.clamp(-14, 4), self.interpolation
        if self.config.grain:
            weights = torch.cat([weights, grain], dim=-1)  # (B, T, noise_bands + grain)
            shapes = torch.cat([shapes, self.grain])  # (noise_bands + grain, bins)
        return torch.exp((weights @ shift_spectra(shapes, ratio)).clamp(-16, 5))

    def frame_controls(self, raw: Tensor, transform: Transform) -> FrameControls:
        """Synthesis parameters from raw outputs (B, T, outputs) and a player's transform."""
        config = self.config
        grain, bands, over, level, pitch = torch.split(raw, list(config.sizes), dim=-1)
        gain = self.noise_gain(grain, bands, transform.ratio)
        levels = torch.exp(torch.cat([level, over], dim=-1).clamp(-14, 2))  # (B, T, tones)
        hertz = self.frequencies(pitch) * transform.ratio
        if transform == IDENTITY:
            return FrameControls(gain, levels, hertz, transform)
        gain = gain * (transform.noise_gain * transform.tilt(self.bin_hz))
        return FrameControls(gain, levels / transform.noise_gain, hertz, transform)

    def spectrum(self, controls: FrameControls, start: Tensor, noise: Tensor) -> Tensor:
        """Complex (B, T, bins); `start` phases (B, tones), `noise` (B, bins, T) a white STFT."""
        tones = self.tonal(controls.level, controls.hertz, start)
        if controls.transform.tilt_db:
            tones = tones * controls.transform.tilt(self.bin_hz)
        return controls.gain * noise.transpose(1, 2) + tones

    def stretched(self, click: Tensor, ratio: float) -> Tensor:
        """The click (B, click) resampled to another speed, zero after its end."""
        if ratio == 1.0:
            return click
        source = torch.arange(self.config.click, device=click.device) * ratio
        low = source.floor().long().clamp(max=self.config.click - 1)
        part, high = source - source.floor(), (low + 1).clamp(max=self.config.click - 1)
        inside = (source <= self.config.click - 1).to(click.dtype)
        return (click[:, low] * (1 - part) + click[:, high] * part) * inside

    def forward(
        self,
        raw: Tensor,
        start: Tensor,
        click: Tensor,
        noise: Tensor,
        frames: int,
        transform: Transform = IDENTITY,
    ) -> Tensor:
        """Sound (B, frames) from `raw` (B, T, outputs), the phases `start` (B, tones), `click` (B,
        click) and `noise` (B, bins, T).

        Always in float32: phase does not survive the 8 bits of bfloat16.
        """
        with torch.autocast(raw.device.type, enabled=False):
            controls = self.frame_controls(raw.float(), transform)
            return self.sound(controls, start.float(), click.float(), noise, frames)

    def sound(
        self, controls: FrameControls, start: Tensor, click: Tensor, noise: Tensor, frames: int
    ) -> Tensor:
        """Sound (B, frames) from parameters of its frames; the rest as `forward` takes it."""
        spectrum = self.spectrum(controls, start, noise)  # (B, T, bins)
        made = istft.sound_of(spectrum, self.window, self.config.hop, frames)
        head = self.stretched(click, controls.transform.ratio) * self.click_window
        return made + nn.functional.pad(head, (0, frames - self.config.click))
