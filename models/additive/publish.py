"""From fitted vectors to an artifact of kind `additive`: the prior, and what made it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from starling.models.additive import prior
from starling.models.additive.train import Fitted, Settings
from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ROOT_NOTE
from starling.models.datasets import general_midi
from starling.models.datasets.training_set import SoundSet
from starling.models.errors import InputError
from starling.models.oneshot.publish import SMALL_CLASS, controls, describe_data
from starling.models.training import result as training_result
from starling.models.training.result import Result


def limits(sounds: SoundSet, fitted: Fitted) -> list[str]:
    """What a user should know before trusting the model, as sentences."""
    config = fitted.config
    counts = np.bincount(sounds.labels[list(fitted.fits)], minlength=len(sounds.classes))
    sentences = [
        f"{config.partials} partials and {config.bands} noise bands: dense or beating spectra "
        "become noise.",
        "Sounds are drawn near single recordings and those most like them, not from far between.",
        f"Sounds end at {config.seconds:g} seconds; longer recordings were faded there.",
    ]
    small = [
        f"{name} ({count})"
        for name, count in zip(sounds.classes, counts, strict=True)
        if count < SMALL_CLASS
    ]
    if small:
        sentences.append(f"Too few recordings to vary much: {', '.join(small)}.")
    return sentences


def fit_prior(sounds: SoundSet, fitted: Fitted) -> prior.NeighbourPrior:
    """The prior over the fitted sounds. Raises InputError where a class has none."""
    rows = sorted(fitted.fits)
    missing = [
        name
        for index, name in enumerate(sounds.classes)
        if index not in set(sounds.labels[rows].tolist())
    ]
    if missing:
        raise InputError(f"no sound of class {missing[0]} is fitted yet", code="no_sounds")
    return prior.fit(
        torch.from_numpy(np.stack([fitted.fits[row].vector for row in rows])),
        torch.from_numpy(sounds.labels[rows]),
        torch.from_numpy(sounds.ranks[rows]),
        len(sounds.classes),
        fitted.config,
    )


def publish(
    folder: Path,
    name: str,
    title: str,
    sounds: SoundSet,
    result: Result[Fitted],
    settings: Settings,
    command: str,
) -> Path:
    """Write `<name>.safetensors` and its card into `folder`; return the card."""
    config = result.model.config
    card = {
        "kind": "additive",
        "name": name,
        "title": title,
        "sample_rate": config.sample_rate,
        "root": ROOT_NOTE,
        "controls": controls(sounds.classes),
        "keys": list(general_midi.key_table(sounds.classes)),
        "config": asdict(config),
        "training": training_result.facts(
            command,
            result,
            settings,
            steps=settings.steps,
            losses={name: round(value, 3) for name, value in result.figures.items()},
        ),
        "data": describe_data(sounds),
        "limits": limits(sounds, result.model),
        "metrics": {},
    }
    path, _ = card_file.write(folder, card, fit_prior(sounds, result.model).tensors())
    return path
