"""Sounds changed as rooms, microphones, players and players of records change them, as log-mels.

What a family is must survive all of it. Numbers are log10 of power: 0.1 is 1 dB.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from starling.models.dsp.mel import FLOOR, HOP, SAMPLE_RATE

STEP_S = HOP / SAMPLE_RATE  # 20 ms
QUIET = math.log10(FLOOR)
SHIFT = 2  # columns of 20 ms at most, either way
SHORTEST = 5  # columns: .1 s
HELD_STEPS, HELD_BELOW = 5, 0.6  # before the release; 6 dB
RELEASED = 32  # the column in which notes of .65 s are released
# Shares of sounds
ROOM, CUT, HELD, SOFT, SQUEEZED, FILTERED, NOISY, COARSE = 0.4, 0.3, 0.1, 0.2, 0.1, 0.2, 0.4, 0.2
HUM, CHORD = 0.05, 0.15


def chords(log_mel: Tensor, others: Tensor, random: torch.Generator) -> Tensor:
    """A share of notes (B, bands, steps) together with one or two of `others` (B, 2, bands, steps).

    `others` are notes of the same sounds at other keys. Powers add, as those of waves that are not
    in phase do; the level stays.
    """
    count = len(log_mel)
    drawn = torch.rand(count, 3, 1, 1, generator=random)
    levels = torch.tensor([[1.0], [0.5]])[..., None] * (0.3 + 0.7 * drawn[:, 1:])  # (B, 2, 1, 1)
    levels = levels * torch.stack([drawn[:, 0] < CHORD, drawn[:, 0] < CHORD / 2], dim=1)
    power = torch.pow(10.0, log_mel) + (levels * torch.pow(10.0, others)).sum(dim=1)
    return torch.log10(power / (1 + levels.sum(dim=1)) + FLOOR)


def changed(log_mel: Tensor, random: torch.Generator) -> Tensor:
    """A batch (B, bands, steps) with rooms, lengths, attacks, compression, colours, filters, noise,
    hum, few bits and shifts.
    """
    count, bands, steps = log_mel.shape

    def even() -> Tensor:
        return torch.rand(count, 1, 1, generator=random)

    def normal(rows: int = 1) -> Tensor:
        return torch.randn(count, rows, 1, generator=random)

    def some(share: float) -> Tensor:
        return (even() < share).float()

    band = torch.linspace(-1, 1, bands)[None, :, None]
    step = torch.arange(steps)[None, None, :]
    x = torch.where(some(HELD) > 0, _held(log_mel), log_mel)
    power = torch.pow(10.0, x)
    power = power + some(ROOM) * _room(power, 0.15 + even(), 0.4 - 1.5 * even())
    end, release = SHORTEST + 46 * even(), 0.02 + 0.3 * even()  # columns; seconds to -10 dB
    fading = ((step - end) * STEP_S / release).clamp(0, 4) * some(CUT)
    rising = ((step + 1) / (6 * even() * some(SOFT) + 1)).clamp(0, 1).square()
    power = power * torch.pow(10.0, -fading) * rising
    level = torch.log10(power.sum(dim=1, keepdim=True) + FLOOR)  # (B, 1, steps)
    below = (level.amax(dim=2, keepdim=True) - level).clamp(0, 3)  # a compressor's work, to 30 dB
    x = torch.log10(power + FLOOR) + 0.6 * even() * some(SQUEEZED) * below
    x = x + 0.2 * normal() + 0.35 * normal() * band + 0.1 * normal(bands)
    for ripples in (2, 4):  # an equaliser's broad bells
        x = x + 0.2 * normal() * torch.cos(math.pi * ripples * band + 2 * math.pi * even())
    low_pass = ((band + 0.1 - 1.1 * even()) * 8).clamp(0, 3.5) * some(FILTERED)
    high_pass = ((0.4 * even() - 0.6 - band) * 8).clamp(0, 2.5) * some(FILTERED)
    noise = torch.where(even() < NOISY, 4 * even() - 4.5, torch.full((count, 1, 1), QUIET))
    hum = 3 * even() - 4 - 40 * (band + 1) + QUIET * (1 - some(HUM))  # in the lowest bands
    x = x - low_pass - high_pass
    # the noise of few bits is white and follows the sound, as of mu-law, or does not
    coarse = x.amax(dim=1, keepdim=True) - 2.5 - 2 * even() + 10 * (some(COARSE) - 1)
    x = torch.log10(
        torch.pow(10.0, x)
        + torch.pow(10.0, noise + 0.3 * normal() * band)
        + torch.pow(10.0, hum)
        + torch.pow(10.0, coarse + 0.5 * band)
    )
    shifts = torch.randint(-SHIFT, SHIFT + 1, (count,), generator=random)
    return _shifted(x.clamp(min=QUIET), shifts)


def _held(log_mel: Tensor) -> Tensor:
    """Notes (B, bands, steps) as if they were held on: what was before the release, backwards.

    Only of notes that are about as loud there as they were at their loudest; others decay by
    themselves, and stay as they are.
    """
    before = log_mel[..., :RELEASED]
    longer = torch.cat([before, before.flip(2)[..., : log_mel.shape[2] - RELEASED]], dim=2)
    level = torch.log10(torch.pow(10.0, before).sum(dim=1, keepdim=True))  # (B, 1, RELEASED)
    end = level[..., -HELD_STEPS:].mean(dim=2, keepdim=True)
    return torch.where(level.amax(dim=2, keepdim=True) - end < HELD_BELOW, longer, log_mel)


def _room(power: Tensor, seconds: Tensor, level: Tensor) -> Tensor:
    """The reverberation of a batch: its power smeared with a decay of 60 dB in so many seconds."""
    kept = torch.pow(10.0, -6 * STEP_S / seconds)  # (B, 1, 1), of the power of the step before
    tail, tails = torch.zeros_like(power[:, :, :1]), []
    for step in range(power.shape[2]):
        tail = tail * kept + power[:, :, step : step + 1] * (1 - kept)
        tails.append(tail)
    return torch.pow(10.0, level) * torch.cat(tails, dim=2)


def _shifted(x: Tensor, shifts: Tensor) -> Tensor:
    """Each sound later or earlier by some columns; the edge is repeated."""
    steps = x.shape[2]
    columns = (torch.arange(steps)[None] - shifts[:, None]).clamp(0, steps - 1)  # (B, steps)
    return x.gather(2, columns[:, None].expand_as(x))
