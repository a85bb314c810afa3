"""From spectra of overlapping frames back to sound: the inverse of `torch.stft`, centred.

As `torch.istft`, at half its cost for short sounds: it would add up the windows frame by frame.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["overlap_add", "sound_of"]


def overlap_add(pieces: Tensor, hop: int) -> Tensor:
    """Sum (B, frames) of pieces (B, T, n), each `hop` later than the one before; hop divides n."""
    batch, count, size = pieces.shape
    parts = pieces.reshape(batch, count, size // hop, hop).unbind(2)  # n / hop of (B, T, hop)
    total = pieces.new_zeros(batch, count + len(parts) - 1, hop)
    for late, part in enumerate(parts):
        total[:, late : late + count] += part
    return total.flatten(1)


def sound_of(spectrum: Tensor, window: Tensor, hop: int, frames: int) -> Tensor:
    """Sound (B, frames) of spectra (B, T, bins), the first frame centred at sample 0.

    Where frames overlap, they are weighted by the window and divided by the sum of its squares
    (Griffin & Lim, 1984).
    """
    size, middle = len(window), len(window) // 2
    total = overlap_add(torch.fft.irfft(spectrum, size) * window, hop)  # (B, T hop + n - hop)
    weight = overlap_add(window.square().expand(1, spectrum.shape[1], size), hop)
    kept = slice(middle, middle + frames)
    return total[:, kept] / weight[:, kept]
