"""A synth in a process of its own: it may crash, hang or be silent, and only a PluginError is seen.

    with Sandbox("amsynth") as box:
        audio = box.render(values, note=60, velocity=100, note_seconds=0.65, seconds=1.0,
                           sample_rate=44100)          # (2, 44100) float32

The process is started at the first use and again after it died. Callable from any thread.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import ParseError, PluginError, StarlingError
from starling.presets.embed import Embedder
from starling.presets.pipe import Message, read_message, write_message
from starling.presets.plugin_synth import CACHE_VARIABLE
from starling.presets.sandbox_worker import from_failure
from starling.presets.schema import Parameter, Schema

TIMEOUT_S = 20.0  # for one note; a slow synth takes 1 s
OPEN_TIMEOUT_S = 60.0  # a plugin's first start may sweep thousands of parameters
GRACE_S = 2.0  # the worker gets this much longer, to report a hang by itself
RECYCLE = 2_000  # notes after which the process is renewed: plugins leak
SILENT_PEAK = 1e-5  # -100 dB
SINGLE_THREADED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")  # without one no plugin opens a window
PRIVATE_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME")
KEEPS_NO_FILES = {"amsynth"}  # these would leave settings behind, and read the user's


@dataclass(frozen=True, slots=True)
class Note:
    """One note of one preset, as `Synth.render` takes it."""

    values: Mapping[str, float]
    note: int = 60
    velocity: int = 100
    note_seconds: float = 0.65
    seconds: float = 1.0
    sample_rate: int = 44_100

    def request(self) -> dict[str, Any]:
        """The fields as they travel to the worker."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "values": dict(self.values)
        }


class Sandbox:
    """One synth in one disposable process. `cache` is the folder of introspected schemas."""

    def __init__(
        self, synth: str, *, timeout_s: float = TIMEOUT_S, cache: Path | None = None
    ) -> None:
        self.name = synth
        self._timeout_s = timeout_s
        self._cache = cache
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._schema: Schema | None = None

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
    ) -> NDArray[np.float32]:
        """Render one note, as `Synth.render` says: (2, frames) float32.

        Raises PluginError when the synth crashes, hangs or is silent, MissingError when it is not
        installed, InputError for values that it does not know.
        """
        request = Note(values, note, velocity, note_seconds, seconds, sample_rate).request()
        with self._lock:
            process = self._running()
            process.send({"op": "render", **request})
            audio = process.receive(self._timeout_s + GRACE_S).samples
        if not audio.size or float(np.abs(audio).max()) < SILENT_PEAK:
            raise PluginError(f"{self.title} made no sound at note {note}, velocity {velocity}")
        return audio

    def embed(
        self, notes: Sequence[Note], embedder: Embedder
    ) -> Iterator[NDArray[np.float32] | StarlingError]:
        """Render notes and turn each into a vector in the worker; failures are yielded in place."""
        at = 0
        with self._lock:
            while at < len(notes):
                for result in self._embed_until_death(notes[at:], embedder):
                    at += 1
                    yield result

    def _embed_until_death(
        self, notes: Sequence[Note], embedder: Embedder
    ) -> Iterator[NDArray[np.float32] | StarlingError]:
        """As `embed`, but ends after the note that killed the process."""
        try:
            process = self._running()
            process.send(
                {
                    "op": "embed",
                    "embedder": embedder.key,
                    "items": [note.request() for note in notes],
                }
            )
        except StarlingError as exc:
            yield exc
            return
        for _ in notes:
            try:
                yield process.receive(self._timeout_s + GRACE_S).samples[0]
            except StarlingError as exc:
                yield exc
                if not process.alive:
                    return

    @property
    def title(self) -> str:
        """The name for sentences: of a plugin's path, the last part."""
        return Path(self.name).name

    def close(self) -> None:
        """End the process; the sandbox can be used again."""
        with self._lock:
            self._stop()

    def _running(self) -> _Process:
        """The live process. Holding the lock."""
        if self._process and self._process.alive and self._process.rendered < RECYCLE:
            return self._process
        self._stop()
        self._process = _Process(self.name, self.title, self._timeout_s, self._cache)
        header = self._process.receive(OPEN_TIMEOUT_S).header
        self._schema = _schema(header["schema"])
        return self._process

    def _stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Process:
    """The worker's process and both ends of its pipe. A thread reads, so that waiting can end."""

    def __init__(self, synth: str, title: str, timeout_s: float, cache: Path | None) -> None:
        self.rendered = 0
        self._title = title
        self._chatter = tempfile.TemporaryFile()  # noqa: SIM115 (closed by kill)
        self._private = tempfile.TemporaryDirectory(prefix="starling-")
        self._child = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "starling.presets.sandbox_worker"),
                *(synth, str(timeout_s)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._chatter,
            env=_environment(synth, Path(self._private.name), cache),
        )
        self._replies: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name=f"sandbox {title}", daemon=True)
        self._reader.start()

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def send(self, request: dict[str, Any]) -> None:
        assert self._child.stdin is not None
        try:
            write_message(self._child.stdin, Message(request))
        except OSError as exc:
            raise self._died() from exc

    def receive(self, timeout_s: float) -> Message:
        """The next reply. Raises what the worker raised, or PluginError; then it is dead."""
        try:
            reply = self._replies.get(timeout=timeout_s)
        except queue.Empty:
            self.kill()
            raise PluginError(f"{self._title} hung: no answer after {timeout_s:g} s") from None
        if reply is None:
            raise self._died()
        self.rendered += 1
        if "error" in reply.header:
            raise from_failure(reply.header["error"])
        return reply

    def kill(self) -> None:
        """End the process and give everything back."""
        if self.alive:
            self._child.kill()
        self._child.wait()
        self._reader.join()
        for stream in (self._child.stdin, self._child.stdout, self._chatter):
            _close(stream)
        self._private.cleanup()

    def _died(self) -> PluginError:
        code = self._child.wait()
        words = self._last_words()
        self.kill()
        if code == -getattr(signal, "SIGALRM", 0):
            return PluginError(f"{self._title} hung and was ended")
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return PluginError(f"{self._title} crashed ({how}){words}")

    def _last_words(self) -> str:
        """The last line that the plugin wrote, which names a failed assertion."""
        size = self._chatter.seek(0, os.SEEK_END)
        self._chatter.seek(max(0, size - 500))
        lines = self._chatter.read().decode("utf-8", "replace").strip().splitlines()
        return f": {lines[-1].strip()[:200]}" if lines else ""

    def _read(self) -> None:
        assert self._child.stdout is not None
        with contextlib.suppress(ParseError, OSError, ValueError):  # each ends the conversation
            while (message := read_message(self._child.stdout)) is not None:
                self._replies.put(message)
        self._replies.put(None)


def _close(stream: IO[bytes] | None) -> None:
    if stream:
        with contextlib.suppress(OSError):  # a pipe whose other end died cannot be flushed
            stream.close()


def _environment(synth: str, private: Path, cache: Path | None) -> dict[str, str]:
    environment = {k: v for k, v in os.environ.items() if k not in DISPLAYS}
    environment |= dict.fromkeys(SINGLE_THREADED, "1")
    if synth in KEEPS_NO_FILES:
        environment |= dict.fromkeys(PRIVATE_FOLDERS, str(private))
    if cache:
        environment[CACHE_VARIABLE] = str(cache)
    return environment


def _schema(fields: Mapping[str, Any]) -> Schema:
    parameters = tuple(
        Parameter(**{**parameter, "labels": tuple(parameter["labels"])})
        for parameter in fields["parameters"]
    )
    return Schema(fields["synth"], fields["version"], parameters)
