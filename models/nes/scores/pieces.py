"""Scores that a model can learn from: pieces between long rests, and why others are no use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from starling.models.nes.scores.score import VOICES, Score, onsets

REST_SECONDS = 2.0  # of silence in all voices: another movement, or another song
LEAST_SECONDS = 5.0  # two bars at 100 a minute
LEAST_VOICES = 2  # with one there is nothing to learn of how voices go together
LEAST_SHARE = 0.1  # of the frames in which a voice sounds, to count as one
LEAST_CHANGES = 16  # notes that begin
NOISE = 3


def pieces(score: Score) -> list[Score]:
    """The parts of a score between rests of two seconds and more, without silence around.

    A piece that is not the whole has its number behind the name.
    """
    spans = list(_spans(score))
    if len(spans) == 1:
        return [_cut(score, *spans[0], score.name)]
    return [
        _cut(score, first, last, f"{score.name}_{number}")
        for number, (first, last) in enumerate(spans, 1)
    ]


def _spans(score: Score) -> Iterator[tuple[int, int]]:
    """First frame and end of each piece; none of silence."""
    sounding = np.flatnonzero(score.frames[..., 0].any(axis=1))
    if not len(sounding):
        return
    cuts = np.flatnonzero(np.diff(sounding) - 1 > REST_SECONDS * score.rate)
    firsts = [sounding[0], *sounding[cuts + 1]]
    lasts = [*sounding[cuts], sounding[-1]]
    for first, last in zip(firsts, lasts, strict=True):
        yield int(first), int(last) + 1


def _cut(score: Score, first: int, last: int, name: str) -> Score:
    return replace(score, frames=score.frames[first:last], samples=0, name=name)


def unusable(score: Score) -> str:
    """Why a model cannot learn from a score, empty if it can."""
    if score.seconds < LEAST_SECONDS:
        return f"it lasts {score.seconds:.1f} s; at least {LEAST_SECONDS:g} are used"
    if not score.frames[:, :NOISE, 0].any():
        return "it has drums only, and no pitched voice"
    voices = _voices(score)
    if len(voices) < LEAST_VOICES:
        shown = voices[0] if voices else "no voice"
        return f"only {shown} sounds in {LEAST_SHARE:.0%} of its frames or more"
    changes = int(onsets(score).sum())
    if changes < LEAST_CHANGES:
        return f"it has {changes} notes; at least {LEAST_CHANGES} are used"
    return ""


def _voices(score: Score) -> list[str]:
    """The voices that sound for a good part of the time."""
    shares = (score.frames[..., 0] > 0).mean(axis=0)
    return [name for name, share in zip(VOICES, shares, strict=True) if share >= LEAST_SHARE]
