"""The floor of a note's way: a datagram to another process and back, then a WAV file read.

The server is a Python process that sends back what it gets and does nothing else; the client sends
a file's path and reads the file that the reply names. As a script it is the server.
"""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import soundfile

HOST = "127.0.0.1"
LARGEST = 8_192  # bytes of a datagram, as in Starling's protocol
TIMEOUT_S = 10.0
LANGUAGE = "python"  # of client and server; the plugin's end of ours is C++


class Echo:
    """A client of a running echo server."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(TIMEOUT_S)
        self._socket.connect((HOST, port))

    def fetch_ms(self, path: Path) -> float:
        """Milliseconds until the file that the reply names is in memory as float32."""
        began = time.perf_counter()
        self._socket.send(str(path).encode())
        named = self._socket.recv(LARGEST).decode()
        soundfile.read(named, dtype="float32")
        return 1000 * (time.perf_counter() - began)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


@contextmanager
def echo_server() -> Iterator[Echo]:
    """Run an echo server in a process of its own; yields a client of it."""
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        echo = Echo(int(process.stdout.readline()))
        try:
            yield echo
        finally:
            echo.close()
            process.terminate()


class EchoBeside:
    """Echoes at a steady pace in a thread, while something else is measured. Use as a context.

    So both have the same pauses between two notes, and the same other work on the machine.
    """

    def __init__(self, folder: Path, every_s: float) -> None:
        self.times: list[float] = []  # milliseconds
        self._folder = folder  # whose WAV files are read; those that lie there already
        self._every_s = every_s
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> EchoBeside:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        with echo_server() as echo:
            for turn in itertools.count():
                if self._end.wait(self._every_s):
                    return
                if files := sorted(self._folder.rglob("*.wav")):
                    self.times.append(echo.fetch_ms(files[turn % len(files)]))


def times_ms(files: Sequence[Path], count: int) -> list[float]:
    """So many fetches one after the other, of the files in turn."""
    with echo_server() as echo:
        return [echo.fetch_ms(files[turn % len(files)]) for turn in range(count)]


def serve() -> None:
    """Send everything back, for ever; the port is the first line printed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((HOST, 0))
        print(server.getsockname()[1], flush=True)
        while True:
            server.sendto(*server.recvfrom(LARGEST))


if __name__ == "__main__":
    serve()
