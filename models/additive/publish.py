"""From fitted vectors to an artifact of kind `additive`: the prior, and what made it."""

from __future__ import annotations

import platform
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from starling.models.additive import prior
from starling.models.additive.train import Result, Settings
from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ROOT_NOTE
from starling.models.datasets import general_midi
from starling.models.datasets.training_set import SoundSet
from starling.models.errors import InputError
from starling.models.oneshot.publish import SMALL_CLASS, controls, describe_data


def limits(sounds: SoundSet, result: Result) -> list[str]:
    """What a user should know before trusting the model, as sentences."""
    config = result.config
    counts = np.bincount(sounds.labels[list(result.fits)], minlength=len(sounds.classes))
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


def fit_prior(sounds: SoundSet, result: Result) -> prior.NeighbourPrior:
    """The prior over the fitted sounds. Raises InputError where a class has none."""
    rows = sorted(result.fits)
    missing = [
        name
        for index, name in enumerate(sounds.classes)
        if index not in set(sounds.labels[rows].tolist())
    ]
    if missing:
        raise InputError(f"no sound of class {missing[0]} is fitted yet", code="no_sounds")
    return prior.fit(
        torch.from_numpy(np.stack([result.fits[row].vector for row in rows])),
        torch.from_numpy(sounds.labels[rows]),
        torch.from_numpy(sounds.ranks[rows]),
        len(sounds.classes),
        result.config,
    )


def publish(
    folder: Path,
    name: str,
    title: str,
    sounds: SoundSet,
    result: Result,
    settings: Settings,
    command: str,
) -> Path:
    """Write `<name>.safetensors` and its card into `folder`; return the card."""
    initial, fitted = result.mean_mss()
    card = {
        "kind": "additive",
        "name": name,
        "title": title,
        "sample_rate": result.config.sample_rate,
        "root": ROOT_NOTE,
        "controls": controls(sounds.classes),
        "keys": list(general_midi.key_table(sounds.classes)),
        "config": asdict(result.config),
        "training": {
            "command": command,
            "steps": settings.steps,
            "minutes": round(result.elapsed / 60, 1),
            "seed": settings.seed,
            "settings": asdict(settings),
            "losses": {"mss_initial_db": round(initial, 3), "mss_db": round(fitted, 3)},
            "torch": torch.__version__,
            "machine": f"{platform.system()} {platform.machine()}",
        },
        "data": describe_data(sounds),
        "limits": limits(sounds, result),
        "metrics": {},
    }
    path, _ = card_file.write(folder, card, fit_prior(sounds, result).tensors())
    return path
