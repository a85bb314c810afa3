"""Musical statistics of scores, and how far written scores are from real ones.

pitch classes      the share of each of the twelve in the frames that P1, P2 and TR sound
voice overlap      the share of the sounding frames in which two voices or more sound
repetition         the share of equal frames at the best lag: self-similarity, as in form.py
note density       notes that begin a second, in all voices
scale consistency  the share of pitched notes on the best one of the twelve major scales, which are
                   the natural minor ones too (Mogren, "C-RNN-GAN", arXiv 1611.09904)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance

from starling.models.composer import form
from starling.models.composer.songs import Frames, Songs
from starling.models.composer.songs import of as of_songs
from starling.models.errors import InputError
from starling.models.nes.scores.score import RATE

PITCHED = 3  # voices; the noise has no pitch
SEMITONES = 12
MAJOR = (0, 2, 4, 5, 7, 9, 11)
SCALARS = ("voice_overlap", "repetition", "note_density", "scale_consistency")
FIGURES = ("pitch_classes", *SCALARS)
PROMPT = 240  # frames, 10 s: what is continued
LENGTH = 720  # frames, 30 s: by how much; repetition grows with a piece, so all are equally long

Writer = Callable[[Frames, int, int], Frames]  # a beginning, how many frames follow, and a seed


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of a score; `pitch_classes` (12,) sum to 1, or are 0 where no pitch sounds."""

    pitch_classes: NDArray[np.float64]
    voice_overlap: float
    repetition: float
    note_density: float
    scale_consistency: float

    def named(self) -> dict[str, object]:
        """For tables and JSON."""
        scalars = {name: getattr(self, name) for name in SCALARS}
        return {"pitch_classes": self.pitch_classes.tolist(), **scalars}


def of(notes: Frames) -> Statistics:
    """The figures of a score (N, 4). Raises InputError for one without frames."""
    if not len(notes):
        raise InputError("a score must have at least 1 frame to be measured, got 0")
    before = np.concatenate([np.zeros((1, notes.shape[1]), np.uint8), notes[:-1]])
    begins = (notes > 0) & (notes != before)
    pitched, begun = notes[:, :PITCHED], begins[:, :PITCHED]
    return Statistics(
        _shares(pitched[pitched > 0]),
        _overlap(notes),
        form.repetition(notes),
        float(begins.sum()) * RATE / len(notes),
        _on_scale(_shares(pitched[begun])),
    )


def _shares(notes: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The share (12,) of each pitch class among notes (n,)."""
    counts = np.bincount(notes % SEMITONES, minlength=SEMITONES)
    return np.asarray(counts / max(1, counts.sum()))


def _overlap(notes: Frames) -> float:
    """The share of sounding frames in which more than one voice sounds."""
    voices = (notes > 0).sum(axis=1)
    return float((voices > 1).sum() / max(1, (voices > 0).sum()))


def _on_scale(shares: NDArray[np.float64]) -> float:
    """How much of pitch classes (12,) the best major scale holds."""
    return max(float(shares[(key + np.array(MAJOR)) % SEMITONES].sum()) for key in range(SEMITONES))


def mean(found: Sequence[Statistics]) -> Statistics:
    """The mean of each figure. Raises InputError for none."""
    if not found:
        raise InputError("at least 1 score is needed for a mean, got 0")
    scalars = (float(np.mean([getattr(each, name) for each in found])) for name in SCALARS)
    return Statistics(np.mean([each.pitch_classes for each in found], axis=0), *scalars)


def distances(real: Sequence[Statistics], written: Sequence[Statistics]) -> dict[str, float]:
    """How far two sets of scores are apart, whichever belongs to which.

    Of pitch classes half the sum of differences between the mean shares, 0..1; of each other figure
    the Wasserstein distance in standard deviations of the real ones. Raises InputError for an
    empty set.
    """
    found = {"pitch_classes": _apart(mean(real), mean(written))}
    for name in SCALARS:
        ours, theirs = ([getattr(each, name) for each in every] for every in (written, real))
        found[name] = float(wasserstein_distance(ours, theirs)) / _spread(theirs)
    return found


def paired_distances(real: Sequence[Statistics], written: Sequence[Statistics]) -> dict[str, float]:
    """How far each score is from the real one in its place, on average; units as `distances`.

    Raises InputError where the sets differ in length or are empty.
    """
    gaps = pair_gaps(real, written).mean(axis=0)
    spreads = [1.0, *(_spread([getattr(each, name) for each in real]) for name in SCALARS)]
    return dict(zip(FIGURES, (gaps / spreads).tolist(), strict=True))


def pair_gaps(real: Sequence[Statistics], written: Sequence[Statistics]) -> NDArray[np.float64]:
    """How far each score is from the real one in its place: (n, FIGURES), in plain units.

    Raises InputError where the sets differ in length or are empty.
    """
    if len(real) != len(written) or not real:
        raise InputError(
            f"as many written scores as real ones are needed, got {len(written)} and {len(real)}"
        )
    return np.array([gaps(a, b) for a, b in zip(real, written, strict=True)])


def gaps(one: Statistics, other: Statistics) -> list[float]:
    """How far two scores are apart in each of FIGURES."""
    scalars = (abs(getattr(one, name) - getattr(other, name)) for name in SCALARS)
    return [_apart(one, other), *scalars]


def _apart(one: Statistics, other: Statistics) -> float:
    """Half the sum of differences between pitch classes: 1 minus the overlap of two histograms."""
    return float(np.abs(one.pitch_classes - other.pitch_classes).sum() / 2)


def _spread(values: Sequence[float]) -> float:
    """The standard deviation, or 1 where all values are one: then the distance is as it is."""
    return float(np.std(values)) or 1.0


def beginnings(songs: Songs, count: int, length: int = LENGTH) -> Songs:
    """The first 10 s and `length` more frames (PROMPT + length, 4) of songs spread over all.

    At most `count` songs. Raises InputError where none is long enough.
    """
    whole = PROMPT + length
    rows = np.flatnonzero(np.diff(songs.offsets) >= whole)
    if not len(rows):
        raise InputError(f"no song has {whole} frames ({whole / RATE:g} s), which are needed")
    kept = rows[np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(np.int64))]
    pieces = [songs.frames[at : at + whole] for at in songs.offsets[kept]]
    return of_songs(pieces, tuple(songs.names[row] for row in kept))


def continued(writer: Writer, pieces: Iterable[Frames], seed: int = 0) -> list[Frames]:
    """What a writer makes of the first 10 s of each piece: frames (len(piece) - PROMPT, 4)."""
    return [
        writer(piece[:PROMPT], len(piece) - PROMPT, seed + at) for at, piece in enumerate(pieces)
    ]
