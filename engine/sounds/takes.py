"""Takes of a texture as samples: several at once in one batch, in blocks, in bounded memory.

A texture is a model whose sound goes on for as long as it is played. What a take plays follows from
its recipe alone: not from the blocks it is rendered in, nor from the takes beside it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from starling.engine.sounds.passage import Passage, Turns, refuse
from starling.engine.sounds.recipe import Controls, Recipe, rounded, sorted_controls
from starling.models.artifacts.controls import canonical
from starling.models.errors import CancelledError, MissingError
from starling.models.samplernn.take import Take

if TYPE_CHECKING:
    from starling.models.artifacts.catalogue import ModelCard

SECONDS = "seconds"  # the control that says how long a texture is where nothing else does
FADE_SECONDS = 0.01  # at both ends of a texture of fixed length
AT_ONCE = 16  # takes in a batch: more are hardly faster
BLOCK = 2048  # frames of each; 0.13 s at 16 kHz
Array = NDArray[np.float32]
Stopped = Callable[[], bool]


class Voices(Protocol):
    """Slots of one model that are rendered together. One thread at a time may use them."""

    def start(self, slot: int, take: Take) -> None:
        """Begin a take; a prime is gone through first, which may take seconds."""
        ...

    def begin(self, slot: int, take: Take) -> None:
        """As `start`, but the prime is left to calls of `prime`."""
        ...

    def prime(self, slot: int, frames: int) -> bool:
        """Go through so many frames more of the prime; whether that was all of it."""
        ...

    def stop(self, slot: int) -> None:
        """Free the slot."""
        ...

    def set(self, slot: int, controls: Mapping[str, float]) -> None:
        """Take over controls from the slot's next frame on."""
        ...

    def render(self, slots: Sequence[int], frames: int) -> Array:
        """The next samples of each slot, (slots, frames) in -1..1."""
        ...


@runtime_checkable
class TexturePlayer(Protocol):
    """A loaded model of textures; `models/samplernn/generator.py` has the real one."""

    def voices(self, count: int) -> Voices:
        """`count` slots, all free."""
        ...


@dataclass(frozen=True, slots=True)
class TakePart:
    """`frames` frames of a take from `start` on; `turns` set controls at frames of the take.

    The first and the last `fade` frames fade.
    """

    take: Take
    frames: int
    start: int = 0
    turns: Turns = ()
    fade: int = 0


@dataclass(slots=True)
class _Playing:
    """A part in its slot, and how far it is."""

    index: int
    part: TakePart
    at: int = 0
    turns: deque[tuple[int, dict[str, float]]] = field(default_factory=deque)

    @property
    def end(self) -> int:
        return self.part.start + self.part.frames

    def room(self) -> int:
        """Frames up to the next turn, or to the end."""
        return min([self.end, *(frame for frame, _ in self.turns)]) - self.at

    def due(self) -> dict[str, float]:
        """The controls that are set here."""
        found: dict[str, float] = {}
        while self.turns and self.turns[0][0] <= self.at:
            found |= self.turns.popleft()[1]
        return found

    def passed(self, samples: Array) -> Array:
        """The samples of a block that belong to the part."""
        first = max(0, self.part.start - self.at)
        self.at += len(samples)
        return samples[first:]


def take_part(recipe: Recipe, rate: int, prime: NDArray[np.float32] | None) -> TakePart:
    """The part of a take that a texture's recipe means: its span, or `seconds` from the start.

    Raises InputError (code `bad_recipe`) where the recipe lacks the turns of its controls, and
    MissingError for the samples of its prime.
    """
    controls, passage = dict(recipe.controls), recipe.passage
    if isinstance(passage.turns, str):
        refuse("of a texture whose controls were turned too often cannot be made again")
    if passage.prime and prime is None:
        raise MissingError(f"the samples of the prime {passage.prime} are needed")
    take = Take(recipe.seed, controls, prime)
    if passage.span is not None:
        start, frames = passage.span
        return TakePart(take, frames, start, passage.turns)
    frames = int(controls[SECONDS] * rate)
    fade = min(int(FADE_SECONDS * rate), frames // 2)
    return TakePart(take, frames, turns=passage.turns, fade=fade)


def in_texture(
    card: ModelCard, passage: Passage, controls: dict[str, float]
) -> tuple[Passage, dict[str, float]]:
    """A passage whose turns are checked; with a span the control `seconds` says nothing."""
    turns = passage.turns
    if not isinstance(turns, str):
        turns = tuple((frame, turned(card, dict(values))) for frame, values in turns)
    if passage.span is not None:
        controls = {name: value for name, value in controls.items() if name != SECONDS}
    return replace(passage, turns=turns), controls


def endless(card: ModelCard) -> ModelCard:
    """The card of a texture while it is played: without the control that says how long it is."""
    return replace(card, controls=tuple(each for each in card.controls if each.name != SECONDS))


def turned(card: ModelCard, values: Mapping[str, float]) -> Controls:
    """Controls that are set later, checked; without those that were not named.

    Raises InputError (code `bad_control`).
    """
    whole = canonical(card, {name: rounded(value) for name, value in values.items()})
    return sorted_controls({name: whole[name] for name in values})


def blocks(
    player: TexturePlayer, parts: Sequence[TakePart], stopped: Stopped = lambda: False
) -> Iterator[tuple[int, Array]]:
    """The parts' samples (frames,) block by block, each with the index of its part.

    Raises CancelledError when `stopped` says so.
    """
    count = min(AT_ONCE, len(parts))
    voices = player.voices(count)
    waiting = deque(enumerate(parts))
    playing: dict[int, _Playing] = {}
    while waiting or playing:
        if stopped():
            raise CancelledError("the request was cancelled")
        for slot in sorted(set(range(count)) - playing.keys()):
            if waiting:
                playing[slot] = _begin(voices, slot, *waiting.popleft())
        for slot, samples in _next(voices, playing):
            inside = playing[slot].passed(samples)
            if len(inside):
                yield playing[slot].index, inside
            if playing[slot].at == playing[slot].end:
                voices.stop(slot)
                del playing[slot]


def _begin(voices: Voices, slot: int, index: int, part: TakePart) -> _Playing:
    voices.start(slot, part.take)
    return _Playing(index, part, turns=deque((at, dict(values)) for at, values in part.turns))


def _next(voices: Voices, playing: Mapping[int, _Playing]) -> list[tuple[int, Array]]:
    """The next block of every slot."""
    slots = sorted(playing)
    for slot in slots:
        if turned := playing[slot].due():
            voices.set(slot, turned)
    frames = min(BLOCK, *(playing[slot].room() for slot in slots))
    return list(zip(slots, np.array(voices.render(slots, frames)), strict=True))


def rendered(
    player: TexturePlayer, parts: Sequence[TakePart], stopped: Stopped = lambda: False
) -> Iterator[tuple[int, Array]]:
    """Each part whole, (1, frames), with its index, in the order of their ends. Raises as `blocks`.

    At most AT_ONCE of them are in memory.
    """
    held: dict[int, list[Array]] = {}
    for index, samples in blocks(player, parts, stopped):
        held.setdefault(index, []).append(samples)
        if sum(map(len, held[index])) == parts[index].frames:
            yield index, _faded(np.concatenate(held.pop(index)), parts[index].fade)[None]


def _faded(sound: Array, frames: int) -> Array:
    """A sound (frames,) that begins and ends with a linear fade of so many frames."""
    ramp = np.linspace(0, 1, frames, endpoint=False, dtype=np.float32)
    sound[:frames] *= ramp
    sound[len(sound) - frames :] *= ramp[::-1]
    return sound
