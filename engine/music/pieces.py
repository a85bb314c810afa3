"""Pieces: planned from a request, written by a composer, played by the chip, kept in the store.

In: a `Wanted` and a prompt's file. Out: a `Piece`, or a `StoredPiece`, whose fields `compose` sends
back. Next: `models/composer/generator`, which writes the notes, and `models/nes/chip`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from starling.engine.music import chip_controls, prompts
from starling.engine.music.composers import Composers
from starling.engine.music.outline import Outline, beats_of, outline, voices_of
from starling.engine.music.prompts import NO_PROMPT, Prompt
from starling.engine.sounds.recipe import Composition, check_seed, rounded, sorted_controls
from starling.engine.sounds.store import SoundStore, StoredSound
from starling.models.artifacts.catalogue import ROOT_NOTE
from starling.models.artifacts.controls import canonical
from starling.models.nes.chip.play import play
from starling.models.nes.chip.render import render
from starling.models.nes.scores import in_time, midi_file
from starling.models.nes.scores.in_time import Beats, Metre
from starling.models.nes.scores.score import (
    FULL_VELOCITY,
    VOICES,
    Frames,
    Score,
    from_notes,
    samples_of,
)
from starling.models.nes.vgm import vgm
from starling.models.nes.vgm.gd3 import Tags
from starling.models.nes.vgm.vgm import Vgm
from starling.models.nes.writes import RATE

MIDI, VGM = ".mid", ".vgm"  # suffixes beside the sound
PHRASE_BARS = 4  # the first lag at which a piece repeats
WRITTEN = 0.95  # of the work: then it is played
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be composed; `tempo` 0 is not known. The verb `compose` says what each means."""

    model: str
    seed: int
    bars: int
    voices: str = " ".join(VOICES)
    metre: str = ""
    tempo: float = 0.0
    controls: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A checked request: its recipe, its outline and its prompt."""

    recipe: Composition
    outline: Outline
    prompt: Prompt = NO_PROMPT

    @property
    def remarks(self) -> tuple[str, ...]:
        """What of the prompt has no place on the chip."""
        return self.prompt.remarks

    @property
    def start(self) -> int:
        """The frame of the sound at which the bars after the prompt begin."""
        return samples_of(self.outline.start, self.outline.beats.rate)


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Notes (N, 4), their sound (1, frames) at 44.1 kHz, and the bytes of their two files."""

    notes: Frames
    audio: NDArray[np.float32]
    midi: bytes
    vgm: bytes


@dataclass(frozen=True, slots=True)
class StoredPiece:
    """A piece in the store; the fields are those that the verb `compose` returns."""

    sound: StoredSound
    start: int

    def values(self) -> tuple[str | int, ...]:
        """The fields in the order of the verb."""
        beside = (str(self.sound.path.with_suffix(suffix)) for suffix in (MIDI, VGM))
        return (*self.sound.values(), *beside, self.start)


def plan(composers: Composers, wanted: Wanted, prompt: Path | None = None) -> Plan:
    """Check a request and read its prompt; no network is loaded.

    Raises InputError (codes `unknown_model`, `bad_seed`, `bad_control`, `bad_prompt`, and
    `bad_arguments` for voices, bars, metre and tempo) and ParseError (a prompt that is no MIDI).
    """
    card, tempo = composers.card(wanted.model), rounded(wanted.tempo)
    given = {name: rounded(value) for name, value in wanted.controls.items()}
    controls = sorted_controls(chip_controls.whole(canonical(card, given)))
    voices, asked = voices_of(wanted.voices), Metre.parse(wanted.metre) if wanted.metre else None
    start = NO_PROMPT if prompt is None else prompts.read(prompt, beats_of(tempo).rate)
    metre = asked or start.metre
    recipe = Composition(
        *(card.name, card.weights_hash, card.render, check_seed(wanted.seed), controls),
        *(start.id, voices, wanted.bars, str(metre), tempo),
    )
    sketch = outline(start, voices, wanted.bars, beats_of(tempo, metre))
    return Plan(recipe, sketch, start)


