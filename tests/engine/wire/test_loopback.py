"""Nobody binds the port of a client or of the engine as well."""

import contextlib
import errno
import socket
import sys

import pytest

from starling.engine.server.engine import Engine
from starling.engine.wire.client import Client
from starling.engine.wire.loopback import LOOPBACK, exclusive_socket

OPTIONS = [(), ("SO_REUSEADDR",), ("SO_REUSEPORT",), ("SO_REUSEADDR", "SO_REUSEPORT")]


def bind(port: int, options: tuple[str, ...]) -> None:
    """Bind a port for a moment, by all means that these options give."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        for name in options:
            with contextlib.suppress(AttributeError):  # Windows has no SO_REUSEPORT
                other.setsockopt(socket.SOL_SOCKET, getattr(socket, name), 1)
        other.bind((LOOPBACK, port))


@pytest.mark.parametrize("options", OPTIONS, ids="+".join)
def test_the_ports_of_client_and_engine_are_theirs_alone(
    client: Client, engine: Engine, options: tuple[str, ...]
) -> None:
    for port in (client._socket.getsockname()[1], engine.runtime.port):
        with pytest.raises(OSError) as caught:
            bind(port, options)
        assert caught.value.errno in (errno.EADDRINUSE, errno.EACCES)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows shows other options")
def test_a_port_that_was_made_reusable_is_not_exclusive() -> None:
    """The test above can fail: this is how JUCE's sockets were."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as shared:
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        shared.bind((LOOPBACK, 0))
        bind(shared.getsockname()[1], ("SO_REUSEADDR",))
    with exclusive_socket() as own:
        assert own.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 0
        assert own.getsockname()[0] == "127.0.0.1"
