"""The sockets of the wire: UDP on 127.0.0.1, with a port that no other program can bind as well."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"
BUFFER_BYTES = 1 << 20  # room for bursts: prefetching plugins and lists of a hundred hits


def exclusive_socket() -> socket.socket:
    """A socket on a free port of its own.

    Never with SO_REUSEADDR or SO_REUSEPORT: with those another user's program could bind the same
    port and get what is sent to it. Windows lets any program do so unless it is told otherwise.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        made.bind((LOOPBACK, 0))
    except BaseException:
        made.close()
        raise
    return made
