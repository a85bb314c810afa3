"""A small composer with random weights, and prepared toy songs, that several tests share."""

from pathlib import Path

import torch
from song_data import toy_songs

from starling.models.composer import batches
from starling.models.composer.batches import Prepared
from starling.models.composer.network import Composer, Config
from starling.models.composer.publish import publish
from starling.models.composer.train import Settings
from starling.models.training.result import Result

TINY = Config(width=16, backbone="lstm", hidden=24, layers=1)
ATTENTIVE = Config(width=16, backbone="attention", layers=2)
MEMORYLESS = Config(width=16, backbone="mlp", layers=1)


def composer(config: Config = TINY, seed: int = 0) -> Composer:
    """Livelier than freshly drawn: the tables of copying say something, too."""
    torch.manual_seed(seed)
    made = Composer(config).eval()
    with torch.no_grad():
        for name, each in made.named_parameters():
            if name.startswith("copying."):
                torch.nn.init.normal_(each, std=0.1)
    return made


def published(folder: Path, name: str = "toy", seed: int = 0) -> Path:
    """The card of a small composer in a folder of models."""
    folder.mkdir(parents=True, exist_ok=True)
    result = Result(composer(seed=seed), 5, 1.0, {"validation_nats_per_frame": 2.0})
    data = {"songs": 1, "sources": [{"name": "toy songs", "licence": "CC0-1.0"}]}
    return publish(folder, name, name.title(), data, result, Settings(steps=5), "starling")


def prepared(count: int = 6, frames: int = 200) -> Prepared:
    return batches.prepare(toy_songs(count, frames))
