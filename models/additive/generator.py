"""A trained additive model as an instrument: seed and knobs in, finished sound out.

Noise and choices come from a counter-based generator (Philox), on one thread.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from starling.models.additive import synthesizer
from starling.models.additive.prior import NeighbourPrior, from_features, prior_from
from starling.models.additive.synthesizer import Config
from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ModelCard
from starling.models.artifacts.controls import canonical
from starling.models.dsp import signal
from starling.models.dsp.descriptors import NAMES
from starling.models.errors import ParseError
from starling.models.oneshot.generator import FADE_SECONDS, PEAK, check_seed, one_thread

TILT_DB = 2.0  # per octave at the ends of the brightness knob, on top of what the prior does
BALANCE_DB = 12.0  # noise against partials at the ends of the noisiness knob, likewise
STRETCH = 0.35  # nats of length at the ends of the decay knob, likewise
NEPERS = math.log(10) / 20  # in a decibel
MIDDLE_HZ = 1_000.0  # around which the spectrum tilts


def config_from(entry: dict[str, Any]) -> Config:
    """Rebuild a Config from its card. Raises ParseError."""
    try:
        config = Config(**entry)
        config.parts  # noqa: B018 - fails where a size is no number
    except (TypeError, ValueError) as error:
        raise ParseError(
            "the model card's additive configuration is not of this version"
        ) from error
    return config


class Generator:
    """One loaded model. `generate` may be called from any thread; calls take turns."""

    def __init__(self, card: ModelCard) -> None:
        """Read the prior. Raises MissingError and ParseError as `catalogue.load_generator`."""
        content = card_file.read_card(card.path)
        if content["kind"] != "additive":
            raise ParseError(f"model {card.name} is of unknown kind {content['kind']!r}")
        self.card = card
        self.training: dict[str, Any] = content["training"]
        self.config = config_from(content["config"])
        tensors = card_file.read_weights(content, card.path.parent)
        self.prior: NeighbourPrior = prior_from(tensors, card.name, self.config)

    @torch.no_grad()
    def generate(self, seed: int, controls: dict[str, float]) -> NDArray[np.float32]:
        """One sound (1, frames) at the card's rate: peak 0.9, no leading or trailing silence.

        The same seed (0..2147483647) and controls give the same bytes. Raises InputError.
        """
        random = np.random.Generator(np.random.Philox(key=[check_seed(seed), 0]))
        values = canonical(self.card, controls)
        with one_thread():
            vector = self.vector(random, values)
            frames = int(float(vector[0].exp()) * self.config.sample_rate)
            white = torch.from_numpy(random.standard_normal(self.config.frames, np.float32))
            noise = synthesizer.split_noise(white[:frames], self.config)
            raw = synthesizer.render(vector[None], frames, noise, self.config)[0].numpy()
        return self._finish(raw)[None, :]

    def vector(self, random: np.random.Generator, values: dict[str, float]) -> Tensor:
        """The vector (size,) of a sound: a sample of the prior, moved by the knobs."""
        moves = torch.tensor([2 * values[name] - 1 for name in NAMES], dtype=torch.float32)
        drawn = self.prior.sample(int(values["kind"]) - 1, moves, random)
        return with_controls(from_features(drawn[None], self.config), moves, self.config)[0]

    def _finish(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        """Remove DC, cut the silent end, fade it out, set the level."""
        rate = self.card.sample_rate
        trimmed = signal.trim_tail(signal.block_dc(np.asarray(raw, np.float32), rate))
        faded = signal.fade_out(trimmed, int(FADE_SECONDS * rate))
        return signal.normalise_peak(faded, PEAK)


def with_controls(vectors: Tensor, moves: Tensor, config: Config) -> Tensor:
    """Vectors (B, size) with what the knobs (3,), -1..1 from their centres, do by formula."""
    bright, long, noisy = moves.tolist()
    parts = synthesizer.unpack(vectors, config)
    tilt = NEPERS * TILT_DB * bright / math.log(2)  # nats of level per nat of frequency
    half = NEPERS * BALANCE_DB * noisy / 2
    above = parts["pitch"] - math.log(MIDDLE_HZ)
    bands = (synthesizer.band_hertz(config).clamp(min=synthesizer.LOWEST_HZ) / MIDDLE_HZ).log()
    changed = {
        **parts,
        "length": parts["length"] + STRETCH * long,
        "level": parts["level"] + (tilt * above - half)[..., None],
        "noise": parts["noise"] + (tilt * bands + half)[:, None],
    }
    return synthesizer.bounded(synthesizer.pack(changed, config), config)
