"""All streams by their numbers: who started them, and what becomes of them. Safe from any thread.

In: the requests of clients, from `server/texture_handlers`. Next: `batch`, which renders.
"""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.engine.sounds.generate import Generators
from starling.engine.sounds.recipe import Recipe
from starling.engine.sounds.takes import endless, turned
from starling.engine.textures.batch import Clock, StreamBatch
from starling.engine.textures.demand import Demand
from starling.engine.textures.growing_file import GrowingFile, read_frames, remove_all
from starling.engine.textures.stream import Stream
from starling.models.artifacts.catalogue import ModelCard
from starling.models.errors import InputError

MOST_STREAMS = 64  # of one client that play: more keys than anyone holds
KEPT = 16  # an ended stream stays for `freeze` until its client has started so many more
FREEZE_SECONDS = 600.0  # kept as one sound: 38 MB at 16 kHz
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pace:
    """What `pace` answers: frames in the file, and why no more will come (None: they will)."""

    ready: int
    ended: str | None


@dataclass(frozen=True, slots=True, eq=False)
class StreamPart:
    """A part of a stream: samples (1, frames) at `rate`, and the recipe that makes them again."""

    recipe: Recipe
    samples: Array
    rate: int
    root: int


class Streams:
    """The streams of an engine, their files in `folder`."""

    def __init__(self, folder: Path, generators: Generators, clock: Clock = time.monotonic) -> None:
        self.folder = folder
        self._generators = generators
        self._clock = clock
        self._lock = threading.Lock()  # taken before a batch's `changed`, never within it
        self._numbers = itertools.count(1)
        self._run = secrets.token_hex(4)  # no file is called as one of an earlier engine
        self._batches: dict[tuple[str, str], StreamBatch] = {}  # by model and weights
        self._clients: dict[object, list[Stream]] = {}  # oldest first
        remove_all(folder)

    def start(self, client: object, recipe: Recipe, prime: Array | None = None) -> Stream:
        """Begin a stream of a client; `prime` (frames,) are the samples of the recipe's prime.

        Raises InputError (code `too_many_streams`); OSError where its file cannot be made.
        """
        card = self._generators.texture_card(recipe.model)
        now = self._clock()
        with self._lock:
            held = self._clients.setdefault(client, [])
            self._let_go(held)
            if sum(each.ended is None for each in held) >= MOST_STREAMS:
                raise InputError(
                    f"a client may have {MOST_STREAMS} streams at a time; stop one of them",
                    code="too_many_streams",
                )
            number = next(self._numbers)
            file = GrowingFile(self.folder / f"{self._run}-{number}.wav", card.sample_rate)
            demand = Demand(card.sample_rate, now)
            rate, root = card.sample_rate, card.root
            stream = Stream(number, client, recipe, prime, rate, root, file, demand)
            held.append(stream)
            batch = self._batch(recipe, card)
        batch.add(stream)
        return stream

    def pace(self, client: object, number: int, until: int, controls: Mapping[str, float]) -> Pace:
        """Take in what a client wants of its stream. Raises InputError (`no_stream`,
        `bad_control`).
        """
        stream = self._find(client, number)
        turned = self._checked(stream, controls)
        batch = self._batch_of(stream)
        with batch.changed:
            stream.demand.pace(self._clock(), until, stream.file.frames)
            if stream.ended is None:
                stream.pending |= turned
            batch.changed.notify()
            return Pace(stream.file.frames, stream.ended)

    def stop(self, client: object, number: int) -> int:
        """End a stream; its frames. Raises InputError (code `no_stream`)."""
        stream = self._find(client, number)
        batch = self._batch_of(stream)
        with batch.changed:
            stream.end("")
            batch.changed.notify()
            return stream.file.frames

    def part(self, client: object, number: int, start: int, frames: int) -> StreamPart:
        """A part of a stream.

        Raises InputError (code `no_stream`, or `bad_arguments` for a part that is not there).
        """
        stream = self._find(client, number)
        ready = stream.file.frames
        most = round(FREEZE_SECONDS * stream.rate)
        if not 1 <= frames <= most:
            raise InputError(f"frames must be 1..{most}, got {frames}")
        if not 0 <= start <= ready - frames:
            raise InputError(
                f"stream {number} has {ready} frames so far; got start {start} and {frames} frames"
            )
        samples = read_frames(stream.file.path, start, frames)[None]
        return StreamPart(stream.part(start, frames), samples, stream.rate, stream.root)

    def forget(self, client: object) -> None:
        """A client has gone: its streams end, their files go."""
        with self._lock:
            gone = self._clients.pop(client, [])
        for stream in gone:
            with self._batch_of(stream).changed:
                stream.end("its client has gone")
                stream.file.remove()

    def playing(self) -> int:
        """How many streams have not ended."""
        with self._lock:
            return sum(each.ended is None for held in self._clients.values() for each in held)

    def close(self) -> None:
        """End all streams; their files stay until the next engine starts."""
        with self._lock:
            batches = list(self._batches.values())
        for batch in batches:
            batch.close()

    def _let_go(self, held: list[Stream]) -> None:
        """Remove the files of ended streams after which KEPT others were started."""
        for stream in [each for each in held[: max(0, len(held) + 1 - KEPT)] if _has_ended(each)]:
            held.remove(stream)
            stream.file.remove()

    def _batch(self, recipe: Recipe, card: ModelCard) -> StreamBatch:
        key = (recipe.model, recipe.weights)
        if key not in self._batches:
            generators = self._generators
            self._batches[key] = StreamBatch(
                card,
                lambda: generators.texture(*key),
                lambda: generators.has(*key),
                self._clock,
            )
        return self._batches[key]

    def _batch_of(self, stream: Stream) -> StreamBatch:
        return self._batches[stream.recipe.model, stream.recipe.weights]

    def _find(self, client: object, number: int) -> Stream:
        with self._lock:
            held = self._clients.get(client, [])
            found = next((each for each in held if each.number == number), None)
        if found is None:
            raise InputError(f"no stream {number} of this client", code="no_stream")
        return found

    def _checked(self, stream: Stream, controls: Mapping[str, float]) -> dict[str, float]:
        """Controls that are turned, canonical. Raises InputError (code `bad_control`)."""
        if not controls:
            return {}
        return dict(turned(endless(self._batch_of(stream).card), controls))


def _has_ended(stream: Stream) -> bool:
    return stream.ended is not None
