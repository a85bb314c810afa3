"""Models to compare composers with, of a few thousand weights, which several tests share."""

from typing import Any

from song_data import toy_songs

from starling.models.composer.baselines import event_transformer, frame_lstm, measure_vae
from starling.models.composer.data import Material

TINY: dict[str, Any] = {
    "lstm": frame_lstm.Config(4, 24, (8, 8, 4, 2), 0.1, 4.0, 4, 12),
    "vae": measure_vae.Config(4, 2, 16, (24, 12), 16, latent=6, batch=4),
    "transformer": event_transformer.Config(16, 2, 2, context=24, batch=3),
}
REDUCED: dict[str, Any] = {
    "lstm": frame_lstm.Config(1, 24, (8,), 0.0, 0.0, 4, 12),
    "vae": measure_vae.Config(1, 2, 16, (24, 8), 16, latent=6, batch=4, plain=True),
}


def material(count: int = 6, frames: int = 200) -> Material:
    every = toy_songs(count + 2, frames)
    rows = list(range(count + 2))
    return Material(every.part(rows[:count]), every.part(rows[count:]))
