"""Generation without the compiled kernel: the same numbers from PyTorch, a hundred times slower.

It is also the reference that the kernel is tested against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from starling.models.samplernn.network import Config, FrameTier, SampleRNN, scaled
from starling.models.samplernn.prediction import Predictor
from starling.models.samplernn.quantiser import LEVELS, SILENCE
from starling.models.samplernn.sampling import Draw, choose, uniform
from starling.models.samplernn.take import SCALES, START_LABELS, STARTS

State = Sequence[NDArray[np.float32]]  # (S, L, D) of each tier, lowest first


@dataclass(slots=True)
class _Voice:
    """Where one voice is: its state, what came last, and what goes down from each tier."""

    seed: int
    state: list[Tensor]  # (S, L, 1, D)
    draw: Draw = field(default_factory=Draw)
    mix: Tensor | None = None  # (1, C)
    at: int = 0  # samples generated or primed
    stepped: int = -1  # the sample that the tiers stepped for last
    drawn: int = 0  # of them drawn
    history: list[int] = field(default_factory=list)  # the last `lookback` levels
    down: list[Tensor] = field(default_factory=list)  # (ratio, width) of each tier
    predictor: Predictor | None = None
    expected: tuple[int, int, int] = (0, 0, 0)  # of the next sample: level, spread and offset


def load(config: Config, tensors: Mapping[str, NDArray[np.float32]]) -> SampleRNN:
    """The network of folded weights, without weight norm."""
    with torch.device("meta"):
        network = SampleRNN(replace(config, weight_norm=False))
    state = {
        name: torch.from_numpy(np.ascontiguousarray(each))
        for name, each in tensors.items()
        if name not in (STARTS, START_LABELS) and not name.startswith(SCALES)
    }
    network.load_state_dict(state, assign=True)
    return network.eval()


class TorchVoices:
    """Slots of one network, each its own sequence of levels. Not thread-safe."""

    def __init__(self, network: SampleRNN, count: int) -> None:
        self.network, self.config = network, network.config
        self._voices: list[_Voice | None] = [None] * count
        self._tiers = [each for each in network.tiers if isinstance(each, FrameTier)]
        with torch.no_grad():  # (frame, 256, mlp): what each level adds at each place of a frame
            mlp = network.mlp
            self._first = torch.einsum("qe,mej->jqm", mlp.embedding.weight, mlp.input.weight)

    def start(self, slot: int, seed: int, state: State, mix: Sequence[float] = ()) -> None:
        """Begin a sequence in a slot, from states (S, L, D), with a weight for each label."""
        config = self.config
        self._voices[slot] = _Voice(
            seed,
            [torch.from_numpy(each)[:, :, None].clone() for each in state],
            history=[SILENCE] * self.config.lookback,
            down=[torch.empty(0)] * len(self._tiers),
            predictor=Predictor(config.quantiser, config.prediction) if config.prediction else None,
        )
        self.set(slot, Draw(), mix)

    def set(self, slot: int, draw: Draw, mix: Sequence[float] = ()) -> None:
        """How the next samples of a slot are drawn, and the weights of the labels."""
        voice = self._voice(slot)
        voice.draw = draw
        voice.mix = torch.tensor([list(mix)], dtype=torch.float32) if len(mix) else None

    def stop(self, slot: int) -> None:
        """End the sequence of a slot."""
        self._voices[slot] = None

    @torch.no_grad()
    def prime(self, slot: int, levels: NDArray[np.uint8]) -> None:
        """Run levels (n,) through all tiers, as if they had been drawn."""
        voice = self._voice(slot)
        for level in levels.tolist():
            self._step_tiers(voice)
            self._take(voice, level)

    @torch.no_grad()
    def generate(self, slots: Sequence[int], count: int) -> NDArray[np.uint8]:
        """The next levels (slots, count)."""
        found = np.empty((len(slots), count), np.uint8)
        for row, slot in enumerate(slots):
            voice = self._voice(slot)
            for at in range(count):
                found[row, at] = self._next(voice)
        return found

    @torch.no_grad()
    def logits(self, slot: int) -> NDArray[np.float32]:
        """The logits (256,) of the next sample of a slot, without drawing it."""
        voice = self._voice(slot)
        self._step_tiers(voice)
        return self._logits(voice)

    def _voice(self, slot: int) -> _Voice:
        voice = self._voices[slot]
        assert voice is not None, f"slot {slot} plays nothing"
        return voice

    def _next(self, voice: _Voice) -> int:
        self._step_tiers(voice)
        level = choose(self._logits(voice), voice.draw, uniform(voice.seed, voice.drawn))
        voice.drawn += 1
        self._take(voice, level, drawn=True)
        return level

    def _take(self, voice: _Voice, level: int, drawn: bool = False) -> None:
        voice.history = [*voice.history[1:], level]
        voice.at += 1
        if voice.predictor is not None:
            voice.predictor.take(level, drawn)

    def _step_tiers(self, voice: _Voice) -> None:
        """Step the tiers whose frame begins here, the highest first, and predict; once a sample."""
        if voice.stepped == voice.at:
            return
        voice.stepped = voice.at
        if voice.predictor is not None:
            voice.expected = voice.predictor.expect()
        for index in reversed(range(len(self._tiers))):
            tier = self._tiers[index]
            if voice.at % tier.frame:
                continue
            levels = torch.tensor([[voice.history[-tier.frame :]]])  # (1, 1, F)
            above = None
            if index + 1 < len(self._tiers):
                place = voice.at // tier.frame % self.config.frame_sizes[index + 1]
                above = voice.down[index + 1][None, place : place + 1]  # (1, 1, D)
            down, voice.state[index] = tier(scaled(levels), above, voice.state[index], voice.mix)
            voice.down[index] = down[0]  # (ratio, width)

    def _logits(self, voice: _Voice) -> NDArray[np.float32]:
        size = self.config.frame_sizes[0]
        recent = torch.tensor(voice.history[-size:])
        x = self._first[torch.arange(size), recent].sum(0) + voice.down[0][voice.at % size]  # (M,)
        mlp, told = self.network.mlp, torch.tensor([[voice.expected]])  # (1, 1, 3)
        if mlp.expected is not None:
            x = x + mlp.expected(told)[0, 0]
        found = mlp.output(torch.relu(mlp.hidden(torch.relu(x))))
        if mlp.expected is not None:
            found = mlp.expected.spread_out(told, found[None, None])[0, 0]
        assert found.shape == (LEVELS,)
        return np.asarray(found.numpy())
