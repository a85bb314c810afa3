"""A process for synths: started, spoken to, waited for with a limit, ended, cleaned up after.

Sandboxes and the offline renderer share it. What its synths write goes into a folder that this
side owns, so that nothing is left behind by a process that was killed.
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
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from starling.models.errors import CancelledError, ParseError, PluginError, StarlingError
from starling.presets.sandbox.niceness import creation_flags, give_way
from starling.presets.sandbox.pipe import Message, read_message, write_message
from starling.presets.sandbox.worker import (
    HUNG,
    NO_ROOM,
    PRIVATE_VARIABLE,
    code_of_end,
    from_failure,
)
from starling.presets.synths.plugin import CACHE_VARIABLE

SINGLE_THREADED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")  # without one no plugin opens a window
TEMPORARY = ("TMPDIR", "TEMP", "TMP")  # for files that live as long as a note
PRIVATE_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME")
KEEPS_NO_FILES = {"amsynth", "amsynth_vst"}  # would leave settings behind, and read the user's
PIPE_BYTES = 1024 * 1024  # Linux's limit for everybody; 64 KiB take a switch of processes each
MEMORY = "/dev/shm"  # for the files of these, since a scan writes thousands


class WorkerProcess:
    """`python -m` with these arguments, and both ends of its pipe. `title` names it in sentences.

    A thread reads, so that waiting can end. Raises PluginError when the machine has no room for it.
    `niceness` holds from the process's first moment: half of a short scan is the start of these.
    """

    def __init__(
        self,
        title: str,
        arguments: Sequence[str],
        *,
        synth: str = "",
        cache: Path | None = None,
        niceness: int = 0,
    ) -> None:
        self.rendered = 0
        self._interrupted = False
        self._title = title
        try:
            self._start(arguments, synth, cache, niceness)
        except OSError as exc:
            raise PluginError(f"{title} cannot be started: {exc}", code=NO_ROOM) from exc
        self._replies: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name=f"sandbox {title}", daemon=True)
        self._reader.start()

    def _start(
        self, arguments: Sequence[str], synth: str, cache: Path | None, niceness: int
    ) -> None:
        with contextlib.ExitStack() as held:
            self._stderr = held.enter_context(tempfile.TemporaryFile())
            private = held.enter_context(private_folder(synth))
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env=_environment(synth, Path(private), cache),
                creationflags=creation_flags(niceness),
            )
            with contextlib.suppress(ProcessLookupError):  # it has ended, which the pipe will say
                give_way(niceness, self._child.pid)
            self._held = held.pop_all()
        for stream in (self._child.stdin, self._child.stdout):
            _widen(stream)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._child.poll() is None

    def send(self, request: Message) -> None:
        """Write a request. Raises PluginError when the process has died."""
        assert self._child.stdin is not None
        try:
            write_message(self._child.stdin, request)
        except OSError as exc:
            raise self._died() from exc

    def receive(self, timeout_s: float) -> Message:
        """The next reply. Raises what the worker raised, or PluginError; then it is dead."""
        try:
            reply = self._replies.get(timeout=timeout_s)
        except queue.Empty:
            self.kill()
            sentence = f"{self._title} hung: no sound after {timeout_s:g} s"
            raise PluginError(sentence, code=HUNG) from None
        if reply is None:
            raise self._died()
        self.rendered += 1
        if "error" in reply.header:
            raise from_failure(reply.header["error"])
        return reply

    def interrupt(self) -> None:
        """End the process from any thread; who waits for a reply cleans up."""
        self._interrupted = True
        self._child.kill()

    def kill(self) -> None:
        """End the process and give everything back."""
        if self.alive:
            self._child.kill()
        self._child.wait()
        self._reader.join()
        for stream in (self._child.stdin, self._child.stdout):
            _close(stream)
        self._held.close()

    def _died(self) -> StarlingError:
        code = self._child.wait()
        line = self._last_line()
        self.kill()
        if self._interrupted:
            return CancelledError(f"{self._title} was interrupted")
        if code == -getattr(signal, "SIGALRM", 0):
            return PluginError(f"{self._title} hung and was ended", code=HUNG)
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return PluginError(f"{self._title} crashed ({how}){line}", code=code_of_end(how))

    def _last_line(self) -> str:
        """The last line that the plugin wrote, which names a failed assertion."""
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - 500))
        lines = self._stderr.read().decode("utf-8", "replace").strip().splitlines()
        return f": {lines[-1].strip()[:200]}" if lines else ""

    def _read(self) -> None:
        assert self._child.stdout is not None
        with contextlib.suppress(ParseError, OSError, ValueError):  # each ends the conversation
            while (message := read_message(self._child.stdout)) is not None:
                self._replies.put(message)
        self._replies.put(None)


def _widen(stream: IO[bytes] | None) -> None:
    """Let a pipe hold more, where that is possible (Linux) and the user's share not used up."""
    if stream and sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _close(stream: IO[bytes] | None) -> None:
    if stream:
        with contextlib.suppress(OSError):  # a pipe whose other end died cannot be flushed
            stream.close()


def private_folder(synth: str) -> tempfile.TemporaryDirectory[str]:
    """A new folder for what a synth's process writes; in memory where that is little."""
    small = keeps_no_files(synth) and os.access(MEMORY, os.W_OK)
    return tempfile.TemporaryDirectory(
        prefix="starling-", dir=MEMORY if small else None, ignore_cleanup_errors=True
    )


def keeps_no_files(synth: str) -> bool:
    """Whether a synth, by name or path, must not see the user's settings."""
    return Path(synth).stem in KEEPS_NO_FILES


def _environment(synth: str, private: Path, cache: Path | None) -> dict[str, str]:
    environment = {k: v for k, v in os.environ.items() if k not in DISPLAYS}
    environment |= dict.fromkeys(SINGLE_THREADED, "1")
    environment |= dict.fromkeys((*TEMPORARY, PRIVATE_VARIABLE), str(private))
    if keeps_no_files(synth):
        environment |= dict.fromkeys(PRIVATE_FOLDERS, str(private))
    if cache:
        environment[CACHE_VARIABLE] = str(cache)
    return environment
