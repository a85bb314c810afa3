"""The thread of one loaded model: it renders all its streams in one batch, block by block.

In: streams, added by any thread under `changed`. Out: their growing files. The model is loaded
here, at the first stream. Everything that a stream holds is read and written under `changed`; only
the rendering itself goes on without it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from starling.engine import log, threads
from starling.engine.sounds.takes import TexturePlayer, Voices
from starling.engine.textures.demand import SILENT_S, Load
from starling.engine.textures.growing_file import MOST_FRAMES
from starling.engine.textures.stream import Stream
from starling.engine.wire.failure_codes import code_and_sentence, is_fault
from starling.models.artifacts.catalogue import ModelCard

FRAME = 256  # frames: what models make at a time, and how exact turned controls are
BLOCK_SECONDS = 0.05  # at most at once, if all want so much: few calls, and no note waits long
PRIME_SECONDS = 0.25  # of a prime between two blocks: about as much work as one
SLOTS = 64  # more voices than any machine renders in real time
LOOK_S = 1.0  # how often an idle thread looks for streams whose client has gone
CLOSE_S = 5.0  # for the block that is being rendered
SILENT = f"its client said nothing for {SILENT_S:g} s"
Clock = Callable[[], float]


class StreamBatch:
    """The streams of one model's weights. `add` may be called from any thread.

    Once the model has other weights (`is_current` says so) and no stream plays any more, the thread
    ends and the old weights go; it would begin again with another stream.
    """

    def __init__(
        self,
        card: ModelCard,
        load: Callable[[], TexturePlayer],
        is_current: Callable[[], bool],
        clock: Clock = time.monotonic,
    ) -> None:
        self.changed = threading.Condition()
        self.load = Load()
        self.card = card
        self._title = card.title
        self._player = load
        self._is_current = is_current
        self._clock = clock
        self._voices: Voices | None = None
        self._slots: dict[int, Stream] = {}
        self._streams: list[Stream] = []  # oldest first; those that have not ended
        self._closed = False
        self._thread: threading.Thread | None = None

    def add(self, stream: Stream) -> None:
        """Render a stream from now on."""
        with self.changed:
            if self._closed:
                stream.end("the engine stops")
                return
            self._streams.append(stream)
            if len(self._streams) > SLOTS:
                self._streams[0].end(f"{SLOTS} newer notes of {self._title} play")
            if self._thread is None:
                self._thread = threads.start(self._title, self._loop)
            self.changed.notify()

    def close(self) -> None:
        """End all streams, and the thread."""
        with self.changed:
            self._closed = True
            for stream in self._streams:
                stream.end("the engine stops")
            self.changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(CLOSE_S)

    def _loop(self) -> None:
        while True:
            try:
                streams = self._next()
                if streams is None:
                    return
                voices = self._begun(streams)
                began = self._clock()
                seconds = self._round(voices, [each for each in streams if not each.priming])
                self.load.rendered(seconds, self._clock() - began)
            except Exception as exc:  # the thread lives: the next stream may do better
                self._give_up(exc)

    def _next(self) -> list[Stream] | None:
        """The streams whose next block is due, once there are any; None where the thread ends."""
        with self.changed:
            while not self._closed:
                self._tidy()
                due = [each for each in self._streams if each.missing > 0]
                if due:
                    first = [each for each in due if each.is_new and not each.priming]
                    return first or due
                if not self._streams and not self._is_current():
                    self._thread = self._voices = None
                    return None
                self.changed.wait(LOOK_S)
            return None

    def _tidy(self) -> None:
        """End what must not go on, and free the slots of what has ended."""
        now = self._clock()
        for stream in self._streams:
            if stream.demand.is_silent(now):
                stream.end(SILENT)
            elif stream.file.frames >= MOST_FRAMES:
                stream.end("it is as long as a WAV file can be")
        live = [each for each in self._streams if each.ended is None]
        if self.load.is_too_much(now, [each.demand for each in live]):
            self._end_oldest(live)
        self._streams = [each for each in live if each.ended is None]
        for slot, stream in list(self._slots.items()):
            if stream.ended is not None:
                del self._slots[slot]
                if self._voices is not None:
                    self._voices.stop(slot)

    def _end_oldest(self, live: Sequence[Stream]) -> None:
        oldest = next(each for each in live if not each.demand.waits)
        played = len(live)
        oldest.end(
            f"this machine renders {self.load.speed:.1f} s of {self._title} a second, too little "
            f"for {played} {'notes' if played > 1 else 'note'}: the oldest one ended"
        )
        log.event("a texture ended for the load", title=self._title, speed=self.load.speed)

    def _begun(self, streams: Sequence[Stream]) -> Voices:
        """The voices, which all of the streams have a slot of. Loading may take seconds."""
        if self._voices is None:
            self._voices = self._player().voices(SLOTS)
        for stream in streams:
            self._begin(self._voices, stream)
        self._prime_oldest(self._voices)
        return self._voices

    def _prime_oldest(self, voices: Voices) -> None:
        """Go through a piece of one prime, so that what plays already goes on meanwhile.

        All primes of a chord at once would take as long as many blocks.
        """
        waiting = {
            slot: stream
            for slot, stream in self._slots.items()
            if stream.priming and stream.ended is None
        }
        if waiting:
            slot, oldest = min(waiting.items(), key=lambda pair: pair[1].number)
            oldest.priming = not voices.prime(slot, round(PRIME_SECONDS * oldest.rate))

    def _round(self, voices: Voices, streams: Sequence[Stream]) -> float:
        """Render one block of some streams; the seconds of sound of all of them.

        Those that end meanwhile keep what they had.
        """
        turns: dict[int, dict[str, float]] = {}
        with self.changed:
            playing = {slot: each for slot, each in self._slots.items() if each in streams}
            for slot, stream in playing.items():
                if changed := stream.turn():
                    turns[slot] = changed
        for slot, controls in turns.items():
            voices.set(slot, controls)
        return self._render(voices, playing)

    def _begin(self, voices: Voices, stream: Stream) -> None:
        with self.changed:
            if stream.began or stream.ended is not None:
                return
            slot = min(set(range(SLOTS + 1)) - self._slots.keys())
            if slot == SLOTS:  # slots of ended streams are freed before the next round
                return
            take = stream.begin()
            self._slots[slot] = stream
        voices.begin(slot, take)

    def _render(self, voices: Voices, playing: dict[int, Stream]) -> float:
        if not playing:
            return 0.0
        rate = next(iter(playing.values())).rate
        frames = _block(rate, [each.missing for each in playing.values()])
        block = voices.render(list(playing), frames)
        with self.changed:
            for stream, samples in zip(playing.values(), block, strict=True):
                if stream.ended is None:
                    self._append(stream, samples)
        return len(playing) * frames / rate

    def _append(self, stream: Stream, samples: NDArray[np.float32]) -> None:
        try:
            stream.file.append(samples)
        except OSError as exc:
            stream.end(code_and_sentence(exc)[1])

    def _give_up(self, exc: Exception) -> None:
        """End all streams: the model cannot be loaded, or has a fault."""
        sentence = code_and_sentence(exc)[1]
        if is_fault(exc):
            log.fault("fault in a texture", exc, title=self._title)
        with self.changed:
            for stream in self._streams:
                stream.end(sentence)
            self._streams, self._slots, self._voices = [], {}, None


def _block(rate: int, missing: Sequence[int]) -> int:
    """How many frames are rendered at once.

    A stream ends up at the first multiple of FRAME from what is wanted on, in whatever company: so
    that controls which are turned there count from the same frame in every bounce.
    """
    wanted = min(math.ceil(each / FRAME) for each in missing)
    return FRAME * max(1, min(wanted, round(BLOCK_SECONDS * rate / FRAME)))
