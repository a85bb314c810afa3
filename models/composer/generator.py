"""What writes with a trained composer: free pieces, continuations, accompaniments, infillings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ModelCard
from starling.models.composer import grammar, sampling
from starling.models.composer.context.history import History
from starling.models.composer.context.meter import Meter
from starling.models.composer.context.steps import MOST_WAIT, VOICES
from starling.models.composer.copying import END, HEADS, SIZES, Hints
from starling.models.composer.form import PHRASE, REAL_SHARE, USUAL, Activity, Form, Pull, shares_of
from starling.models.composer.grammar import Given, must_change
from starling.models.composer.network import Composer, Config, State
from starling.models.composer.sampling import Draw
from starling.models.composer.songs import Frames, from_classes
from starling.models.composer.statistics import Writer
from starling.models.errors import ParseError

KIND = "composer"  # of a card


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be written, and how. Equal tasks give equal notes."""

    given: Given
    seed: int = 0
    draw: Draw = field(default_factory=Draw)
    repetition: float | None = REAL_SHARE  # the controller's share; None: no controller
    phrase: int = PHRASE  # frames
    meter: Meter | None = None
    density: float | None = 1.0  # of how much songs usually sound; None: voices go their own way


def load(card: ModelCard) -> Composer:
    """The network behind a card.

    Raises MissingError (weights absent) and ParseError (damaged, of another kind or version).
    """
    whole = card_file.read_card(card.path)
    if card.kind != KIND:
        raise ParseError(f"model {card.name} is of kind {card.kind!r}, not {KIND!r}")
    tensors = card_file.read_weights(whole, card.path.parent)
    try:
        network = Composer(Config(**whole["config"]))
        network.load_state_dict({name: value.float() for name, value in tensors.items()})
        network.usual = tuple(map(float, whole["data"].get("activity", USUAL)))
    except (TypeError, ValueError, RuntimeError) as error:
        raise ParseError(f"{card.path.name} does not fit this version's composer") from error
    return network.eval()


def write(
    network: Composer, task: Task, progress: Callable[[float], None] = lambda part: None
) -> Frames:
    """The notes (N, 4) of a task, with everything that was given in its place.

    `progress` gets the part 0..1 that is written; an exception that it raises ends the work.
    """
    return _Writer(network, task).run(progress)


def continuing(
    network: Composer,
    draw: Draw | None = None,
    repetition: float = REAL_SHARE,
    density: float = 1.0,
) -> Writer:
    """What goes on from a beginning, as the musical statistics compare it."""

    def writer(beginning: Frames, frames: int, seed: int) -> Frames:
        given = grammar.continuation(beginning, frames)
        task = Task(given, seed, draw or Draw(), repetition, density=density)
        return write(network, task)[len(beginning) :]

    return writer


class _Writer:
    """One piece as it grows."""

    state: State | None
    hints: Hints | None

    def __init__(self, network: Composer, task: Task) -> None:
        self.network, self.task = network, task
        self.history, self.state = History(task.meter), None
        self.random = np.random.default_rng(task.seed)
        share = task.repetition
        self.activity = Activity(self._shares())
        self.form = None if share is None else Form(len(task.given), share, task.phrase)
        self.decided = torch.zeros(1, HEADS, dtype=torch.long)
        self.hidden, self.hints = torch.zeros(0), None

    def _shares(self) -> tuple[float | None, ...]:
        """How much of the time each voice is to sound."""
        if self.task.density is None:
            return (None,) * VOICES
        given = self.task.given
        return shares_of(given.classes, given.known, self.network.usual, self.task.density)

    @torch.no_grad()
    def run(self, progress: Callable[[float], None]) -> Frames:
        """Step after step until the end."""
        frames = len(self.task.given)
        notes = np.zeros((frames, VOICES), np.int64)
        while self.history.time < frames:
            now, state = self.history.time, self.history.state
            wait, after = self._step()
            notes[now : now + wait] = state
            progress(min(1.0, (now + wait) / frames))
            if now + wait >= frames:
                break
            if self.form:
                self.form.push(now + wait, _code(state))
            self._heard(now, wait, state)
            self.history.push(wait, after)
        return from_classes(notes)

    def _heard(self, now: int, wait: int, state: Sequence[int]) -> None:
        """Count what sounded, where it was written."""
        if not self.task.given.known[now].all():
            self.activity.push(wait, state)

    def _step(self) -> tuple[int, list[int]]:
        """The next wait, and the classes after it."""
        given, time, state = self.task.given, self.history.time, self.history.state
        rows = torch.from_numpy(self.history.row())[None].long()
        hidden, self.state = self.network.encode(rows[None], self.state)
        self.hidden, self.hints = hidden[0], Hints.of(rows)
        begins = not self.history.waits
        forced = given.until_forced(time, state, begins)
        pull = self.form.pull(self.history) if self.form else None
        allowed = given.waits(time, forced, begins)
        wait = self._choose(0, allowed, fold=forced, named=pull.wait if pull else -1, pull=pull)
        if time + wait >= len(given):
            return wait, state
        return wait, self._voices(wait, given.choices(time + wait, state), pull)

    def _voices(self, wait: int, choices: Sequence[int | None], pull: Pull | None) -> list[int]:
        """The classes after a step with this wait; what is given is chosen already."""
        state, chosen = self.history.state, [0] * VOICES
        repeats = pull is not None and pull.wait == wait
        for voice in range(VOICES):
            allowed = np.ones(SIZES[1 + voice], bool)
            allowed[1 + state[voice]] = False
            allowed[END:] = voice > 0  # a piece ends where its frames do
            allowed[0] = not must_change(voice, choices, chosen, wait)
            if (choice := choices[voice]) is not None:
                allowed[:] = False
                allowed[choice] = True
            named = -1
            if pull is not None and repeats:
                named = 0 if pull.state[voice] == state[voice] else pull.state[voice] + 1
            rest = (1 if state[voice] else 0), self.activity.nats(voice)
            chosen[voice] = self._choose(1 + voice, allowed, named=named, pull=pull, rest=rest)
        return [now if new == 0 else new - 1 for now, new in zip(state, chosen, strict=True)]

    def _choose(
        self,
        head: int,
        allowed: NDArray[np.bool_],
        fold: int = MOST_WAIT,
        named: int = -1,
        pull: Pull | None = None,
        rest: tuple[int, float] = (0, 0.0),
    ) -> int:
        """A head's class; where only one is allowed, the network need not be consulted.

        `rest` is the class by which a voice falls or stays silent, and how many nats it loses.
        """
        if allowed.sum() == 1:
            choice = int(allowed.argmax())
        else:
            logits = self._logits(head)
            if named >= 0 and pull is not None:
                logits[named] += pull.nats * self.task.draw.temperature
            logits[rest[0]] -= rest[1] * self.task.draw.temperature
            folded = fold if head == 0 and fold < MOST_WAIT else -1
            chances = sampling.probabilities(logits, self.task.draw, allowed, folded)
            choice = sampling.choose(chances, self.random)
        self.decided[0, head] = choice
        self.hidden = self.network.decide(head, self.hidden, self.decided[:, head])
        return choice

    def _logits(self, head: int) -> NDArray[np.float32]:
        """A head's logits, given what is decided."""
        assert self.hints is not None
        found: Tensor = self.network.logits(head, self.hidden, self.hints, self.decided)
        return found[0].float().numpy()


def _code(state: Sequence[int]) -> int:
    """A number for classes (4,)."""
    code = 0
    for value in state:
        code = code * 100 + value
    return code
