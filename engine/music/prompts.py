"""What a composer goes on from: any MIDI file as notes of the four voices."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from starling.engine.sounds.recipe import ID_DIGITS
from starling.models.dsp.signal import shown_name
from starling.models.errors import InputError, ParseError
from starling.models.nes.scores import arrange
from starling.models.nes.scores.in_time import COMMON, Metre
from starling.models.nes.scores.score import Frames, separated

NO_NOTES = np.zeros((0, 4), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """Notes (P, 4) of P1, P2, TR and NO, none without a prompt; `remarks` say what was left out.

    `frames` (P, 4, 3) are there where the file is a score, with volumes and timbres of its own;
    `metre` is that of the file's first time signature.
    """

    notes: Frames
    remarks: tuple[str, ...] = ()
    frames: Frames | None = None
    metre: Metre = COMMON

    @property
    def id(self) -> str:
        """The hash of what it holds; empty where there are no notes."""
        if not len(self.notes):
            return ""
        held = self.notes if self.frames is None else self.frames
        return hashlib.sha256(held.tobytes()).hexdigest()[:ID_DIGITS]


NO_PROMPT = Prompt(NO_NOTES)
MAX_BYTES = 2**20  # of a prompt: 250,000 events, which take some 2 s to read; a song has 10,000


def read(path: Path, rate: float) -> Prompt:
    """The prompt of a MIDI file, in frames of `rate` Hz.

    A file in nesmdb's conventions is taken as it is, volumes and timbres too; any other is
    arranged. Raises ParseError (not MIDI) and InputError (code `bad_prompt`: no notes, too long).
    """
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise InputError(
            f"{shown_name(path)} is larger than {MAX_BYTES >> 20} MB, more than any prompt",
            code="bad_prompt",
        )
    try:
        arranged = arrange.read(path, rate=rate)
    except ParseError:
        raise
    except InputError as error:
        raise InputError(str(error), code="bad_prompt") from error
    notes = np.ascontiguousarray(separated(arranged.score))
    if not notes.any():
        raise InputError(f"{shown_name(path)} holds no notes to go on from", code="bad_prompt")
    frames = np.ascontiguousarray(arranged.score.frames) if arranged.exact else None
    return Prompt(notes, tuple(arranged.report.sentences), frames, arranged.metre)
