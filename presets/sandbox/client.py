"""A synth in a process of its own: it may crash, hang or be silent, and only a PluginError is seen.

    with Sandbox("amsynth") as box:
        audio = box.render(values, note=60, velocity=100, note_seconds=0.65, seconds=1.0,
                           sample_rate=44100)          # (2, 44100) float32

The process is started at the first use and again after it died. Callable from any thread.
"""

from __future__ import annotations

import contextlib
import threading
from base64 import b64encode
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.closing import Closing
from starling.models.errors import CancelledError, PluginError, StarlingError
from starling.presets.features.embedder import Embedder
from starling.presets.features.embedders import NOTE_SECONDS
from starling.presets.features.log_mel_record import ROWS
from starling.presets.formats.schema import Schema, schema_of
from starling.presets.sandbox.pipe import Message
from starling.presets.sandbox.process import WorkerProcess
from starling.presets.sandbox.worker import NO_ROOM

WORKER = "starling.presets.sandbox.worker"
TIMEOUT_S = 20.0  # for one note; a slow synth takes 1 s
OPEN_TIMEOUT_S = 60.0  # a plugin's first start may sweep thousands of parameters
GRACE_S = 2.0  # the worker gets this much longer, to report a hang by itself
RECYCLE = 2_000  # notes after which the process is renewed: plugins leak
SILENT_PEAK = 1e-5  # -100 dB


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """One note of one preset, as `Synth.render` takes it."""

    values: Mapping[str, float]
    note: int = 60
    velocity: int = 100
    note_seconds: float = NOTE_SECONDS
    seconds: float = 1.0
    sample_rate: int = 44_100
    state: bytes = b""  # the preset file that a plugin is given in place of the values

    def fields(self) -> dict[str, Any]:
        """The fields as they travel to the worker."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        state = b64encode(self.state).decode("ascii")
        return {**fields, "values": dict(self.values), "state": state}


@dataclass(frozen=True, slots=True)
class Untried:
    """A note that says nothing of its preset: the synth did not open, or the machine is full."""

    reason: StarlingError


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a note sounds like: its vector (size,), the tags that its sound suggests, its aspects
    as they are stored.
    """

    vector: NDArray[np.float32]
    tags: tuple[str, ...]
    aspects: bytes


@dataclass(frozen=True, slots=True)
class NoteRecords:
    """The `log_mel_record`s of a preset's notes (notes, 65, 51) up to the first silent one.

    `difference` is the largest between two renders of the first note; -1 if there was one.
    """

    records: NDArray[np.float32]
    difference: float


Notes = Sequence[tuple[int, int, float]]  # MIDI note, velocity, seconds that it is held


