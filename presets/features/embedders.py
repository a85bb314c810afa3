"""Sounds to vectors: the table of embedders. Knows no file of sounds, no synth, no library.

| name      | what it is                                                | what it needs           |
|-----------|-----------------------------------------------------------|-------------------------|
| timbre    | ours: which sound it is, and of which family; the default | its weights, shipped    |
| classical | MFCC statistics and a modulation spectrum; the floor      | nothing                 |
| others    | pretrained models on disk (`pretrained_embedder`)         | your weights            |
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.mel import BANDS, FRAMES, SAMPLE_RATE, levelled, log_mel
from starling.models.errors import InputError, MissingError
from starling.presets.features.embedder import Embedder, Families

__all__ = [
    "CLASSICAL",
    "EMBEDDERS",
    "FRAMES",
    "NOTE_SECONDS",
    "SAMPLE_RATE",
    "Embedder",
    "classical",
    "default",
    "find",
    "log_mel",
    "timbre",
    "timbre_alone",
]

Array = NDArray[np.float32]

NOTE_SECONDS = 0.65  # how long the notes of a library are held within it
TIMBRE = "timbre"
TIMBRE_2, FAMILIES = "timbre-2", "families"  # weights of the second version
VERSION_1 = f"{TIMBRE}/1:"  # begins the keys of the timbre network without families
COEFFICIENTS = 20  # MFCC 1..20; 0 is the level
MODULATION_BINS = 16  # 1..16 Hz, given 1 s
MODULATION_BANDS = 4
MEL_GROUPS = 16


def classical(signal: Array) -> Array:
    """MFCC mean and deviation, and the modulation spectrum: (104,) float32.

    Raises InputError (code `silent`) for a sound below -80 dB.
    """
    return _statistics(log_mel(levelled(signal)))


def _statistics(mel: Array) -> Array:
    """The classical vector (104,) of a log-mel (64, 51)."""
    mfcc = _cosines() @ mel  # (20, 51)
    moving = mel - mel.mean(axis=1, keepdims=True)  # (64, 51), without each band's level
    spectrum = np.log10(np.abs(np.fft.rfft(moving, axis=1))[:, 1 : MODULATION_BINS + 1] + 0.01)
    shape = (MEL_GROUPS, BANDS // MEL_GROUPS, MODULATION_BANDS, MODULATION_BINS // MODULATION_BANDS)
    modulation = spectrum.reshape(shape).mean(axis=(1, 3))  # (16, 4)
    parts = (mfcc.mean(axis=1), mfcc.std(axis=1), modulation.ravel())
    return np.concatenate(parts).astype(np.float32)


@lru_cache(maxsize=1)
def _cosines() -> Array:
    """Rows 1..20 of the orthonormal DCT-II over 64 bands, (20, 64)."""
    rows = np.arange(1, COEFFICIENTS + 1)[:, None]
    matrix = np.cos(np.pi * rows * (np.arange(BANDS) + 0.5) / BANDS) * np.sqrt(2 / BANDS)
    return np.asarray(matrix, np.float32)


CLASSICAL_SIZE = 2 * COEFFICIENTS + MEL_GROUPS * MODULATION_BANDS
CLASSICAL = Embedder(
    "classical",
    1,
    SAMPLE_RATE,
    FRAMES,
    CLASSICAL_SIZE,
    classical,
    mels=lambda mels: np.array([_statistics(mel) for mel in mels]).reshape(-1, CLASSICAL_SIZE),
)


def timbre(weights: Path | None = None) -> Embedder:
    """Our trained one, with families of instruments where their weights are there.

    `weights` is the card of a timbre network of your own, or of families of your own; left out,
    the shipped ones. Raises MissingError where weights are absent, ParseError where they are
    damaged.
    """
    from starling.models.artifacts.catalogue import WEIGHTS

    card, families = WEIGHTS / f"{TIMBRE_2}.json", WEIGHTS / f"{FAMILIES}.json"
    if weights is not None:
        return (
            _with_families(card, weights, weights)
            if _is_families(weights)
            else _alone(weights, weights)
        )
    return _with_families(card, families, None) if families.is_file() else _alone(card, None)


def timbre_alone() -> Embedder:
    """The first version, without families: libraries of 0.1.0, proxies and estimators know it."""
    from starling.models.artifacts.catalogue import WEIGHTS

    return _alone(WEIGHTS / f"{TIMBRE}.json", None)


def _is_families(card: Path) -> bool:
    from starling.models.artifacts import card_file
    from starling.models.timbre.families import forward

    return bool(card_file.read_card(card)["kind"] == forward.KIND)


@lru_cache(maxsize=4)  # a process uses one; loading takes 10 ms
def _alone(card: Path, chosen: Path | None) -> Embedder:
    from starling.models.timbre import numpy_forward

    network = numpy_forward.load(card)
    return Embedder(
        TIMBRE,
        numpy_forward.VERSION,
        SAMPLE_RATE,
        FRAMES,
        network.size,
        lambda signal: np.asarray(network(log_mel(levelled(signal))[None])[0], np.float32),
        "cosine",
        network.weights_hash,
        network,
        chosen,
    )


@lru_cache(maxsize=4)
def _with_families(card: Path, families: Path, chosen: Path | None) -> Embedder:
    from starling.models.timbre import numpy_forward
    from starling.models.timbre.families import forward

    network = forward.load(families, numpy_forward.load(card))
    return Embedder(
        TIMBRE,
        forward.VERSION,
        SAMPLE_RATE,
        FRAMES,
        sum(network.parts),
        lambda signal: np.asarray(network(log_mel(levelled(signal))[None])[0], np.float32),
        "cosine",
        network.weights_hash,
        network,
        chosen,
        parts=network.parts,
        families=Families(network.recording, network.scales, network.meaning),
    )


def _classical(weights: Path | None) -> Embedder:
    if weights is not None:
        raise InputError(f"classical has no weights, got {weights}", code="bad_embedder")
    return CLASSICAL


def _pretrained(name: str) -> Callable[[Path | None], Embedder]:
    """A maker that imports the module of pretrained models when it is used."""

    def make(weights: Path | None) -> Embedder:
        from starling.presets.features.pretrained_embedder import load

        return load(name, weights)

    return make


Maker = Callable[[Path | None], Embedder]
EMBEDDERS: dict[str, Maker] = {
    TIMBRE: timbre,
    "classical": _classical,
    **{name: _pretrained(name) for name in ("clap", "passt", "panns", "openl3", "efficientat")},
}


def find(name: str, weights: Path | None = None) -> Embedder:
    """The embedder of a name, or of a key as an index stores it.

    Raises InputError (code `bad_embedder`) for an unknown name, MissingError where its package or
    weights are absent, or are not those of the key.
    """
    short = name.partition("/")[0]
    if short not in EMBEDDERS:
        known = ", ".join(EMBEDDERS)
        raise InputError(f"no embedder is called {short[:40]!r}; use {known}", code="bad_embedder")
    alone = weights is None and name.startswith(VERSION_1)
    found = timbre_alone() if alone else EMBEDDERS[short](weights)
    if "/" in name and found.key != name:
        raise MissingError(f"the embedder here is {found.key}, not {name}", code="other_embedder")
    return found


@lru_cache(maxsize=1)
def default() -> Embedder:
    """The embedder of a new library: timbre, or the classical one where its weights are absent."""
    from starling.models.artifacts.catalogue import WEIGHTS

    return timbre() if (WEIGHTS / f"{TIMBRE}.json").is_file() else CLASSICAL
