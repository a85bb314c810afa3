"""Other people's models, as embedders use them: what each needs, and how it is opened. A table.

Only local files are read. None of these weights could be had where Starling is built. CLAP's code
was run with random weights; that of the others follows the sources of the versions named and HAS
NOT BEEN RUN.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import MissingError, ParseError

Array = NDArray[np.float32]

CLAP_SECONDS = 1.0  # as long as the library's notes sound; CLAP repeats them to its ten seconds


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A published model: the package to import, the rate and length that it hears.

    `open` gets the weights and returns a function from mono (frames,) to a vector.
    """

    package: str
    install: str  # what brings the package
    sample_rate: int
    seconds: float
    size: int
    weights: str  # what the user has to have
    folder: bool  # whether the weights are a folder
    open: Callable[[Path], Callable[[Array], Array]]


def _vector(output: Any) -> Array:
    """A tensor or array without gradient, on the CPU, flat."""
    return np.asarray(output.detach().cpu() if hasattr(output, "detach") else output).reshape(-1)


def _clap(path: Path) -> Callable[[Array], Array]:
    """CLAP (arXiv 2211.06687) by transformers >= 4.50: a local folder of `save_pretrained`.

    Its feature extractor repeats and pads sounds to ten seconds as in its training. Run with a
    small network of random weights only.
    """
    transformers = importlib.import_module("transformers")
    torch = importlib.import_module("torch")
    model = transformers.ClapModel.from_pretrained(str(path), local_files_only=True).eval()
    extractor = transformers.ClapFeatureExtractor.from_pretrained(str(path), local_files_only=True)

    def listen(signal: Array) -> Array:
        inputs = extractor(signal, sampling_rate=48_000, return_tensors="pt")
        with torch.no_grad():
            found = model.get_audio_features(**inputs)
        return _vector(getattr(found, "pooler_output", found))  # newer versions wrap it

    return listen


def _passt(path: Path) -> Callable[[Array], Array]:
    """PaSST-S (arXiv 2110.05069) by hear21passt 0.0.26, built without its download."""
    torch = importlib.import_module("torch")
    net = importlib.import_module("hear21passt.models.passt").get_model(
        arch="passt_s_swa_p16_128_ap476", pretrained=False
    )
    _fill(net, path)
    spectrogram = importlib.import_module("hear21passt.models.preprocess").AugmentMelSTFT(
        n_mels=128, sr=32_000, win_length=800, hopsize=320, n_fft=1_024, freqm=48, timem=192,
        htk=False, fmin=0.0, fmax=None, norm=1, fmin_aug_range=10, fmax_aug_range=2_000,
    )  # fmt: skip
    wrapper = importlib.import_module("hear21passt.wrapper").PasstBasicWrapper
    model = wrapper(mel=spectrogram, net=net).eval()

    def listen(signal: Array) -> Array:
        with torch.no_grad():
            return _vector(model.get_scene_embeddings(torch.tensor(signal)[None]))

    return listen


def _panns(path: Path) -> Callable[[Array], Array]:
    """CNN14 (arXiv 1912.10211) by panns_inference 0.1.1.

    Importing that package downloads its list of labels where it is absent, so it must be there.
    """
    labels = Path.home() / "panns_data" / "class_labels_indices.csv"
    if not labels.is_file():
        raise MissingError(f"panns_inference would download {labels}; put the file there first")
    panns = importlib.import_module("panns_inference")
    model = panns.AudioTagging(checkpoint_path=str(path), device="cpu")
    return lambda signal: _vector(model.inference(signal[None])[1])


def _openl3(path: Path) -> Callable[[Array], Array]:
    """OpenL3 (music, mel256, 512 numbers) by torchopenl3 1.0.1; the maximum over frames.

    The package is old: it needs a torch older than 2, in an environment of its own.
    """
    torch = importlib.import_module("torch")
    core = importlib.import_module("torchopenl3.core")
    network = importlib.import_module("torchopenl3.models").PytorchOpenl3
    model = network(input_repr="mel256", embedding_size=512, content_type="music")
    _fill(model, path)
    model.eval()

    def listen(signal: Array) -> Array:
        heard = torch.tensor(signal)
        found, _ = core.get_audio_embedding(heard, 48_000, model=model, embedding_size=512)
        return _vector(found[0].amax(dim=0))

    return listen


def _efficientat(path: Path) -> Callable[[Array], Array]:
    """EfficientAT's mn20 (arXiv 2211.04772), its repository on the Python path."""
    torch = importlib.import_module("torch")
    network = importlib.import_module("models.mn.model").get_model(width_mult=2.0)
    _fill(network, path)
    network.eval()
    spectrogram = importlib.import_module("models.preprocess").AugmentMelSTFT(
        n_mels=128, sr=32_000, win_length=800, hopsize=320, freqm=0, timem=0
    )
    spectrogram.eval()

    def listen(signal: Array) -> Array:
        with torch.no_grad():
            return _vector(network(spectrogram(torch.tensor(signal)[None])[None])[1])

    return listen


def _fill(model: Any, path: Path) -> None:
    """Put a state dict into a model. Only safetensors: a .pt file may run whatever it likes."""
    if path.suffix != ".safetensors":
        raise ParseError(
            f"{path.name} is a pickle, which could run any program; convert it once: "
            "torch.load with weights_only=True, then safetensors.torch.save_file"
        )
    from safetensors.torch import load_file

    model.load_state_dict(load_file(str(path)))


PRETRAINED: dict[str, Pretrained] = {
    "clap": Pretrained(
        "transformers",
        "pip install 'starling-daw[clap]'",
        48_000,
        CLAP_SECONDS,
        512,
        "a folder with config.json, model.safetensors and preprocessor_config.json",
        True,
        _clap,
    ),
    "passt": Pretrained(
        "hear21passt",
        "pip install hear21passt",
        32_000,
        1.0,
        1_295,
        "the state dict of passt_s_swa as .safetensors",
        False,
        _passt,
    ),
    "panns": Pretrained(
        "panns_inference",
        "pip install panns-inference",
        32_000,
        1.0,
        2_048,
        "Cnn14_mAP=0.431.pth",
        False,
        _panns,
    ),
    "openl3": Pretrained(
        "torchopenl3",
        "pip install torchopenl3",
        48_000,
        1.0,
        512,
        "the state dict of music, mel256, 512 numbers as .safetensors",
        False,
        _openl3,
    ),
    "efficientat": Pretrained(
        "models",
        "clone github.com/fschmid56/EfficientAT and put it on PYTHONPATH",
        32_000,
        1.0,
        1_920,
        "the state dict of mn20 as .safetensors",
        False,
        _efficientat,
    ),
}
