"""A finished model on disk: `<name>.safetensors` and its JSON card `<name>.json`. No pickles.

The card can be read without torch and says what the weights are, what made them, and what they
were trained on; the weights' hash in the card is checked whenever they are loaded.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from starling.models import json_text
from starling.models.errors import MissingError, ParseError
from starling.models.replacing import replaced

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 1  # raised whenever a reader of the old layout would go wrong
MAX_CARD_BYTES = 1024 * 1024  # a card is some kilobytes
MAX_WEIGHTS_BYTES = 256 * 1024 * 1024  # one-shot models are 4 MB; this stops a stray file
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
REQUIRED: dict[str, type | tuple[type, ...]] = {
    "kind": str,
    "name": str,
    "title": str,
    "weights": str,
    "sha256": str,
    "sample_rate": int,
    "root": int,
    "controls": list,
    "config": dict,
    "training": dict,
    "data": dict,
    "metrics": dict,
}


def sha256(path: Path) -> str:
    """Hexadecimal hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(folder: Path, card: dict[str, Any], tensors: dict[str, Tensor]) -> tuple[Path, Path]:
    """Write weights, then the card that names their hash; each by rename. Returns both paths.

    `card` holds all of REQUIRED but `weights` and `sha256`, which are filled in here.
    """
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    name = card["name"]
    weights = folder / f"{name}.safetensors"
    with replaced(weights) as part:
        save_file({key: value.contiguous() for key, value in tensors.items()}, str(part))
        whole = {"format": FORMAT, **card, "weights": weights.name, "sha256": sha256(part)}
        check_card(whole, name)
    return write_card(folder, whole), weights


def write_card(folder: Path, card: dict[str, Any]) -> Path:
    """Write a checked card by rename (also to add metrics to one that was read)."""
    path = folder / f"{card['name']}.json"
    with replaced(path) as part:
        part.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read_card(path: Path) -> dict[str, Any]:
    """Read and check a card.

    Raises MissingError (no such file) and ParseError (not JSON, too large, unknown format version,
    a field missing or of the wrong type, weights outside the card's own folder).
    """
    if not path.is_file():
        raise MissingError(f"no model card at {path}", code="no_file")
    if path.stat().st_size > MAX_CARD_BYTES:
        raise ParseError(f"{path.name} is larger than any model card ({MAX_CARD_BYTES} bytes)")
    try:
        card = json_text.parsed(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ParseError(f"{path.name} is not JSON: {error}") from error
    check_card(card, path.name)
    return dict(card)


def check_card(card: Any, name: str) -> None:
    """Raise ParseError unless `card` has this format's version and every required field."""
    if not isinstance(card, dict) or "format" not in card:
        raise ParseError(f"{name} is not a model card of Starling (no format version)")
    if card["format"] != FORMAT:
        raise ParseError(
            f"{name} has card format {card['format']!r}; this Starling reads format {FORMAT}"
        )
    for field, kind in REQUIRED.items():
        value = card.get(field)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ParseError(f"{name}: field {field!r} is missing or not {kind}")
    if not NAME.fullmatch(card["name"]):
        raise ParseError(f"{name}: the model's name may hold a-z, 0-9, - and _ only")
    if Path(card["weights"]).name != card["weights"] or not card["weights"]:
        raise ParseError(f"{name}: the weights must lie beside the card")


def read_weights(card: dict[str, Any], folder: Path) -> dict[str, Tensor]:
    """Read the tensors that a card names, as stored.

    Raises MissingError (absent) and ParseError (too large, hash differs, not safetensors).
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    content = _content(card, folder)
    try:
        return dict(load(content))
    except SafetensorError as error:
        raise ParseError(f"{card['weights']} is not a safetensors file") from error


def read_arrays(card: dict[str, Any], folder: Path) -> dict[str, NDArray[Any]]:
    """As `read_weights`, as numpy arrays and without torch. Half precision becomes single."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    content = _content(card, folder)
    try:
        return {
            name: value.astype(np.float32) if value.dtype == np.float16 else value
            for name, value in load(content).items()
        }
    except (SafetensorError, KeyError) as error:  # KeyError: a type that numpy does not know
        raise ParseError(f"{card['weights']} is not a safetensors file for numpy") from error


def _content(card: dict[str, Any], folder: Path) -> bytes:
    """The bytes of the weights, which are those that the card was written for."""
    path = folder / str(card["weights"])
    if not path.is_file():
        raise MissingError(f"the weights {path.name} of model {card['name']} are not in {folder}")
    if path.stat().st_size > MAX_WEIGHTS_BYTES:
        raise ParseError(f"{path.name} is larger than {MAX_WEIGHTS_BYTES} bytes")
    content: bytes = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        raise ParseError(f"{path.name} is damaged or not the file its card names (hash differs)")
    return content
