"""A small composer with random weights, and prepared toy songs, that several tests share."""

import torch
from song_data import toy_songs

from starling.models.composer import batches
from starling.models.composer.batches import Prepared
from starling.models.composer.network import Composer, Config

TINY = Config(width=16, hidden=24, layers=1)
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


def prepared(count: int = 6, frames: int = 200) -> Prepared:
    return batches.prepare(toy_songs(count, frames))
