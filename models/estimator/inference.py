"""A trained estimator behind its card: log-mels in, presets out.

>>> estimator = load_estimator(Path("runs/estimator/amsynth-estimator.json"))  # doctest: +SKIP
>>> estimator.predict(log_mel)  # (n, 64, 51) -> (n, P) in the synth's own units  # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from starling.models.artifacts import card_file
from starling.models.dsp.mel import BANDS, FEATURE_VERSION, STEPS
from starling.models.errors import InputError, ParseError
from starling.models.estimator.network import Config, Estimator, Layout
from starling.models.proxy.parameter_space import Space

Array = NDArray[np.float32]
KIND = "estimator"
ROWS = 256  # estimated at once: 100 MB of features


class TrainedEstimator:
    """A trained estimator with its card and the parameters that it sets."""

    def __init__(self, card: dict[str, Any], space: Space, network: Estimator) -> None:
        self.card, self.space, self.network = card, space, network.eval()

    def predict(self, log_mel: Array) -> Array:
        """Presets (n, P) in the synth's own units for log-mels (n, 64, 51) at the standard level.

        Raises InputError for another shape and for what is no number.
        """
        if log_mel.ndim != 3 or log_mel.shape[1:] != (BANDS, STEPS):
            raise InputError(
                f"log-mels must be of shape (n, {BANDS}, {STEPS}), got {log_mel.shape}"
            )
        if not np.isfinite(log_mel).all():
            raise InputError("the log-mels hold values that are not numbers")
        parts = torch.split(torch.from_numpy(np.asarray(log_mel, np.float32)), ROWS)
        return self.space.values(torch.cat([self.network.estimate(part) for part in parts]))


def load_estimator(path: Path) -> TrainedEstimator:
    """The estimator behind a card.

    Raises MissingError, and ParseError where card and weights differ, the kind is another, a field
    is missing or it listens to other spectrograms.
    """
    card = card_file.read_card(path)
    if card["kind"] != KIND:
        raise ParseError(f"{path.name} is a model of the kind {card['kind']!r}, not an {KIND}")
    if card["config"].get("front") != FEATURE_VERSION:
        front = card["config"].get("front")
        raise ParseError(f"{path.name} listens to {front!r}; this Starling makes {FEATURE_VERSION}")
    space = Space.from_json(card["config"])
    tensors = card_file.read_weights(card, path.parent)
    try:
        network = Estimator(Layout(space), Config(**card["config"]["network"]))
        network.load_state_dict(
            {k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}
        )
    except (KeyError, TypeError, RuntimeError) as error:
        raise ParseError(
            f"the weights {card['weights']} do not fit the card {path.name}: "
            f"{str(error).splitlines()[0][:200]}"
        ) from error
    return TrainedEstimator(card, space, network)
