"""Messages between a sandbox and its worker: a JSON header and raw float32, each with its length.

Never a pickle: a plugin may write anything into its own process, and none of it is executed here.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from io import BufferedIOBase
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import ParseError

LENGTHS = struct.Struct("<II")  # bytes of the header, bytes of the samples
MAX_HEADER = 16 * 2**20  # a chunk of presets is some 100 KB; more is a broken peer
MAX_SAMPLES = 512 * 2**20  # bytes; ten minutes of stereo at 96 kHz are 460 MB
ROOM = 16 * 2**20  # bytes set aside on a length's word alone: a tape has 10 MB

NO_SAMPLES: NDArray[np.float32] = np.zeros((0, 0), np.float32)


@dataclass(frozen=True, slots=True)
class Message:
    """`header` is any JSON object; `samples` a matrix of float32 (rows, columns), maybe empty."""

    header: dict[str, Any]
    samples: NDArray[np.float32] = field(default_factory=lambda: NO_SAMPLES)


def write_message(stream: IO[bytes], message: Message) -> None:
    """Send one message and flush."""
    samples = np.ascontiguousarray(message.samples, dtype="<f4")
    header = json.dumps({**message.header, "shape": samples.shape}).encode()
    stream.write(LENGTHS.pack(len(header), samples.nbytes))
    stream.write(header)
    stream.write(samples.data.cast("B") if samples.size else b"")
    stream.flush()


def read_message(stream: IO[bytes]) -> Message | None:
    """Receive one message; None when the peer has gone.

    Raises ParseError for lengths or headers that no Starling process would send.
    """
    lengths = _read_exactly(stream, LENGTHS.size)
    if lengths is None:
        return None
    header_size, samples_size = LENGTHS.unpack(lengths)
    if header_size > MAX_HEADER or samples_size > MAX_SAMPLES or samples_size % 4:
        raise ParseError(f"a message of {header_size} + {samples_size} bytes came from a sandbox")
    header_bytes = _read_exactly(stream, header_size)
    samples_bytes = _read_exactly(stream, samples_size)
    if header_bytes is None or samples_bytes is None:
        return None
    return _message(header_bytes, samples_bytes)


def _message(header_bytes: bytearray, samples_bytes: bytearray) -> Message:
    try:
        header = json.loads(header_bytes)
        shape = tuple(int(size) for size in header.pop("shape"))
        samples = np.frombuffer(samples_bytes, "<f4").reshape(shape)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as exc:
        raise ParseError(f"a message from a sandbox cannot be read: {exc}") from exc
    return Message(header, samples.astype(np.float32, copy=False))


def _read_exactly(stream: IO[bytes], size: int) -> bytearray | None:
    """`size` bytes, or None when the stream ends before. Copied once, up to ROOM.

    Room beyond ROOM grows with what comes: a stream that ends early costs no more than it sent.
    """
    data, at = bytearray(min(size, ROOM)), 0
    while at < size:
        if at == len(data):
            data.extend(bytes(min(size - at, at)))
        with memoryview(data)[at:] as free:
            count = cast(BufferedIOBase, stream).readinto(free)
        if not count:
            return None
        at += count
    return data
