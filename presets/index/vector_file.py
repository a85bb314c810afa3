"""Vectors in a memory-mapped file. Knows no preset and compares nothing.

The file is a 64-byte header (magic, size of a vector, key of the embedder) and rows of float32.
Which row belongs to what is written elsewhere, after the row is on disk, and only unused rows are
written: a crash leaves rows without a reference and never a reference without its row.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import MissingError, ParseError

Array = NDArray[np.float32]

MAGIC = b"STARVEC\x01"
HEADER = struct.Struct("<8sI52s")  # 64 bytes: rows stay aligned for the memory map


@dataclass(frozen=True, slots=True)
class VectorFile:
    """The file at `path` with vectors of `size` numbers, made by the embedder `key`."""

    path: Path
    key: str
    size: int

    def create(self) -> None:
        """Make an empty file, in place of any other."""
        part = self.path.with_suffix(".part")
        part.write_bytes(HEADER.pack(MAGIC, self.size, self.key.encode()))
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
                f"{self.key} ({self.size} numbers); {self._mend}"
            )

    @property
    def _mend(self) -> str:
        """What helps: the library makes a missing index again, and a scan fills it."""
        return f"delete {self.path} and run `starling presets scan`"

    def write(self, rows: Sequence[int], vectors: Sequence[Array]) -> None:
        """Put vectors (size,) into rows, and see them onto the disk."""
        with open(self.path, "r+b") as file:
            for row, vector in zip(rows, vectors, strict=True):
                file.seek(HEADER.size + row * self.size * 4)
                file.write(np.ascontiguousarray(vector, "<f4").tobytes())
            file.flush()
            os.fsync(file.fileno())

    def rows(self, count: int) -> Array:
        """The first `count` rows (count, size), mapped: nothing is read until it is used."""
        if not count:
            return np.zeros((0, self.size), np.float32)
        if self.path.stat().st_size < HEADER.size + count * self.size * 4:
            raise ParseError(f"the index is shorter than the library says; {self._mend}")
        return np.memmap(self.path, "<f4", "r", HEADER.size, (count, self.size))
