"""The process in which one synth runs.

    python -m starling.presets.sandbox.worker SYNTH SECONDS

Requests come on stdin, replies go to what was stdout; the plugin's own chatter goes to stderr.
Where it can (Linux, no threads), every render happens in a fork of the process that loaded the
plugin: each starts from the same memory, so no earlier render has any effect, and a crash
or a hang costs only the fork.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import select
import shutil
import signal
import sys
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, BinaryIO, NoReturn

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import (
    CancelledError,
    InputError,
    MissingError,
    PluginError,
    StarlingError,
)
from starling.presets.features import aspects, embedders
from starling.presets.features.log_mel_record import is_audible, log_mel_record
from starling.presets.features.spectral_loss import SAMPLE_RATE, SpectralTarget
from starling.presets.library.tags import sound_tags
from starling.presets.sandbox.pipe import NO_SAMPLES, Message, read_message, write_message
from starling.presets.synths.plugin import PluginSynth
from starling.presets.synths.protocol import Synth, open_synth

Array = NDArray[np.float32]

PRIVATE_VARIABLE = "STARLING_PRIVATE"  # the folder of this process and no other
HUNG = "plugin_hung"  # code of a PluginError: no sound in time
NO_ROOM = "no_room"  # code of a PluginError for which the machine is to blame, not the preset
ALARM_GRACE_S = 5.0  # the last resort comes after the fork's and the sandbox's own time limits


def main() -> None:
    """Serve requests until stdin ends."""
    synth_name, timeout_s = sys.argv[1], float(sys.argv[2])
    requests, replies = private_streams()
    try:
        with _alarm(timeout_s):
            synth = open_synth(synth_name)
    except Exception as exc:
        write_message(replies, failure(exc))
        return
    write_message(replies, Message({"schema": asdict(synth.schema)}))
    worker = Worker(synth, timeout_s, requests, replies)
    while (request := read_message(requests)) is not None:
        for reply in worker.answer(request.header, request.samples):
            write_message(replies, reply)


def private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The two ends of the pipe, moved away from where a plugin's printf would reach them.

    When they end because the parent was killed, this process tidies up its own folder.
    """
    if PRIVATE_VARIABLE in os.environ:
        atexit.register(shutil.rmtree, os.environ[PRIVATE_VARIABLE], ignore_errors=True)
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, replies


