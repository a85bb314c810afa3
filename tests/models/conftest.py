"""Small synthetic sounds and a small network: what the tests of `models` share."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from starling.models.datasets.training_set import SoundSet, load_folder
from starling.models.oneshot.network import Config
from starling.models.oneshot.spectral_head import HeadConfig

RATE = 44100


def thump(hertz: float, seconds: float = 0.2) -> np.ndarray:
    """A decaying sine: a kick of sorts."""
    time = np.arange(int(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * hertz * time) * np.exp(-time * 20)).astype(np.float32)


def hiss(seed: int, seconds: float = 0.15) -> np.ndarray:
    """Decaying white noise: a hat of sorts."""
    time = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.default_rng(seed).standard_normal(len(time))
    return (0.3 * noise * np.exp(-time * 30)).clip(-1, 1).astype(np.float32)


@pytest.fixture(scope="session")
def sound_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of six files each, and one file that is no sound."""
    root = tmp_path_factory.mktemp("sounds")
    for name in ("kick", "hat_closed"):
        (root / name).mkdir()
    for index in range(6):
        soundfile.write(root / "kick" / f"thump{index}.wav", thump(50 + 10 * index), RATE)
        soundfile.write(root / "hat_closed" / f"hiss{index}.flac", hiss(index), RATE)
    (root / "kick" / "broken.wav").write_text("not a sound")
    return root


@pytest.fixture(scope="session")
def sounds(sound_folder: Path) -> SoundSet:
    """The folder, loaded."""
    return load_folder(sound_folder, RATE, 0.4)


@pytest.fixture(scope="session")
def small_config() -> Config:
    """A network that trains in milliseconds."""
    head = HeadConfig(noise_bands=12, partials=6)
    return Config(
        classes=("kick", "hat_closed"),
        seconds=0.4,
        latent=4,
        width=32,
        blocks=2,
        condition=16,
        encoder_width=16,
        mel_bands=24,
        head=head,
    )


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 rendered presets of a synthetic synth."""
    import toy_synth as toy

    return toy.write_set(tmp_path_factory.mktemp("rendered") / "toy", toy.draw(400, 0))


@pytest.fixture(scope="session")
def toy_data(toy_folder: Path) -> Any:
    """The same as ProxyData."""
    import toy_synth as toy

    from starling.models.proxy import data

    return data.load(toy_folder, toy.EMBEDDING)
