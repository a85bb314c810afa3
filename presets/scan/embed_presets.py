"""Render and embed many presets in a pool of sandboxes; hand back what became of each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import groupby, islice
from pathlib import Path

import numpy as np

from starling.models.errors import CancelledError, MissingError, StarlingError
from starling.presets.features import aspects
from starling.presets.features.embedder import Embedder
from starling.presets.library.database import Preset
from starling.presets.library.tags import sound_tags
from starling.presets.library.writer import ScannedPreset
from starling.presets.sandbox.client import Embedded, RenderRequest, Sandbox, Untried
from starling.presets.sandbox.niceness import NICENESS
from starling.presets.sandbox.worker import HUNG, NO_ROOM

CHUNK = 16  # presets a request: 0.3 s of work, so that progress moves and little is lost
TIMEOUT_S = 10.0  # a note of one second takes 20 ms
GIVE_UP = 3  # in a row did not open or hung: the synth's other presets are left for another scan
MODEL_LOCK = threading.Lock()  # a large model uses all cores for one sound
POLL_S = 0.2  # how often a running chunk's end and the cancel button are looked at


class EmbeddingPool:
    """`jobs` threads, each with its own sandbox of the synth in hand."""

    def __init__(self, jobs: int, embedder: Embedder, cache: Path) -> None:
        self._jobs = max(1, jobs)
        self._embedder = embedder
        self._cache = cache
        self._local = threading.local()
        self._boxes: list[Sandbox] = []
        self.left: dict[str, StarlingError] = {}  # synths with presets not tried, and why
        self._given_up: set[str] = set()
        self._stopping = threading.Event()

    def embed(
        self, presets: Sequence[Preset], cancelled: Callable[[], bool]
    ) -> Iterator[list[ScannedPreset]]:
        """Yield batches as they are done, in no certain order.

        Raises CancelledError as soon as `cancelled()`; what was yielded until then stays good.
        """
        pool = ThreadPoolExecutor(self._jobs, thread_name_prefix="hearing")
        try:
            left = chunks(presets)
            running: set[Future[list[ScannedPreset]]] = set()
            while True:
                for chunk in islice(left, 2 * self._jobs - len(running)):  # one ahead each
                    running.add(pool.submit(self._embed_chunk, chunk))
                if not running:
                    return
                done, running = wait(running, POLL_S, FIRST_COMPLETED)
                yield from (future.result() for future in done)
                if cancelled():
                    raise CancelledError("the scan was cancelled; what it had heard is kept")
        finally:
            self._stopping.set()
            for box in list(self._boxes):
                box.interrupt()
            pool.shutdown(cancel_futures=True)
            for box in self._boxes:
                box.close()

    def _embed_chunk(self, presets: Sequence[Preset]) -> list[ScannedPreset]:
        """In a thread of the pool: one chunk, of one synth."""
        synth = presets[0].synth
        if self._stopping.is_set() or synth in self._given_up:
            return []
        rate = self._embedder.sample_rate
        notes = [
            RenderRequest(preset.values, sample_rate=rate, state=preset.state) for preset in presets
        ]
        # a synth's process finds the shipped weights by their key, not the user's own
        apart = self._embedder.light and self._embedder.weights is None
        embed = Sandbox.embed if apart else embed_here
        results = embed(self._box(synth), notes, self._embedder)
        scanned: list[ScannedPreset] = []  # without those that could not be tried
        in_a_row = 0
        for result, preset in zip(results, presets, strict=True):
            if isinstance(result, CancelledError):
                break
            if isinstance(result, Embedded):
                scanned.append(
                    ScannedPreset(preset.id, result.vector, "", result.tags, result.aspects)
                )
                in_a_row = 0
                continue
            reason = result.reason if isinstance(result, Untried) else result
            if isinstance(result, Untried):
                self.left[synth] = reason
            else:
                scanned.append(ScannedPreset(preset.id, None, str(reason)))
            in_a_row = in_a_row + 1 if _of_the_synth(result) else 0
            if in_a_row >= GIVE_UP or isinstance(reason, MissingError):
                self.left[synth] = reason
                self._given_up.add(synth)
                break
        return scanned

    def _box(self, synth: str) -> Sandbox:
        """The calling thread's sandbox of a synth; the one before is closed."""
        box: Sandbox | None = getattr(self._local, "box", None)
        if box is None or box.name != synth:
            if box:
                box.close()
            box = Sandbox(synth, timeout_s=TIMEOUT_S, cache=self._cache, niceness=NICENESS)
            self._local.box = box
            self._boxes.append(box)
        return box


def embed_here(
    box: Sandbox, notes: Sequence[RenderRequest], embedder: Embedder
) -> Iterator[Embedded | Untried | StarlingError]:
    """As `Sandbox.embed`, with the vectors made in this process: a large model is loaded once."""
    try:
        _ = box.schema  # the plugin is loaded, or else no note is to blame
    except StarlingError as exc:
        yield exc if isinstance(exc, CancelledError) else Untried(exc)
        return
    for note in notes:
        try:
            played = (note.note, note.velocity, note.note_seconds, note.seconds, note.sample_rate)
            audio = box.render(note.values, *played, state=note.state)
            mono = audio.mean(axis=0, dtype=np.float32)
            with MODEL_LOCK:
                vector = embedder.embed(mono)
            described = aspects.describe(mono, note.sample_rate).astype("<f4").tobytes()
            yield Embedded(vector, tuple(sound_tags(mono, note.sample_rate)), described)
        except StarlingError as exc:
            yield Untried(exc) if exc.code == NO_ROOM else exc


def chunks(presets: Sequence[Preset]) -> Iterator[list[Preset]]:
    """Runs of at most CHUNK presets of one synth."""
    ordered = sorted(presets, key=lambda preset: (preset.synth, preset.id))
    for _, group in groupby(ordered, key=lambda preset: preset.synth):
        of_synth = list(group)
        for start in range(0, len(of_synth), CHUNK):
            yield of_synth[start : start + CHUNK]


def _of_the_synth(result: Untried | StarlingError) -> bool:
    """Whether the next preset of the synth would probably fare no better, and take as long."""
    return isinstance(result, Untried) or result.code == HUNG
