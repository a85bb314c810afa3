"""JSON as people write it: with a byte order mark or without; a key given twice is a mistake."""

from __future__ import annotations

import json
from typing import Any


def parsed(data: bytes) -> Any:
    """What JSON in UTF-8, UTF-16 or UTF-32 holds.

    Raises ValueError that says where it is none or which key an object has twice, of which Python
    would drop the first; RecursionError for brackets without end.
    """
    return json.loads(data, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} is given twice in one object")
        found[key] = value
    return found
