"""What the tests of streams do again and again."""

import time
from collections.abc import Callable

from toy_texture import RATE, Drone, drone_card

from starling.engine.sounds.generate import Generators
from starling.engine.sounds.passage import Passage
from starling.engine.sounds.recipe import Recipe
from starling.engine.textures.stream import Stream
from starling.engine.textures.streams import Streams
from starling.models.artifacts.catalogue import ModelCard

ME, OTHER = ("127.0.0.1", 1), ("127.0.0.1", 2)
Start = Callable[..., Streams]  # the fixture `new_streams`


def recipe(seed: int = 5, passage: Passage | None = None, **controls: float) -> Recipe:
    generators = Generators({"drone": drone_card()}, Drone)
    return generators.recipe("drone", seed, controls, passage=passage or Passage())


def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.002)


def paced(streams: Streams, stream: Stream, frames: int, **controls: float) -> int:
    """Want frames and wait for them; returns those that are there."""
    streams.pace(stream.client, stream.number, frames, controls)
    until(lambda: stream.file.frames >= frames)
    return stream.file.frames


class Clock:
    """The real time and what a test adds to it."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


class Player:
    """A client in real time: it plays what is ready, waits where nothing is, and goes on."""

    def __init__(self, streams: Streams, stream: Stream, ahead: float = 0.2) -> None:
        self.streams, self.stream, self.ahead = streams, stream, round(ahead * RATE)
        self.at, self.waits, self.underruns, self.ended = 0, True, 0, None
        self.last = time.monotonic()

    def step(self) -> None:
        now = time.monotonic()
        passed, self.last = round((now - self.last) * RATE), now
        answer = self.streams.pace(ME, self.stream.number, self.at + self.ahead, {})
        self.ended = answer.ended
        if self.waits:
            self.waits = answer.ready < self.at + self.ahead
            return
        if answer.ready < self.at + passed:
            self.underruns += 1
            self.waits = True
        self.at = min(answer.ready, self.at + passed)


def play(players: list[Player], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for player in players:
            if player.ended is None:
                player.step()
        time.sleep(0.02)


def slow(factor: float) -> Callable[[ModelCard], Drone]:
    def load(card: ModelCard) -> Drone:
        model = Drone(card)
        model.factor = factor
        return model

    return load
