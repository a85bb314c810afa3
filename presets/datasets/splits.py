"""Which real presets a model may learn from, and which test it: by bank, without near-duplicates.

Presets of one bank share an author and habits, so a split by preset would let a model see its test.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)  # in the order in which duplicates are kept

TRAIN, VALIDATION = 0.7, 0.1  # the rest is for the test
SALT = "1"  # with it amsynth's 28 banks fall 2202 / 128 / 1152: over 1000 presets for the test
HALVES = "families"  # with it half of Dexed's 34 cartridges, and what names tell in them, is kept
FEW_BANKS = 5  # a synth with fewer is split by its presets' names, or a split would be empty
NEAR = 0.9999  # cosine of two centred log-mel spectrograms: the same sound, as good as
BLOCK = 512  # rows compared at once: 512 x 3264 floats


def split_of(bank: str) -> Split:
    """The split of all presets of a bank, for ever: a hash of its name decides.

    >>> split_of("amsynth_factory"), split_of("PatriksBank01")
    ('train', 'test')
    """
    digest = hashlib.sha256((SALT + bank).encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    if position < TRAIN:
        return "train"
    return "validation" if position < TRAIN + VALIDATION else "test"


def half_of(bank: str) -> Literal["first", "second"]:
    """The half of all presets of a bank, for ever; of synths whose cartridges are few.

    >>> half_of("SynprezFM_01"), half_of("SynprezFM_02")
    ('second', 'second')
    """
    digest = hashlib.sha256((HALVES + bank).encode()).digest()
    return "second" if digest[0] < 128 else "first"


def splits_of(presets: Sequence[tuple[str, str]]) -> list[Split]:
    """The split of each (bank, name) of one synth's presets: by bank where there are several."""
    if len({bank for bank, _ in presets}) >= FEW_BANKS:
        return [split_of(bank) for bank, _ in presets]
    return [split_of(f"{bank}/{name}") for bank, name in presets]


def near_duplicates(log_mel: NDArray[np.floating]) -> NDArray[np.int64]:
    """For each sound (n, 64, 51) the first earlier one that it repeats, or -1.

    A sound that repeats one which is itself a repetition is compared with the kept ones only.
    """
    flat = centred(log_mel)  # (n, 64 * 51)
    first = np.full(len(flat), -1, np.int64)
    for start in range(0, len(flat), BLOCK):
        block = flat[start : start + BLOCK]
        close = block @ flat[: start + len(block)].T > NEAR  # (block, all before and itself)
        for row, matches in enumerate(close, start):
            earlier = np.flatnonzero(matches[:row])  # rows that this one repeats
            kept = earlier[first[earlier] < 0]
            if len(kept):
                first[row] = kept[0]
    return first


def centred(log_mel: NDArray[np.floating]) -> NDArray[np.float32]:
    """Log-mels (n, 64, 51) as rows without their mean, of length 1: (n, 64 * 51)."""
    flat = np.asarray(log_mel, np.float32).reshape(len(log_mel), math.prod(log_mel.shape[1:]))
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)  # (n, 1)
    return np.asarray(flat / np.maximum(length, 1e-9), np.float32)
