"""The additive parametric model: free partials under envelopes, and noise in bands. No network.

A sound is one vector of bounded numbers (`Config.parts` is its layout). After Serra and Smith,
"Spectral modeling synthesis" (1990), made differentiable as in DDSP (Engel et al., arXiv
2001.04643), but without a harmonic series: each partial has a frequency of its own.

Shapes: B sounds, T trajectory values (one every HOP samples), K partials, `size` numbers a vector.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

HOP = 64  # samples between two values of a trajectory, 1.5 ms: the attack of a hit
LOWEST_HZ, HIGHEST_HZ = 20.0, 19_000.0
SHORTEST = 0.01  # seconds: a click
SILENT = -10.0  # natural log of amplitude, -87 dB
GATE = 0.004  # seconds over which the end is closed
BREAK_HZ = 700.0  # of O'Shaughnessy's mel scale


@dataclass(frozen=True, slots=True)
class VectorField:
    """A field of the vector: its bounds, and a just audible `step` (the learning rate in Adam)."""

    name: str
    shape: tuple[int, ...]
    low: float
    high: float
    step: float
    meaning: str
    wraps: bool = False

    @property
    def size(self) -> int:
        """How many numbers it takes."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of the vector and the rate it is played at; stored with the weights."""

    sample_rate: int = 44_100
    seconds: float = 2.0  # the longest sound
    partials: int = 20
    levels: int = 9  # knots of a partial's envelope
    glides: int = 8  # knots of the glide that all partials share
    bands: int = 20  # of noise, evenly spaced in mel
    puffs: int = 11  # knots of a noise band's envelope: a clap is several bursts

    @property
    def parts(self) -> tuple[VectorField, ...]:
        """The layout of the vector, in order. Knots lie at times seconds * (i / last) ** curve."""
        low, high = math.log(LOWEST_HZ), math.log(HIGHEST_HZ)
        partials, longest = self.partials, math.log(self.seconds)
        return (
            VectorField("length", (1,), math.log(SHORTEST), longest, 0.02, "ln seconds"),
            VectorField(
                "curve", (1,), 1.0, 3.0, 0.05, "1: knots evenly in time, 3: most at the attack"
            ),
            VectorField(
                "glide", (self.glides,), -3.0, 3.0, 0.004, "ln of a factor on all frequencies"
            ),
            VectorField(
                "pitch", (partials,), low, high, 0.0005, "ln Hz, where glide and drift are 0"
            ),
            VectorField(
                "drift", (partials, 2), -1.0, 1.0, 0.0015, "ln of own factor, at start and end"
            ),
            VectorField(
                "phase", (partials,), -0.5, 0.5, 0.02, "cycles at sample 0; a sine at 0", True
            ),
            VectorField("level", (partials, self.levels), SILENT, 0.7, 0.06, "ln amplitude"),
            VectorField(
                "noise", (self.bands, self.puffs), SILENT - 2, 1.4, 0.06, "ln gain, white noise"
            ),
        )

    @property
    def size(self) -> int:
        """Numbers in a vector."""
        return sum(part.size for part in self.parts)

    @property
    def frames(self) -> int:
        """Longest sound in samples."""
        return int(self.seconds * self.sample_rate)


def unpack(vectors: Tensor, config: Config) -> dict[str, Tensor]:
    """The parts (B, *shape) of vectors (B, size)."""
    pieces = torch.split(vectors, [part.size for part in config.parts], dim=1)
    named = zip(config.parts, pieces, strict=True)
    return {part.name: piece.reshape(len(piece), *part.shape) for part, piece in named}


def pack(parts: dict[str, Tensor], config: Config) -> Tensor:
    """The inverse of `unpack`: vectors (B, size)."""
    return torch.cat([parts[part.name].flatten(1) for part in config.parts], dim=1)


def bounded(vectors: Tensor, config: Config) -> Tensor:
    """Vectors (B, size) with every number within its part's bounds; phases wrapped to half a turn.

    >>> bounded(torch.full((1, 490), 99.0), Config())[0, 1]
    tensor(3.)
    """
    pieces = torch.split(vectors, [part.size for part in config.parts], dim=1)
    kept = [
        piece - piece.round() if part.wraps else piece.clamp(part.low, part.high)
        for part, piece in zip(config.parts, pieces, strict=True)
    ]
    return torch.cat(kept, dim=1)


def steps(config: Config) -> Tensor:
    """The step of each number, (size,)."""
    return torch.cat([torch.full((part.size,), part.step) for part in config.parts])