def write(
    composers: Composers, planned: Plan, progress: Progress = lambda part, text: None
) -> Piece:
    """Write a piece and play it. The same plan gives the same bytes.

    An exception that `progress` raises ends the work. Raises MissingError and ParseError of the
    composer's weights.
    """
    from starling.models.composer import generator
    from starling.models.composer.form import LEAST_LAG
    from starling.models.composer.generator import Task
    from starling.models.composer.sampling import Draw

    progress(0.0, "loading the composer")
    controls, sketch = dict(planned.recipe.controls), planned.outline
    task = Task(
        sketch.given,
        planned.recipe.seed,
        Draw(controls["temperature"], controls["top_p"]),
        controls["repetition"],
        max(LEAST_LAG, PHRASE_BARS * sketch.beats.bar),
        density=controls.get("density", 1.0),
    )
    network = composers.network(planned.recipe.model)
    notes = generator.write(network, task, lambda part: progress(WRITTEN * part, "writing"))
    progress(WRITTEN, "playing")
    return played(notes, planned)


def played(notes: Frames, planned: Plan) -> Piece:
    """Notes (N, 4) as sound and files."""
    recipe = planned.recipe
    name = f"{recipe.model} {recipe.seed}"
    own = own_frames(planned.prompt, planned.outline)
    return sounding(notes, planned.outline.beats, name, dict(recipe.controls), recipe.json, own)


def own_frames(prompt: Prompt, sketch: Outline) -> Frames | None:
    """What a prompt that is a score says of the cells that are taken over from it, (N, 4, 3)."""
    if prompt.frames is None:
        return None
    heard = prompt.frames[: sketch.start]
    found = np.zeros((len(sketch.given), len(VOICES), 3), np.uint8)
    found[: len(heard)] = heard * sketch.given.known[: len(heard), :, None]
    return found


def sounding(
    notes: Frames,
    beats: Beats,
    name: str,
    controls: Mapping[str, float],
    about: str = "",
    own: Frames | None = None,
) -> Piece:
    """Notes (N, 4) on the chip with all of its controls; `about` goes into the VGM file's tags.

    Where `own` (N, 4, 3) has a note, its volume and timbre are taken from there.
    """
    voicings = chip_controls.voicings(controls)
    frames = from_notes(notes).frames.copy()
    for at, voice in enumerate(VOICES):
        frames[:, at, 2] = voicings[voice].duty or 0
    if own is not None:
        frames = np.where(own[:, :, :1] > 0, own, frames)
    levels = {voice: replace(each, duty=None) for voice, each in voicings.items()}
    writes = play(Score(frames, beats.rate, name=name), levels)
    volumes = np.where(np.arange(len(VOICES)) == VOICES.index("tr"), FULL_VELOCITY, frames[:, :, 1])
    return Piece(
        notes,
        render(writes, RATE)[None],
        midi_file.to_bytes(in_time.to_midi(notes, beats, name, volumes)),
        vgm.to_bytes(Vgm(writes, tags=Tags(title=name, notes=about))),
    )


def stored(store: SoundStore, planned: Plan, holder: object = None) -> StoredPiece | None:
    """The plan's piece, if the store has all of it."""
    path = store.path(planned.recipe.id)
    if not all(path.with_suffix(suffix).is_file() for suffix in (MIDI, VGM)):
        return None
    sound = store.get(planned.recipe.id, holder)
    return StoredPiece(sound, planned.start) if sound else None


def make(
    store: SoundStore,
    composers: Composers,
    planned: Plan,
    holder: object = None,
    progress: Progress = lambda part, text: None,
) -> StoredPiece:
    """The plan's piece, from the store or written now and stored; held for `holder`.

    Raises as `write`, and StarlingError (code `store_full`) when there is no room for it.
    """
    found = stored(store, planned, holder)
    if found is not None:
        return found
    piece, recipe = write(composers, planned, progress), planned.recipe
    sound = store.put(
        *(recipe.id, piece.audio, RATE),
        root=ROOT_NOTE,
        recipe=recipe.json,
        holder=holder,
        beside={MIDI: piece.midi, VGM: piece.vgm},
    )
    return StoredPiece(sound, planned.start)
