"""A trained baseline as an instrument: a seed in, a sound out. As `generator`, without knobs."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ModelCard
from starling.models.artifacts.controls import canonical
from starling.models.baselines.kinds import BASELINES, config_from, decoder_with
from starling.models.baselines.magnitude_stft import over_signed_maximum, zero_phase
from starling.models.dsp import signal
from starling.models.errors import ParseError
from starling.models.oneshot.generator import PEAK, check_seed, one_thread


class Generator:
    """One loaded model. `generate` may be called from any thread; calls take turns."""

    def __init__(self, card: ModelCard) -> None:
        """Read the weights. Raises MissingError and ParseError as `catalogue.load_generator`."""
        content = card_file.read_card(card.path)
        if content["kind"] not in BASELINES:
            raise ParseError(f"model {card.name} is of unknown kind {content['kind']!r}")
        self.card = card
        self.training: dict[str, Any] = content["training"]
        self.config = config_from(content["kind"], content["config"])
        tensors = card_file.read_weights(content, card.path.parent)
        self.decoder = decoder_with(content["kind"], self.config, tensors)

    @torch.no_grad()
    def generate(self, seed: int, controls: dict[str, float]) -> NDArray[np.float32]:
        """One sound (1, frames) at the card's rate, peak 0.9; the published models know no knobs.

        The same seed (0..2147483647) gives the same bytes. A network that has burst (weights that
        are not numbers) gives silence. Raises InputError, also for any control.
        """
        random = np.random.Generator(np.random.Philox(key=[check_seed(seed), 0]))
        canonical(self.card, controls)
        latent = torch.from_numpy(random.standard_normal(self.config.latent, np.float32))
        with one_thread():
            picture = np.nan_to_num(self.decoder(latent[None])[0].numpy(), posinf=0, neginf=0)
        sound = over_signed_maximum(zero_phase(picture, self.config.front))
        return signal.normalise_peak(sound, PEAK)[None, :]