def knots(parts: dict[str, Tensor], frames: int, count: int, sample_rate: int) -> Tensor:
    """Weights (B, T, count) that draw straight lines between `count` knots, every HOP samples.

    T is one more than the hops in `frames`. Past the end the last knot stands.
    """
    moments = torch.arange(-(-frames // HOP) + 1, device=parts["length"].device)
    share = moments * (HOP / sample_rate) / parts["length"].exp()  # (B, T)
    place = share.clamp(1e-6, 1.0) ** (1.0 / parts["curve"]) * (count - 1)  # (B, T), in knots
    distance = (place[..., None] - torch.arange(count, device=place.device)).abs()  # (B, T, count)
    return (1.0 - distance).clamp(min=0.0)


def frequencies(parts: dict[str, Tensor], frames: int, config: Config) -> Tensor:
    """Hertz of every partial (B, T, partials)."""
    # (B, T, glides) @ (B, glides, 1): one glide for all partials
    shared = knots(parts, frames, config.glides, config.sample_rate) @ parts["glide"][..., None]
    # (B, T, 2) @ (B, 2, K): a line for each partial
    own = knots(parts, frames, 2, config.sample_rate) @ parts["drift"].transpose(1, 2)
    logs = parts["pitch"][:, None] + shared + own  # (B, T, K), ln Hz
    return logs.clamp(math.log(LOWEST_HZ), math.log(HIGHEST_HZ)).exp()


def _gate(parts: dict[str, Tensor], count: int, sample_rate: int) -> Tensor:
    """1 during the sound and 0 after it, (B, T, 1)."""
    seconds = torch.arange(count, device=parts["length"].device) * (HOP / sample_rate)  # (T,)
    left: Tensor = (parts["length"].exp() - seconds) / GATE  # (B, T)
    return left.clamp(0.0, 1.0)[..., None]


def sines(hertz: Tensor, start: Tensor, sample_rate: int) -> Tensor:
    """Unit sines (B, T - 1, partials, HOP) whose frequency runs straight between the given values.

    `hertz` (B, T, partials), `start` (B, partials) in cycles. The phase is the exact integral of
    the frequency; it is summed in float64, so that the last sample is as true as the first.
    """
    per_hop = (hertz[:, 1:] + hertz[:, :-1]).double() * (0.5 * HOP / sample_rate)  # cycles
    turned = start.double()[:, None] + per_hop.cumsum(dim=1) - per_hop  # (B, T - 1, K) at the start
    turned = (turned - turned.detach().floor()).float()
    sample = torch.arange(HOP, device=hertz.device) / sample_rate  # (HOP,) seconds into the hop
    bend = sample.square() * (0.5 * sample_rate / HOP)  # integral of the ramp from 0 to 1
    slope = (hertz[:, 1:] - hertz[:, :-1])[..., None]  # (B, T - 1, K, 1)
    cycles = turned[..., None] + hertz[:, :-1, :, None] * sample + slope * bend
    return torch.sin(2 * math.pi * cycles)


def blend(levels: Tensor, carriers: Tensor) -> Tensor:
    """Sum carriers (B or 1, T - 1, C, HOP) under straight lines between levels (B, T, C).

    Gives (B, samples).
    """
    rise = torch.arange(HOP, device=levels.device) / HOP  # (HOP,)
    whole = carriers.expand(len(levels), -1, -1, -1)  # (B, T - 1, C, HOP)
    # the sums under the levels at either end of a hop, (B, T - 1, HOP) each
    before = torch.einsum("btc,btch->bth", levels[:, :-1], whole)
    after = torch.einsum("btc,btch->bth", levels[:, 1:], whole)
    return torch.lerp(before, after, rise).flatten(1)


@cache
def band_shapes(size: int, bands: int, sample_rate: int) -> Tensor:
    """(bands, bins) triangles in mel which add up to 1 at every frequency of an rfft."""
    hertz = torch.linspace(0, sample_rate / 2, size // 2 + 1)
    mel = torch.log1p(hertz / BREAK_HZ)  # (bins,), but for a factor
    place = mel / mel[-1] * (bands - 1)  # (bins,), in bands
    return (1.0 - (place - torch.arange(bands)[:, None]).abs()).clamp(min=0.0)


def band_hertz(config: Config) -> Tensor:
    """Centre of every noise band, (bands,)."""
    top = math.log1p(config.sample_rate / 2 / BREAK_HZ)
    centres: Tensor = BREAK_HZ * torch.expm1(torch.linspace(0, top, config.bands))
    return centres


def split_noise(white: Tensor, config: Config) -> Tensor:
    """White noise (frames,) cut into bands, as carriers (1, T - 1, bands, HOP)."""
    count = -(-len(white) // HOP) * HOP
    shapes = band_shapes(count, config.bands, config.sample_rate).to(white.device)
    parted = torch.fft.irfft(torch.fft.rfft(white, count) * shapes, count)  # (bands, samples)
    carriers: Tensor = parted.reshape(len(parted), -1, HOP).transpose(0, 1)[None]
    return carriers


def render(vectors: Tensor, frames: int, noise: Tensor, config: Config) -> Tensor:
    """Sounds (B, frames) from vectors (B, size), differentiable in all of them.

    `noise` is what `split_noise` makes of white noise of at least `frames` samples.
    """
    parts = unpack(bounded(vectors, config), config)
    rate = config.sample_rate
    tones = knots(parts, frames, config.levels, rate) @ parts["level"].transpose(1, 2)  # (B, T, K)
    puffs = knots(parts, frames, config.puffs, rate) @ parts["noise"].transpose(1, 2)  # .. bands
    gate = _gate(parts, tones.shape[1], rate)  # (B, T, 1)
    carriers = sines(frequencies(parts, frames, config), parts["phase"], rate)  # (B, T-1, K, HOP)
    tonal = blend(tones.exp() * gate, carriers)  # (B, samples)
    noisy = blend(puffs.exp() * gate, noise[:, : tones.shape[1] - 1])  # (B, samples)
    sounds: Tensor = (tonal + noisy)[:, :frames]
    return sounds
