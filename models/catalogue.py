"""The models on this machine, read from their cards alone: cheap, and without torch.

>>> catalogue()["drums"].controls[0].labels[:3]
('By key', 'Kick', 'Snare')
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starling.models import artifact
from starling.models.errors import ParseError

if TYPE_CHECKING:
    from starling.models.generator import Generator

WEIGHTS = Path(__file__).parent / "weights"
ROOT_NOTE = 60  # the key at which a pitch-tracked one-shot sounds as generated
RENDER_VERSION = 1  # raise whenever the same weights, seed and controls give other samples


@dataclass(frozen=True, slots=True)
class Control:
    """One knob: a float in its own range; with `labels`, an index 0..len-1 into them."""

    name: str
    title: str
    minimum: float
    maximum: float
    default: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the engine needs to know of a model before loading it. `path` is the JSON card."""

    name: str
    title: str
    weights_hash: str
    sample_rate: int
    root: int
    controls: tuple[Control, ...]
    path: Path
    render: int = RENDER_VERSION  # of the code that plays the weights


def _control(entry: Any, name: str) -> Control:
    """One control from its JSON object."""
    try:
        control = Control(
            name=str(entry["name"]),
            title=str(entry["title"]),
            minimum=float(entry["minimum"]),
            maximum=float(entry["maximum"]),
            default=float(entry["default"]),
            labels=tuple(str(label) for label in entry.get("labels", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ParseError(f"{name}: a control lacks a field or has one of the wrong type") from error
    if not control.minimum <= control.default <= control.maximum:
        raise ParseError(f"{name}: control {control.name} has a default outside its range")
    return control


def read(path: Path) -> ModelCard:
    """The model card at `path`. Raises MissingError and ParseError."""
    card = artifact.read_card(path)
    return ModelCard(
        name=card["name"],
        title=card["title"],
        weights_hash=card["sha256"],
        sample_rate=card["sample_rate"],
        root=card["root"],
        controls=tuple(_control(entry, path.name) for entry in card["controls"]),
        path=path,
    )


def catalogue(extra: Path | None = None) -> dict[str, ModelCard]:
    """Every readable model by name: those shipped, then those in `extra`, which win by name.

    A broken card in `extra` is left out (`problems` names it); a broken shipped card raises.
    """
    cards = {card.name: card for card in map(read, sorted(WEIGHTS.glob("*.json")))}
    for path in _cards_in(extra):
        try:
            card = read(path)
        except ParseError:
            continue
        cards[card.name] = card
    return cards


def problems(extra: Path | None = None) -> list[str]:
    """A sentence for each card in `extra` that `catalogue` leaves out."""
    sentences = []
    for path in _cards_in(extra):
        try:
            read(path)
        except ParseError as error:
            sentences.append(str(error))
    return sentences


def _cards_in(folder: Path | None) -> list[Path]:
    """The JSON files of a folder that may be absent."""
    return sorted(folder.glob("*.json")) if folder is not None and folder.is_dir() else []


def load_generator(card: ModelCard) -> Generator:
    """Load the network behind a card (imports torch).

    Raises MissingError (weights absent) and ParseError (damaged, or of an unknown kind).
    """
    from starling.models.generator import Generator

    return Generator(card)
