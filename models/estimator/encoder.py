"""A trained estimator behind its card: log-mels in, presets out.

>>> estimator = load_estimator(Path("runs/estimator/amsynth-estimator.json"))  # doctest: +SKIP
>>> estimator.predict(log_mel)  # (n, 64, 51) -> (n, P) in the synth's own units  # doctest: +SKIP
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from starling.models.artifacts import card_file
from starling.models.dsp.mel import BANDS, FEATURE_VERSION, STEPS
from starling.models.errors import InputError, ParseError
from starling.models.estimator.network import Config, Estimator, Layout
from starling.models.proxy.encoder import Proxy
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


def describe(
    space: Space, config: Config, losses: str, proxy: Proxy | None, notes: Any
) -> dict[str, Any]:
    """The part of a card that says what the network is and what it learned from."""
    listened = None
    if proxy is not None:
        listened = {"name": proxy.card.get("name", ""), "sha256": proxy.card.get("sha256", "")}
    return {
        "config": {
            "network": asdict(config),
            "losses": losses,
            "proxy": listened,
            "embedding": proxy.embedding if proxy is not None else "",
            "front": FEATURE_VERSION,
            "notes": [list(note) for note in notes],
            "synth": space.synth,
            "schema_hash": space.schema_hash,
            "parameters": [asdict(knob) for knob in space.knobs],
        }
    }


def publish(
    folder: Path,
    name: str,
    estimator: TrainedEstimator,
    training: dict[str, Any],
    data: dict[str, Any],
    metrics: dict[str, Any],
) -> Path:
    """Write `<name>.safetensors` (weights in half precision) and its card; return the card."""
    learned = {key for key, _ in estimator.network.named_parameters()}
    tensors = {
        key: value.half() if key in learned else value  # statistics may be beyond half precision
        for key, value in estimator.network.state_dict().items()
    }
    card = {
        **estimator.card,
        "kind": KIND,
        "name": name,
        "title": f"{estimator.space.synth}: parameters from sound",
        "sample_rate": 44_100,
        "root": 60,
        "controls": [],
        "training": training,
        "data": data,
        "limits": [
            "Listens to one second of one note; what a preset does later is unknown to it.",
            "Trained on the synth's own sounds; any other is heard as one of them.",
        ],
        "metrics": metrics,
    }
    path, _ = card_file.write(folder, card, tensors)
    return path


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
