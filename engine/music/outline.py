"""What is to be written and when: from a request and its prompt to a table of cells. Pure.

Time is counted in sixteenths of the tempo, each a whole number of frames: the composer's own 24
frames a second are played a little faster or slower, so that every note lies on the song's grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from starling.engine.music.prompts import Prompt
from starling.models.composer import grammar
from starling.models.composer.context.meter import SIXTEENTHS, Meter
from starling.models.composer.grammar import Given
from starling.models.errors import InputError
from starling.models.nes.scores.in_time import COMMON, Beats, Metre
from starling.models.nes.scores.score import RATE, VOICES

NO_TEMPO = 120.0  # that bars are counted at where none is known
MOST_BARS = 512
MOST_SECONDS = 600.0  # of a piece; it takes a minute or two to write


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The cells of a piece that are known, its beats, and the frame where the prompt's bars end."""

    given: Given
    beats: Beats
    start: int


def beats_of(tempo: float, metre: Metre = COMMON) -> Beats:
    """Frames, bars and tempo of a piece; a tempo of 0 is not known. Raises InputError.

    >>> beats_of(97.0)
    Beats(tempo=97.0, frames=16, metre=Metre(numerator=4, denominator=4))
    """
    counted = Meter(tempo or NO_TEMPO).tempo
    return Beats(counted, SIXTEENTHS * max(1, round(60 * RATE / SIXTEENTHS / counted)), metre)


def voices_of(text: str) -> tuple[str, ...]:
    """The voices of a text such as `p2 tr no`, in the chip's order.

    Raises InputError for what is no voice, and for none.
    """
    named = text.lower().replace(",", " ").split()
    if not named or not set(named) <= set(VOICES):
        raise InputError(f"voices must be some of {' '.join(VOICES)}, got {text!r}")
    return tuple(voice for voice in VOICES if voice in named)


def outline(prompt: Prompt, voices: tuple[str, ...], bars: int, beats: Beats) -> Outline:
    """What is known of a piece: all of the prompt, or the voices of it that are not to be written.

    What follows the prompt up to the next bar line is written, too; a prompt that is over it by
    less than a sixteenth ends there. Raises InputError: bars out of range, over ten minutes (code
    `bad_prompt` where the prompt alone is), voices to write without a prompt for the others.
    """
    every = len(voices) == len(VOICES)
    _check(prompt, voices, bars, least=1 if every else 0)
    start = start_of(prompt, beats)
    _check_length(start / beats.rate, bars, bars * beats.bar / beats.rate)
    whole, heard = np.zeros((start + bars * beats.bar, len(VOICES)), np.uint8), prompt.notes[:start]
    whole[: len(heard)] = heard
    given = grammar.arrangement(whole, range(len(VOICES)))
    given.known[: len(heard)] = [every or voice not in voices for voice in VOICES]
    return Outline(given, beats, start)


def start_of(prompt: Prompt, beats: Beats) -> int:
    """The bar line, as a frame, up to which a prompt reaches; 0 without one."""
    if not len(prompt.notes):
        return 0
    over = beats.frames // SIXTEENTHS - 1  # frames: less than a sixteenth
    return max(1, math.ceil((len(prompt.notes) - over) / beats.bar)) * beats.bar


def _check(prompt: Prompt, voices: tuple[str, ...], bars: int, least: int) -> None:
    if not len(prompt.notes) and len(voices) < len(VOICES):
        raise InputError(
            f"without a prompt the voices to write are all of {' '.join(VOICES)}, "
            f"got {' '.join(voices)}"
        )
    if not least <= bars <= MOST_BARS:
        raise InputError(f"bars must be {least}..{MOST_BARS}, got {bars}")


def _check_length(before: float, bars: int, after: float) -> None:
    """Seconds of the prompt's bars, and of those that follow."""
    if before > MOST_SECONDS:
        raise InputError(
            f"the prompt lasts {before:.0f} s; a piece may last {MOST_SECONDS:g} s with it",
            code="bad_prompt",
        )
    if before + after > MOST_SECONDS:
        raise InputError(
            f"bars must make a piece of at most {MOST_SECONDS:g} s with its prompt; "
            f"{bars} make one of {before + after:.0f} s"
        )
