"""The decoder for inference: constants computed once, no gradients.

The outputs of `Decoder`, to rounding, in two thirds of the time. Sounds of a group go through it
layer by layer, so that a layer's weights come from memory once; each has its own arithmetic, and
so the same bytes in any group. Not used in training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

from starling.models.oneshot.network import ConvNeXtBlock, OneShot
from starling.models.oneshot.spectral_head import HeadConfig, Transform

__all__ = ["InferenceDecoder", "audible_frames"]

INAUDIBLE_DB = -72.0  # noise peaks may exceed the expectation by 12 dB; below -60 dB is cut


@dataclass(frozen=True, slots=True)
class _Activations:
    """One sound between two layers: `hidden` (S, width), views of it for each tap of a convolution
    with zero padding (S, width), and gains and shifts (width,) of each block's FiLM.
    """

    hidden: Tensor
    shifted: tuple[Tensor, ...]
    gains: tuple[Tensor, ...]
    shifts: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class _Layer:
    """A ConvNeXtBlock: its depthwise convolution by tap, and `narrow` times the block's scale."""

    taps: tuple[Tensor, ...]  # (width,) each
    bias: Tensor
    widen: Tensor  # (width, wide)
    wide_bias: Tensor
    narrow: Tensor  # (wide, width)
    narrow_bias: Tensor

    def apply(self, activations: _Activations, number: int) -> None:
        """Run the block of this number on a sound, in place."""
        # the depthwise convolution as a sum over taps: (S, width)
        mixture = torch.addcmul(self.bias, activations.shifted[0], self.taps[0])
        for shifted, tap in zip(activations.shifted[1:], self.taps[1:], strict=True):
            mixture.addcmul_(shifted, tap)
        normed = functional.layer_norm(
            mixture, mixture.shape[1:], activations.gains[number], activations.shifts[number]
        )
        wide = functional.gelu(torch.addmm(self.wide_bias, normed, self.widen))  # (S, wide)
        activations.hidden.add_(self.narrow_bias).addmm_(wide, self.narrow)


def _layer(block: ConvNeXtBlock) -> _Layer:
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


class InferenceDecoder:
    """The decoder of a model, from the mixed condition to sound."""

    @torch.no_grad()
    def __init__(self, model: OneShot) -> None:
        """Compute what is the same for all sounds; the rest is shared with `model`."""
        self.config, self.decoder = model.config, model.decoder
        decoder, head = model.decoder, model.config.head
        self.layers = [_layer(cast(ConvNeXtBlock, block)) for block in decoder.blocks]
        steps = (self.config.frames // head.hop + 2) // 2
        self.clock = decoder.clock(decoder.time_features(steps, decoder.clock.weight))  # (S, width)

    @torch.inference_mode()
    def head_outputs(self, mixed: Sequence[Tensor], frames: Sequence[int]) -> list[Tensor]:
        """Outputs for the head (1, T, outputs) of each sound, from its `mixed` (1, decoder_inputs)
        and its length in samples, at most the model's longest.
        """
        counts = [count // self.config.head.hop + 1 for count in frames]
        every = [
            self._activations(each, (count + 1) // 2)
            for each, count in zip(mixed, counts, strict=True)
        ]
        for number, layer in enumerate(self.layers):
            for activations in every:
                layer.apply(activations, number)
        return [
            self.decoder.outputs(activations.hidden[None], each)[:, :count]
            for activations, each, count in zip(every, mixed, counts, strict=True)
        ]

    def _activations(self, mixed: Tensor, steps: int) -> _Activations:
        """The input (S, width) of the first block for `mixed` (1, decoder_inputs)."""
        decoder, kernel, width = self.decoder, self.config.kernel, self.config.width
        padded = torch.zeros(steps + kernel - 1, width)  # all taps are views into it
        shifted = tuple(padded[late : late + steps] for late in range(kernel))
        torch.add(self.clock[:steps], decoder.enter(mixed), out=shifted[kernel // 2])
        films = decoder.film(mixed).view(-1, 2, width)  # (blocks, gain and shift, width)
        return _Activations(
            shifted[kernel // 2], shifted, (films[:, 0] + 1).unbind(), films[:, 1].unbind()
        )

    @torch.inference_mode()
    def sound(
        self,
        mixed: Tensor,
        raw: Tensor,
        frames: int,
        white_noise: Callable[[int], Tensor],
        transform: Transform,
    ) -> Tensor:
        """One sound of `frames` samples, or fewer where the rest is inaudible, from `mixed` (1,
        decoder_inputs) and `raw` (1, T, outputs); `white_noise` gives that many samples of it.
        """
        decoder, config = self.decoder, self.config.head
        controls = decoder.head.frame_controls(raw, transform)
        frames = min(frames, audible_frames(controls.power()[0], config))
        noise = torch.stft(
            white_noise(frames),
            config.n_fft,
            config.hop,
            window=decoder.head.window,
            return_complex=True,
        )
        kept = controls.first(noise.shape[-1])
        start, click = decoder.phases(mixed), decoder.click(mixed)
        return decoder.head.sound(kept, start, click, noise[None], frames)[0]


def audible_frames(power: Tensor, config: HeadConfig) -> int:
    """The number of samples until the expected `power` (T,) stays below INAUDIBLE_DB of its
    maximum, with all frames that reach into them, and noise for those.
    """
    loud = ~(power < power.max() * 10 ** (INAUDIBLE_DB / 10))
    return int(loud.nonzero()[-1]) * config.hop + 3 * config.n_fft // 2
