"""`starling.compose`: music for the sound chip of the NES, without an engine or a store."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starling.engine.api.arguments import whole
from starling.engine.api.generation import seed_of
from starling.engine.api.values import Piece, Progress, Sound, StrPath
from starling.engine.config import folders
from starling.engine.music import pieces
from starling.engine.music.composers import Composers
from starling.engine.music.outline import voices_of
from starling.engine.music.pieces import Wanted
from starling.engine.sounds.control_text import distinct, parse_control
from starling.engine.wire.failure_codes import translated
from starling.models.artifacts.catalogue import ROOT_NOTE, composers
from starling.models.composer.generator import load
from starling.models.errors import InputError
from starling.models.nes.scores.score import VOICES
from starling.models.nes.writes import RATE

EVERY_VOICE = " ".join(VOICES)
BARS = 16  # that follow where all four voices are written


@translated()
def compose(
    model: str | None = None,
    /,
    *,
    prompt: StrPath | None = None,
    bars: int | None = None,
    voices: str = EVERY_VOICE,
    tempo: float = 0.0,
    metre: str = "",
    seed: int | None = None,
    progress: Progress = lambda fraction, text: None,
    **controls: float | str,
) -> Piece:
    """Write music for the four voices of the chip, as `starling compose` does, to the byte.

    `prompt` is a MIDI file: all four voices go on from it for `bars` (16); fewer, such as
    `voices="p2 tr no"`, are written to the others of the prompt from its beginning on, and go on
    for `bars` (0). `tempo` is in beats a minute, 0 where none is known: bars are counted at 120
    then. `metre` is a time signature such as "7/8"; where none is named the prompt's, else 4/4. A
    control is the composer's or the chip's: `temperature=0.9, p1_duty="25 %", no_level=0`.
    Without a model it is the first that there is, without a seed a new piece each time. An
    exception that `progress` raises ends it. Raises InputError (codes `unknown_model`, `bad_seed`,
    `bad_control`, `bad_prompt`), MissingError and ParseError.
    """
    held = loaded()
    card = held.card(model if model is not None else first(held))
    chosen = distinct(parse_control(card, f"{name}={value}") for name, value in controls.items())
    count = _bars(voices) if bars is None else whole("bars", bars, least=0)
    wanted = Wanted(card.name, seed_of(seed), count, voices, metre, float(tempo), chosen)
    planned = pieces.plan(held, wanted, None if prompt is None else Path(prompt))
    piece, recipe = pieces.write(held, planned, progress), planned.recipe
    progress(1.0, "done")
    sound = Sound(
        *(piece.audio, RATE, ROOT_NOTE, recipe.id, recipe.json),
        seed=recipe.seed,
        controls=dict(recipe.controls),
    )
    rate, start = planned.outline.beats.rate, planned.start / RATE
    return Piece(sound, piece.notes, rate, piece.midi, piece.vgm, start, planned.remarks)


def loaded() -> Composers:
    """The composers of the user, each loaded once; torch's threads are the caller's."""
    place = folders().models
    held = _held(place)
    held.renew(composers(place))
    return held


def first(held: Composers) -> str:
    """The composer that is meant where none is named; raises InputError (`unknown_model`)."""
    name = next(iter(held.cards), None)
    if name is None:
        raise InputError(
            "there is no composer yet; `starling train nes` makes one", code="unknown_model"
        )
    return name


@cache
def _held(place: Path) -> Composers:
    return Composers({}, load)


def _bars(voices: str) -> int:
    """The bars after a prompt where none are named."""
    return BARS if len(voices_of(voices)) == len(VOICES) else 0
