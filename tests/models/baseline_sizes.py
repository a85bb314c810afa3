"""Baselines of a few thousand weights on a hundredth of the picture: what their tests share."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.baselines import dense_gan, spectral_vae
from starling.models.baselines.magnitude_stft import SpectrogramSettings

RATE = 8_000
FRONT = SpectrogramSettings(frame=65, step=32, fft=128, frames=16, bins=32, read=800, dropped=200)
TINY = {
    "dense_gan": dense_gan.Config(
        latent=4,
        layers=(5, 8),
        generator_rate=1e-3,
        discriminator_rate=1e-3,
        batch=6,
        over_maximum=True,
        front=FRONT,
    ),
    "spectral_vae": spectral_vae.Config(width=8, batch=6, front=FRONT),
}


def write_sounds(folder: Path, count: int = 5) -> Path:
    """A folder of two class folders of decaying sines of 0.1 s at 8 kHz."""
    time = np.arange(RATE // 10) / RATE
    for row, name in enumerate(("low", "high")):
        (folder / name).mkdir(parents=True)
        for index in range(count):
            sound = np.sin(2 * np.pi * (200 + 1000 * row + 50 * index) * time) * np.exp(-9 * time)
            soundfile.write(folder / name / f"sound{index}.wav", sound, RATE)
    return folder


def shrink(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer the small sizes as a recipe named `tiny`, also on the command line."""
    monkeypatch.setitem(dense_gan.RECIPES, "tiny", TINY["dense_gan"])
    monkeypatch.setitem(spectral_vae.RECIPES, "tiny", TINY["spectral_vae"])
