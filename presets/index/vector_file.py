"""Vectors in a file. Knows no preset and compares nothing.

The file is a 64-byte header (magic, size of a vector, key of the embedder) and rows of float32.
Which row belongs to what is written elsewhere, after the row is on disk, and only unused rows are
written: a crash leaves rows without a reference and never a reference without its row.

Rows are read when they are used, not mapped: the use of a mapped file that someone has cut short
ends the process (SIGBUS), and a read of it is an error. Where most rows are wanted, as by a search
that compares all, they are kept in memory for as long as the file stays as it was.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import MissingError, ParseError

Array = NDArray[np.float32]

MAGIC = b"STARVEC\x01"
HEADER = struct.Struct("<8sI52s")  # 64 bytes
NUMBER_BYTES = 4
MOST_KEPT = 128 * 2**20  # bytes of rows kept in memory: 170,000 of 192 numbers
Stamp = tuple[Path, str, int, int, int]
GAP = 64  # rows between two that are wanted and read along: less work than a read of its own
RUN = 16_384  # rows read at a time at most where they lie apart: 7 MB of 104 numbers


@dataclass(frozen=True, slots=True)
class VectorFile:
    """The file at `path` with vectors of `size` numbers, made by the embedder `key`."""

    path: Path
    key: str
    size: int

    def create(self) -> None:
        """Make an empty file, in place of any other."""
        part = self.path.with_suffix(".part")
        part.write_bytes(self._header)
        part.replace(self.path)

    def made_by(self) -> tuple[str, int]:
        """The key of the embedder that made the file and the size of its vectors.

        Raises ParseError for a file that is no vector file.
        """
        try:
            with open(self.path, "rb") as file:
                magic, size, key = HEADER.unpack(file.read(HEADER.size))
        except (OSError, struct.error) as exc:
            raise ParseError(f"the index cannot be read; {self._mend}") from exc
        if magic != MAGIC:
            raise ParseError(f"the index is not one of this version of Starling; {self._mend}")
        return key.rstrip(b"\0").decode("utf-8", "replace"), size

    def check(self) -> None:
        """Raise ParseError for what is no vector file, MissingError for another embedder's."""
        made_by, size = self.made_by()
        if (made_by, size) != (self.key, self.size):
            raise MissingError(
                f"the index was made by {made_by} ({size} numbers) and cannot be mixed with "
                f"{self.key} ({self.size} numbers); move {self.path} to another place and run "
                "`starling presets scan`"
            )

    @property
    def _mend(self) -> str:
        """What helps: a scan sets aside what is damaged, and hears every preset again."""
        return f"`starling presets scan` sets {self.path} aside and makes it anew"

    def write(self, rows: Sequence[int], vectors: Sequence[Array]) -> None:
        """Put vectors (size,) into rows, and see them onto the disk."""
        with open(self.path, "r+b") as file:
            for row, vector in zip(rows, vectors, strict=True):
                file.seek(HEADER.size + row * self.size * 4)
                file.write(np.ascontiguousarray(vector, "<f4").tobytes())
            file.flush()
            os.fsync(file.fileno())

    def rows(self, count: int) -> VectorRows:
        """The first `count` rows (count, size). Raises ParseError where there are fewer."""
        if count and self.path.stat().st_size < HEADER.size + count * self.size * NUMBER_BYTES:
            raise self._too_short()
        return VectorRows(self, count)

    def read(self, runs: Iterator[tuple[int, int]]) -> Iterator[Array]:
        """Read runs of rows, each from the first up to the one after its last: (rows, size).

        Raises ParseError for a file that was cut short, removed or replaced meanwhile.
        """
        try:
            with open(self.path, "rb", buffering=0) as file:
                if file.read(HEADER.size) != self._header:
                    raise ParseError(f"the index was replaced; {self._mend}")
                for first, end in runs:
                    block = np.empty((end - first, self.size), "<f4")
                    file.seek(HEADER.size + first * self.size * NUMBER_BYTES)
                    if file.readinto(block.data.cast("B")) != block.nbytes:
                        raise self._too_short()
                    yield block
        except OSError as exc:
            raise ParseError(f"the index cannot be read ({exc.strerror}); {self._mend}") from exc

    @property
    def _header(self) -> bytes:
        return HEADER.pack(MAGIC, self.size, self.key.encode())

    def _too_short(self) -> ParseError:
        return ParseError(f"the index is shorter than the library says; {self._mend}")


