"""Other people's models, as embedders use them: what each needs, and how it is opened. A table.

Only local files are read. CLAP is run by transformers; the networks of the others are our own
(`models/pretrained`) and read the weights as their authors publish them. Checked against the
authors' code with equal, made-up weights: docs/embedders.md. The true weights could not be had.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
EmbedFunction = Callable[[Array], Array]  # one second, mono (sample_rate,), to a vector


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A published model: its sample rate, the weights it needs, and how it is opened.

    `open` gets the weights and returns what listens and the size of its vectors.
    """

    sample_rate: int
    weights: str  # what the user has to have
    folder: bool  # whether the weights are a folder
    open: Callable[[Path], tuple[EmbedFunction, int]]
    package: str = ""  # to import, where torch is not enough
    install: str = ""  # what brings that package


def _clap(path: Path) -> tuple[EmbedFunction, int]:
    """CLAP (arXiv 2211.06687) by transformers >= 4.50: a local folder of `save_pretrained`.

    Its feature extractor repeats and pads sounds to ten seconds as in its training.
    """
    transformers = importlib.import_module("transformers")
    torch = importlib.import_module("torch")
    model = transformers.ClapModel.from_pretrained(str(path), local_files_only=True).eval()
    extractor = transformers.ClapFeatureExtractor.from_pretrained(str(path), local_files_only=True)

    def listen(signal: Array) -> Array:
        inputs = extractor(signal, sampling_rate=48_000, return_tensors="pt")
        with torch.no_grad():
            found: Any = model.get_audio_features(**inputs)
        vector = getattr(found, "pooler_output", found)  # newer versions wrap it
        return np.asarray(vector.numpy(), np.float32).reshape(-1)

    return listen, int(model.config.projection_dim)


def _network(module: str) -> Callable[[Path], tuple[EmbedFunction, int]]:
    """How a network of ours with published weights is opened."""

    def open_(path: Path) -> tuple[EmbedFunction, int]:
        torch = importlib.import_module("torch")
        net = importlib.import_module(f"starling.models.pretrained.{module}").load(path)

        def listen(signal: Array) -> Array:
            with torch.inference_mode():
                return np.asarray(net(torch.from_numpy(signal)[None])[0].numpy(), np.float32)

        return listen, int(net.size)

    return open_


PRETRAINED: dict[str, Pretrained] = {
    "clap": Pretrained(
        48_000,
        "a folder with config.json, model.safetensors and preprocessor_config.json",
        True,
        _clap,
        "transformers",
        "pip install -e '.[clap]'",
    ),
    "passt": Pretrained(
        32_000,
        "passt-s-f128-p16-s10-ap.476-swa.pt or passt-s-kd-ap.486.pt, or as .safetensors",
        False,
        _network("passt"),
    ),
    "panns": Pretrained(
        32_000, "Cnn14_mAP=0.431.pth, or that as .safetensors", False, _network("cnn14")
    ),
    "openl3": Pretrained(
        48_000,
        "torchopenl3_mel256_music_512.pth.tar, or that as .safetensors",
        False,
        _network("openl3"),
    ),
    "efficientat": Pretrained(
        32_000,
        "mn04_as_mAP_432.pt, mn20_as_mAP_478.pt or another mn.._as, or as .safetensors",
        False,
        _network("efficientat"),
    ),
}
