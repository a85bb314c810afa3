"""A trained decoder ready to play: constants worked out once, no gradients.

Gives what `Decoder` gives, to rounding, in two thirds of the time. Sounds of a group go through it
layer by layer, so that a layer's weights come from memory once; each has its own arithmetic, and
so the same bytes in any company. Training has no use for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

from starling.models.oneshot.network import Block, OneShot
from starling.models.oneshot.spectral_head import HeadConfig, Touch

__all__ = ["Unrolled", "audible"]

INAUDIBLE_DB = -72.0  # what is heard may lie 12 above what is expected; an end below -60 is cut


@dataclass(frozen=True, slots=True)
class _Way:
    """A sound on its way through the layers: `hidden` (S, width), as each tap sees it with zeros
    around it, and the blocks' FiLM.
    """

    hidden: Tensor
    seen: tuple[Tensor, ...]
    gains: tuple[Tensor, ...]
    shifts: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class _Layer:
    """One Block: the depthwise convolution by tap, and `narrow` with the block's scale in it."""

    taps: tuple[Tensor, ...]  # (width,) each
    bias: Tensor
    widen: Tensor  # (width, wide)
    wide_bias: Tensor
    narrow: Tensor  # (wide, width)
    narrow_bias: Tensor

    def change(self, way: _Way, number: int) -> None:
        """What the block, of this number, does to a sound on its way."""
        mixture = torch.addcmul(self.bias, way.seen[0], self.taps[0])
        for seen, tap in zip(way.seen[1:], self.taps[1:], strict=True):
            mixture.addcmul_(seen, tap)
        normed = functional.layer_norm(
            mixture, mixture.shape[1:], way.gains[number], way.shifts[number]
        )
        wide = functional.gelu(torch.addmm(self.wide_bias, normed, self.widen))
        way.hidden.add_(self.narrow_bias).addmm_(wide, self.narrow)


def _layer(block: Block) -> _Layer:
    bias = block.depthwise.bias
    assert bias is not None
    return _Layer(
        taps=block.depthwise.weight[:, 0].T.contiguous().unbind(),
        bias=bias,
        widen=block.widen.weight.T,
        wide_bias=block.widen.bias,
        narrow=(block.narrow.weight * block.scale[:, None]).T,
        narrow_bias=block.narrow.bias * block.scale,
    )


class Unrolled:
    """The decoder of a model, from the mixed condition to sound."""

    @torch.no_grad()
    def __init__(self, model: OneShot) -> None:
        """Work out what no sound changes; the rest is shared with `model`."""
        self.config, self.decoder = model.config, model.decoder
        decoder, head = model.decoder, model.config.head
        self.layers = [_layer(cast(Block, block)) for block in decoder.blocks]
        steps = (self.config.frames // head.hop + 2) // 2
        self.clock = decoder.clock(decoder.time_features(steps, decoder.clock.weight))

    @torch.inference_mode()
    def raws(self, mixed: Sequence[Tensor], frames: Sequence[int]) -> list[Tensor]:
        """Outputs for the head (1, T, outputs) from what is `mixed` (1, told) for each sound, and
        from its length, at most the model's longest.
        """
        counts = [count // self.config.head.hop + 1 for count in frames]
        ways = [
            self._way(each, (count + 1) // 2) for each, count in zip(mixed, counts, strict=True)
        ]
        for number, layer in enumerate(self.layers):
            for way in ways:
                layer.change(way, number)
        return [
            self.decoder.outputs(way.hidden[None], each)[:, :count]
            for way, each, count in zip(ways, mixed, counts, strict=True)
        ]

    def _way(self, mixed: Tensor, steps: int) -> _Way:
        """Where a sound starts."""
        decoder, kernel, width = self.decoder, self.config.kernel, self.config.width
        padded = torch.zeros(steps + kernel - 1, width)
        seen = tuple(padded[late : late + steps] for late in range(kernel))
        torch.add(self.clock[:steps], decoder.enter(mixed), out=seen[kernel // 2])
        films = decoder.film(mixed).view(-1, 2, width)
        return _Way(seen[kernel // 2], seen, (films[:, 0] + 1).unbind(), films[:, 1].unbind())

    @torch.inference_mode()
    def sound(
        self, mixed: Tensor, raw: Tensor, frames: int, draw: Callable[[int], Tensor], touch: Touch
    ) -> Tensor:
        """One sound of `frames`, or of fewer where the rest could not be heard, from its outputs;
        `draw` gives as much white noise as it is asked for.
        """
        decoder, config = self.decoder, self.config.head
        told = decoder.head.told(raw, touch)
        frames = min(frames, audible(told.power()[0], config))
        noise = torch.stft(
            draw(frames), config.n_fft, config.hop, window=decoder.head.window, return_complex=True
        )
        kept = told.first(noise.shape[-1])
        start, click = decoder.phases(mixed), decoder.click(mixed)
        return decoder.head.sound(kept, start, click, noise[None], frames)[0]


def audible(power: Tensor, config: HeadConfig) -> int:
    """The samples after which nothing comes that `power` (T,), of the frames, expects above
    INAUDIBLE_DB; with all frames that reach into them, and noise for those.
    """
    heard = ~(power < power.max() * 10 ** (INAUDIBLE_DB / 10))
    return int(heard.nonzero()[-1]) * config.hop + 3 * config.n_fft // 2