class KeptRows:
    """The rows of the file that was searched last, with what the file was then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: tuple[Stamp, Array] | None = None

    def of(self, file: VectorFile) -> Array | None:
        """The rows kept of a file, (rows, size); None where it has changed since."""
        held = self._held
        return held[1] if held is not None and held[0] == _stamp(file) else None

    def take(self, rows: VectorRows) -> None:
        """Read and keep the rows of a file, unless they are kept already."""
        stamp, kept = _stamp(rows.file), self.of(rows.file)
        if stamp is None or (kept is not None and len(kept) >= rows.count):
            return
        [block] = rows.file.read(iter([(0, rows.count)]))
        block.flags.writeable = False
        with self._lock:
            self._held = (stamp, block) if stamp == _stamp(rows.file) else None


KEPT = KeptRows()


def _stamp(file: VectorFile) -> Stamp | None:
    """What tells a file from another, and from itself before a change; None where there is none."""
    try:
        found = file.path.stat()
    except OSError:
        return None
    return file.path, file.key, found.st_ino, found.st_mtime_ns, found.st_size


def _is_run(rows: NDArray[np.int64], low: int, high: int) -> bool:
    """Whether rows are all from the lowest to the highest, in order."""
    return high - low + 1 == len(rows) and bool((np.diff(rows) == 1).all())


@dataclass(frozen=True, slots=True)
class VectorRows:
    """The first `count` rows of a file, used as an array (count, size): read each time."""

    file: VectorFile
    count: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, and numbers in each."""
        return self.count, self.file.size

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, rows: NDArray[np.int64] | int, /) -> Array:
        """Rows by number (n,), in any order: (n, size); or one of them: (size,).

        Raises IndexError for rows that are not there, and as `VectorFile.read`.
        """
        if np.ndim(rows) == 0:
            row: Array = self[np.array([rows])][0]
            return row
        rows = np.asarray(rows)
        if not len(rows):
            return np.empty((0, self.file.size), np.float32)
        low, high = int(rows.min()), int(rows.max())
        if low < 0 or high >= self.count:
            raise IndexError(f"rows must be 0..{self.count - 1}, got {low}..{high}")
        kept = KEPT.of(self.file)
        if kept is not None and high < len(kept):
            return kept[low : high + 1] if _is_run(rows, low, high) else kept[rows]
        if _is_run(rows, low, high):
            [block] = self.file.read(iter([(low, high + 1)]))
            return block
        return self._scattered(rows)

    def keep(self) -> None:
        """Keep all rows in memory, if they are few enough, until the file changes."""
        if self.count and self.count * self.file.size * NUMBER_BYTES <= MOST_KEPT:
            KEPT.take(self)

    def _scattered(self, rows: NDArray[np.int64]) -> Array:
        """Rows that lie apart: near ones by one read."""
        found = np.empty((len(rows), self.file.size), np.float32)
        order = np.argsort(rows, kind="stable")
        wanted = rows[order]
        split = (np.diff(wanted) > GAP) | (np.diff(wanted // RUN) > 0)
        begins = np.concatenate([[0], np.flatnonzero(split) + 1])
        ends = np.append(begins[1:], len(wanted))
        runs = zip(wanted[begins].tolist(), (wanted[ends - 1] + 1).tolist(), strict=True)
        for begin, end, block in zip(begins, ends, self.file.read(runs), strict=True):
            found[order[begin:end]] = block[wanted[begin:end] - wanted[begin]]
        return found
