"""Models that make sounds without a network: what the tests of the evaluation share."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from baseline_sizes import TINY

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import Control, ModelCard
from starling.models.baselines.dense_gan import DenseGan
from starling.models.evaluation.subject import Subject
from starling.models.oneshot import latent_prior, publish
from starling.models.oneshot.network import Config, OneShot

RATE = 44100
KINDS = Control("kind", "Kind", 0.0, 2.0, 0.0, ("By key", "Kick", "Closed hat"))
KNOBS = tuple(Control(name, name.title(), 0.0, 1.0, 0.5) for name in ("decay", "noisiness"))
PITCH = Control("pitch", "Pitch", -12.0, 12.0, 0.0)


class Toy:
    """A decaying tone (kick) or noise (hat): `decay` and `pitch` obey, `noisiness` does nothing."""

    def __init__(self, controls: tuple[Control, ...], rate: int = RATE, level: float = 0.9) -> None:
        self.card = ModelCard("toy", "Toy", "0" * 64, rate, 60, controls, Path("toy.json"))
        self.training: dict[str, Any] = {"seed": 0}
        self.level = level

    def generate(self, seed: int, controls: dict[str, float]) -> np.ndarray:
        random = np.random.default_rng(seed)
        time = np.arange(int(0.25 * self.card.sample_rate)) / self.card.sample_rate
        hertz = 200 * 2 ** (random.uniform(-0.2, 0.2) + controls.get("pitch", 0.0) / 12)
        tone = np.sin(2 * np.pi * hertz * time)
        noise = random.standard_normal(len(time))
        body = noise if controls.get("kind", 1.0) == 2.0 else tone
        fall = 10 * 2 ** (3 - 3 * controls.get("decay", 0.5))
        sound = self.level * body / np.abs(body).max() * np.exp(-time * fall)
        return sound[None].astype(np.float32)


def subject(*controls: Control, kinds: tuple[float | None, ...] = (), **settings: Any) -> Subject:
    """The toy as a model under evaluation."""
    toy = Toy(controls, **settings)
    return Subject("toy", toy.card, toy, kinds, 1.0, toy.training, {})


def untrained(folder: Path, config: Config, name: str = "small") -> Path:
    """The card of a network with random weights."""
    torch.manual_seed(0)
    classes, size = len(config.classes), config.latent
    flat = latent_prior.LatentPrior(
        torch.zeros(classes, size),
        torch.zeros(classes, config.descriptors, size),
        torch.eye(size + config.descriptors).repeat(classes, 1, 1),
        torch.zeros(classes, size + config.descriptors),
        torch.arange(classes),
    )
    facts = {
        "kind": "oneshot",
        "sample_rate": config.head.sample_rate,
        "controls": publish.controls(config.classes),
        "keys": [0] * 128,
        "config": asdict(config),
    }
    return _card(folder, name, facts, {**OneShot(config).state_dict(), **flat.tensors()})


def dense_gan_card(folder: Path, name: str, factor: float = 1.0) -> Path:
    """The card of a tiny dense GAN at 8 kHz, its random weights multiplied: 0 makes silence."""
    torch.manual_seed(0)
    config = TINY["dense_gan"]
    weights = DenseGan(config).decoder().state_dict()
    facts = {"kind": "dense_gan", "sample_rate": 8000, "controls": [], "config": asdict(config)}
    return _card(folder, name, facts, {key: factor * each for key, each in weights.items()})


def _card(folder: Path, name: str, facts: dict[str, Any], weights: dict[str, Any]) -> Path:
    empty = {"training": {"seed": 0}, "data": {}, "limits": [], "metrics": {}}
    card = {"name": name, "title": name.title(), "root": 60, **facts, **empty}
    return card_file.write(folder, card, weights)[0]