class Worker:
    """Answers requests with one synth: `render` with one reply, `embed` with one for each item.

    Before those of `embed` comes one that says that the plugin could be loaded. `goal` keeps a
    target, with which every `score` then compares some notes: the sounds stay here.
    """

    def __init__(
        self, synth: Synth, timeout_s: float, requests: BinaryIO, replies: BinaryIO
    ) -> None:
        self._synth = synth
        self._timeout_s = timeout_s
        self._requests = requests
        self._replies = replies
        self._target: SpectralTarget | None = None

    def answer(
        self, request: Mapping[str, Any], samples: NDArray[np.float32] = NO_SAMPLES
    ) -> Iterator[Message]:
        """Carry out a request; a failure is a reply too."""
        if request["op"] == "render":
            yield self._guarded(lambda: Message({}, self._rendered(request)))
        elif request["op"] == "goal":
            yield self._guarded(partial(self._keep_target, samples[0]))
        elif request["op"] == "score":
            yield self._guarded(partial(self._scored, request["items"]))
        else:
            items = request["items"]
            rate = items[0].get("sample_rate", SAMPLE_RATE)
            yield (ready := self._guarded(partial(self._ready, rate)))
            for item in items if "error" not in ready.header else ():
                if request["op"] == "listen":
                    yield self._guarded(partial(self._listened, item))
                else:
                    yield self._guarded(partial(self._embedded, item, request["embedder"]))

    def _guarded(self, work: Callable[[], Message]) -> Message:
        try:
            return work()
        except Exception as exc:  # whatever a plugin raises is its reply, not this process's end
            return failure(exc)

    def _ready(self, sample_rate: int) -> Message:
        """Load or compile what the first note needs, which no note's time limit has to cover."""
        if isinstance(self._synth, PluginSynth):
            self._synth.prepare(sample_rate)
        else:
            self._synth.render({}, 60, 100, 0.01, 0.02, sample_rate)
        return Message({})

    def _embedded(self, item: Mapping[str, Any], embedder: str) -> Message:
        mono = self._rendered(item).mean(axis=0, dtype=np.float32)
        vector = embedders.find(embedder).embed(mono)
        rate = item["sample_rate"]
        described = [round(float(number), 4) for number in aspects.describe(mono, rate)]
        return Message({"tags": sound_tags(mono, rate), "aspects": described}, vector[None])

    def _listened(self, item: Mapping[str, Any]) -> Message:
        """The records of an item's notes below each other, (notes * 65, 51)."""
        shared = {"values": item["values"], "seconds": 1.0, "sample_rate": SAMPLE_RATE}
        notes = [
            {**shared, "note": note, "velocity": velocity, "note_seconds": held}
            for note, velocity, held in item["notes"]
        ]
        difference = -1.0
        if item["twice"]:
            first, again = self._rendered(notes[0]), self._rendered(notes[0])
            difference = float(np.abs(first - again).max())
        if isinstance(self._synth, PluginSynth):
            self._synth.prepare(SAMPLE_RATE, len(notes))
        return Message({"difference": difference}, self._apart(lambda: self._records(notes)))

    def _records(self, notes: Sequence[Mapping[str, Any]]) -> Array:
        """In one fork, each note on an instance of its own; the first silent one is the last."""
        records: list[Array] = []
        for note in notes:
            records.append(log_mel_record(self._played(note)))
            if not is_audible(records[-1]):
                break
        return np.concatenate(records)

    def _keep_target(self, target: NDArray[np.float32]) -> Message:
        self._target = SpectralTarget(target)
        self._target.loss(target[None])  # warms its maps, which every fork then inherits
        if not _can_fork(self._synth):  # the built-in synth compiles itself at its first note
            self._synth.render({}, 60, 100, 0.01, 0.02, SAMPLE_RATE)
        return self._ready(SAMPLE_RATE)

    def _scored(self, items: Sequence[Mapping[str, Any]]) -> Message:
        """The losses (1, count) of some notes; compared where they play, so that no sound travels.

        One fork plays all, each on an instance of its own: forking costs as much as a note.
        """
        reference = self._target
        assert reference is not None
        if isinstance(self._synth, PluginSynth):
            self._synth.prepare(SAMPLE_RATE, len(items))
        losses = self._apart(lambda: np.array([[reference.loss(self._played(i)) for i in items]]))
        return Message({}, losses)

    def _rendered(
        self, request: Mapping[str, Any], then: Callable[[Array], Array] = lambda audio: audio
    ) -> Array:
        """What `then` makes of one note, checked: (2, frames), finite."""
        arguments = {name: value for name, value in request.items() if name != "op"}
        if isinstance(self._synth, PluginSynth):
            self._synth.prepare(request["sample_rate"])
        return self._apart(lambda: then(self._played(arguments)))

    def _apart(self, work: Callable[[], Array]) -> Array:
        """Do work with the synth in a fork, where that is possible."""
        if _can_fork(self._synth):
            return self._forked(work)
        with _alarm(self._timeout_s + ALARM_GRACE_S):
            return work()

    def _played(self, arguments: Mapping[str, Any]) -> Array:
        given = {name: value for name, value in arguments.items() if name != "state"}
        state = arguments.get("state")
        if state and isinstance(self._synth, PluginSynth):
            audio = self._synth.render(**given, state=b64decode(state))
        else:
            audio = self._synth.render(**given)
        if not np.isfinite(audio).all():
            raise PluginError(f"{self._synth.name} made samples that are not numbers")
        return audio

    def _forked(self, work: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            for stream in (self._requests, self._replies):  # the sandbox waits for their end
                os.close(stream.fileno())
            _run_child(work, write_end, self._timeout_s + ALARM_GRACE_S)
        os.close(write_end)
        with os.fdopen(read_end, "rb") as replies:
            reply = self._await_child(child, replies)
        if "error" in reply.header:
            raise from_failure(reply.header["error"])
        return reply.samples

    def _await_child(self, child: int, replies: BinaryIO) -> Message:
        """The child's message; the child is gone when this returns or raises."""
        deadline = time.monotonic() + self._timeout_s
        waiting = [replies, self._requests]
        ready = select.select(waiting, [], [], max(0.0, deadline - time.monotonic()))[0]
        if replies not in ready:  # too late, or the sandbox has closed our stdin
            os.kill(child, signal.SIGKILL)
        reply = read_message(replies) if replies in ready else None
        status = os.waitpid(child, 0)[1]
        if reply is not None:
            return reply
        if replies not in ready:
            sentence = f"{self._synth.name} hung: no sound after {self._timeout_s:g} s"
            raise PluginError(sentence, code=HUNG)
        how = signal_name(status)
        raise PluginError(f"{self._synth.name} crashed ({how})", code=code_of_end(how))


def _run_child(work: Callable[[], NDArray[np.float32]], end: int, alarm_s: float) -> NoReturn:
    """In the fork: render, write, and leave without running anybody's exit handlers."""
    status = 1
    _die_with_parent()
    with contextlib.suppress(BaseException), os.fdopen(end, "wb") as replies:
        signal.setitimer(signal.ITIMER_REAL, alarm_s)
        try:
            reply = Message({}, work())
        except Exception as exc:
            reply = failure(exc)
        write_message(replies, reply)
        status = 0
    os._exit(status)


def _die_with_parent() -> None:
    """Have Linux kill this fork when the worker dies, even if the plugin hangs in it."""
    pr_set_pdeathsig = 1  # linux/prctl.h
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _can_fork(synth: Synth) -> bool:
    """Plugins on Linux, as long as nothing has started a thread, which a fork would lose.

    Starling's own synth needs none of this: it is deterministic and does not crash.
    """
    if not (isinstance(synth, PluginSynth) and sys.platform == "linux"):
        return False
    return len(os.listdir("/proc/self/task")) == 1


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End the process if the work takes longer: a plugin that hangs never returns to Python."""
    if not hasattr(signal, "setitimer"):  # Windows: the sandbox's own time limit has to do
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def signal_name(status: int) -> str:
    """What ended a process, from its wait status: `SIGABRT`, or `exit code 1`."""
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit code {os.waitstatus_to_exitcode(status)}"


def code_of_end(how: str) -> str:
    """The code for what ended a process: SIGKILL is the system's, as when memory runs out."""
    return NO_ROOM if how == "SIGKILL" else PluginError.default_code


_KINDS: tuple[type[StarlingError], ...] = (
    InputError,
    MissingError,
    PluginError,
    CancelledError,
    StarlingError,
)
_ERRORS = {kind.__name__: kind for kind in _KINDS}


def failure(exc: Exception) -> Message:
    """The reply that stands for an exception; `from_failure` reads it."""
    if isinstance(exc, StarlingError):
        kind = next(kind.__name__ for kind in _KINDS if isinstance(exc, kind))
        return Message({"error": {"kind": kind, "code": exc.code, "sentence": str(exc)}})
    sentence = f"the synth's process failed: {type(exc).__name__}: {exc}"
    code = NO_ROOM if isinstance(exc, (OSError, MemoryError)) else PluginError.default_code
    return Message({"error": {"kind": "PluginError", "code": code, "sentence": sentence}})


def from_failure(error: Mapping[str, str]) -> StarlingError:
    """The exception that a failure message stands for."""
    return _ERRORS.get(error["kind"], InputError)(error["sentence"], code=error["code"])


if __name__ == "__main__":
    main()
