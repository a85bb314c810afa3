"""Handlers take the typed request of their verb, and nothing else."""

import ast
from pathlib import Path

import pytest

from starling.engine.server.handlers import HANDLERS, TABLE
from starling.engine.wire.requests import PingRequest, QuitRequest

ENGINE = Path(__file__).resolve().parents[3] / "engine"
EDGES = [path for room in ("wire", "server") for path in sorted((ENGINE / room).glob("*.py"))]


def test_no_verb_is_served_twice() -> None:
    assert len(HANDLERS) == len(TABLE)


def test_a_request_of_another_verb_is_refused() -> None:
    with pytest.raises(AssertionError, match="ping got QuitRequest"):
        HANDLERS["ping"].now(None, QuitRequest(1), ("127.0.0.1", 1))  # type: ignore[arg-type]
    assert PingRequest.verb == "ping"


@pytest.mark.parametrize("path", EDGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_types_of_the_edges_need_no_casts(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    assert "cast" not in names