class Sandbox(Closing):
    """One synth in one disposable process. `cache` is the folder of introspected schemas.

    `niceness` above 0 lets other processes of the machine go first, as `nice` does.
    """

    def __init__(
        self,
        synth: str,
        *,
        timeout_s: float = TIMEOUT_S,
        cache: Path | None = None,
        niceness: int = 0,
    ) -> None:
        self.name = synth
        self._timeout_s = timeout_s
        self._niceness = niceness
        self._cache = cache
        self._lock = threading.Lock()
        self._process: WorkerProcess | None = None
        self._schema: Schema | None = None
        self._target: NDArray[np.float32] | None = None
        self._aimed: WorkerProcess | None = None  # the process that knows the target

    @property
    def schema(self) -> Schema:
        """The synth's parameters; starts the process. Raises as `render`."""
        with self._lock:
            self._running()
            assert self._schema is not None
            return self._schema

    def render(
        self,
        values: Mapping[str, float],
        note: int,
        velocity: int,
        note_seconds: float,
        seconds: float,
        sample_rate: int,
        state: bytes = b"",
    ) -> NDArray[np.float32]:
        """Render one note, as `Synth.render` says: (2, frames) float32.

        With a `state`, a plugin is given that preset file; its values are then what they are there.

        Raises PluginError when the synth crashes, hangs or is silent, MissingError when it is not
        installed, InputError for values that it does not know.
        """
        played = (note, velocity, note_seconds, seconds, sample_rate)
        request = RenderRequest(values, *played, state=state).fields()
        with self._lock:
            process = self._running()
            process.send(Message({"op": "render", **request}))
            audio = process.receive(self._timeout_s + GRACE_S).samples
        if not audio.size or float(np.abs(audio).max()) < SILENT_PEAK:
            raise PluginError(f"{self.title} made no sound at note {note}, velocity {velocity}")
        return audio

    def embed(
        self, notes: Sequence[RenderRequest], embedder: Embedder
    ) -> Iterator[Embedded | Untried | StarlingError]:
        """Render notes and turn each into a vector in the worker; failures are yielded in place."""
        request = {"op": "embed", "embedder": embedder.key}
        items = [note.fields() for note in notes]
        with contextlib.closing(self._each(request, items, self._timeout_s)) as replies:
            for reply in replies:
                if isinstance(reply, Message):
                    described = np.array(reply.header["aspects"], "<f4").tobytes()
                    yield Embedded(reply.samples[0], tuple(reply.header["tags"]), described)
                else:
                    yield reply

    def listen(
        self, presets: Sequence[Mapping[str, float]], notes: Notes, twice: Sequence[bool]
    ) -> Iterator[NoteRecords | Untried | StarlingError]:
        """Play the same notes on each preset and describe the sounds: a `log_mel_record` each.

        A silent note is a preset's last. Where `twice`, its first note is rendered once more.
        """
        items = [
            {"values": dict(values), "notes": list(notes), "twice": again}
            for values, again in zip(presets, twice, strict=True)
        ]
        patience = self._timeout_s * (len(notes) + 1)
        with contextlib.closing(self._each({"op": "listen"}, items, patience)) as replies:
            for reply in replies:
                if isinstance(reply, Message):
                    sounds = reply.samples.reshape(-1, ROWS, reply.samples.shape[-1])
                    yield NoteRecords(sounds, reply.header["difference"])
                else:
                    yield reply

    def _each(
        self, request: Mapping[str, Any], items: Sequence[Mapping[str, Any]], patience_s: float
    ) -> Generator[Message | Untried | StarlingError]:
        """One reply for each item, also of those that kill the process."""
        at = 0
        with self._lock:
            try:
                while at < len(items):
                    for result in self._until_death(request, items[at:], patience_s):
                        at += 1
                        yield result
            except GeneratorExit:
                if at < len(items):  # what is still to come would be taken for later replies
                    self._stop()
                raise

    def set_target(self, target: NDArray[np.float32]) -> None:
        """Keep a target (frames,) at 44.1 kHz, with which `score` compares until the next one.

        Starts the process. Raises as `render`.
        """
        with self._lock:
            self._target = target
            self._aimed = None
            self._send_target(self._running())

    def score(self, notes: Sequence[RenderRequest]) -> list[float]:
        """How far some notes are from the target, in dB (`spectral_loss`); infinite for silence.

        The sounds stay in the worker; a few notes at a time cost it half of what `render` does.
        Raises PluginError when the synth crashes or hangs at one of them; the next call works.
        """
        with self._lock:
            process = self._running()
            self._send_target(process)
            items = [note.fields() for note in notes]
            process.send(Message({"op": "score", "items": items}))
            losses = process.receive(self._timeout_s + GRACE_S).samples[0]
            process.rendered += len(notes) - 1
            return [float(loss) for loss in losses]

    def _send_target(self, process: WorkerProcess) -> None:
        """Send a process the target unless it has it: one that was renewed has not."""
        if self._aimed is not process:
            assert self._target is not None, "aim comes before score"
            process.send(Message({"op": "goal"}, self._target[None]))
            process.receive(OPEN_TIMEOUT_S)
            self._aimed = process

    def _until_death(
        self, request: Mapping[str, Any], items: Sequence[Mapping[str, Any]], patience_s: float
    ) -> Iterator[Message | Untried | StarlingError]:
        """As `_each`, but ends after the item that killed the process."""
        try:
            process = self._running()
            process.send(Message({**request, "items": list(items)}))
            process.receive(OPEN_TIMEOUT_S)  # the plugin is loaded, or else no note is to blame
        except StarlingError as exc:
            yield exc if isinstance(exc, CancelledError) else Untried(exc)
            return
        for _ in items:
            try:
                yield process.receive(patience_s + GRACE_S)
            except StarlingError as exc:
                yield Untried(exc) if exc.code == NO_ROOM else exc
                if not process.alive:
                    return

    @property
    def title(self) -> str:
        """The name for sentences: of a plugin's path, the last part."""
        return Path(self.name).name

    def interrupt(self) -> None:
        """End a render that another thread waits for; it raises CancelledError there."""
        process = self._process
        if process:
            process.interrupt()

    def close(self) -> None:
        """End the process; the sandbox can be used again."""
        with self._lock:
            self._stop()

    def _running(self) -> WorkerProcess:
        """The live process. Holding the lock."""
        if self._process and self._process.alive and self._process.rendered < RECYCLE:
            return self._process
        self._stop()
        arguments = (WORKER, self.name, str(self._timeout_s))
        self._process = WorkerProcess(
            self.title, arguments, synth=self.name, cache=self._cache, niceness=self._niceness
        )
        try:
            header = self._process.receive(OPEN_TIMEOUT_S).header
        except StarlingError:
            self._stop()
            raise
        self._schema = schema_of(header["schema"])
        return self._process

    def _stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process = None
