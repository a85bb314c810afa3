"""From cosines to scores that mean something, by pairs of sounds that no training saw.

.9 is what a preset and another of its notes reach nine times in ten; from .5 on three results of
four are of the query's family; 0 is an unrelated sound's middle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Scale = tuple[tuple[float, float], ...]

SAME, RELATED = 0.9, 0.5  # scores
SAME_SHARE = 0.1  # of pairs of one preset lie below SAME
PRECISION = 0.75  # of the results shown as of one family are
LIKELY = 1.64  # deviations of a share: it is not less with 95 %
FEWEST = 40  # results above a cosine, to say anything by them
NEIGHBOURS = 10  # results of each query that count


def scale_of(
    cosines: Array,
    same: NDArray[np.bool_],
    related: NDArray[np.bool_],
    own: Array | None = None,
    libraries: Sequence[NDArray[np.int64]] = (),
) -> Scale:
    """Rising points (cosine, score) by queries and results.

    `cosines` (queries, gallery), of which `same` marks pairs of one sound, left out of results, and
    `related` those of one family. `own` are cosines (n,) of pairs of one preset at two notes, where
    the gallery has them; without it SAME lies halfway to 1 from RELATED. `libraries` are parts of
    queries and gallery, in each of which RELATED must hold; left out, all is one.
    """
    parts = [(cosines, same, related)]
    if libraries:
        squares = [np.ix_(rows, rows) for rows in libraries]
        parts = [(cosines[part], same[part], related[part]) for part in squares]
    least = max(_related_from(*part) for part in parts)
    unrelated = float(np.median(cosines[~same & ~related]))
    highest = float(np.quantile(own, SAME_SHARE)) if own is not None else (least + 1) / 2
    least = min(least, 0.98)
    highest = min(max(highest, least + 0.01), 0.995)
    unrelated = min(unrelated, least - 0.01)
    return ((unrelated, 0.0), (least, RELATED), (highest, SAME), (1.0, 1.0))


def _related_from(cosines: Array, same: NDArray[np.bool_], related: NDArray[np.bool_]) -> float:
    """The least cosine from which on PRECISION of the results are surely related; the highest there
    is where none is.
    """
    apart = np.where(same, -2.0, cosines)
    order = np.argsort(-apart, axis=1)[:, :NEIGHBOURS]
    shown = np.take_along_axis(apart, order, axis=1).ravel()
    right = np.take_along_axis(related & ~same, order, axis=1).ravel()[np.argsort(-shown)]
    shown = np.sort(shown)[::-1]
    count = np.arange(1, len(right) + 1)
    so_far = np.cumsum(right) / count  # precision from the top down to here
    surely = so_far - LIKELY * np.sqrt(so_far * (1 - so_far) / count)  # its lower bound
    good = np.flatnonzero(surely[FEWEST - 1 :] >= PRECISION)
    return float(shown[good[-1] + FEWEST - 1]) if len(good) else float(shown[0])


def scales(
    instance: Array,
    family: Array,
    numbers: NDArray[np.int64],
    domains: tuple[str, ...],
    recording: float,
    words: tuple[Array, NDArray[np.int64]],
) -> Mapping[str, Scale]:
    """The scales of all uses. `instance` and `family` (n, size) are unit vectors of notes that are
    held out, the library's own note first of each sound; `numbers` (n, 3) family, domain, sound;
    `words` vectors (m, size) of texts, and their families. What is shown as related must hold in
    each synth's presets by themselves: some hold many variants under one name.
    """
    kind, domain, sound = numbers.T
    first = np.concatenate([[True], sound[1:] != sound[:-1]])  # the library's own notes
    gallery = np.flatnonzero(first)
    others = np.flatnonzero(~first)
    both = _cosines(instance, family, 0.5, gallery, gallery)
    same = sound[gallery][:, None] == sound[gallery][None]
    synths = [np.flatnonzero(domain[gallery] == each) for each in np.unique(domain[gallery])]
    libraries = [rows for rows in synths if len(rows) >= FEWEST]
    related = kind[gallery][:, None] == kind[gallery][None]
    pairs = others[np.isin(sound[others], sound[gallery])]
    at = np.searchsorted(sound[gallery], sound[pairs])
    own = 0.5 * ((instance[pairs] * instance[gallery[at]]).sum(axis=1)
                 + (family[pairs] * family[gallery[at]]).sum(axis=1))  # fmt: skip
    across = domain[gallery][:, None] != domain[gallery][None]  # as a recording is of no synth
    foreign = _cosines(instance, family, recording, gallery, gallery)
    said = (words[0] @ family[gallery].T).astype(np.float32)
    meant = words[1][:, None] == kind[gallery][None]
    nothing = np.zeros_like(meant)
    return {
        "preset": scale_of(both, same, related, own, libraries),
        "recording": scale_of(np.where(across, foreign, -2.0), ~across, related),
        "words": scale_of(said, nothing, meant),
    }


def _cosines(
    instance: Array, family: Array, weight: float, one: NDArray[np.int64], two: NDArray[np.int64]
) -> Array:
    """Cosines (one, two) with the family weighed."""
    apart = (1 - weight) * instance[one] @ instance[two].T + weight * family[one] @ family[two].T
    return np.asarray(apart, np.float32)
