"""The models on this machine, read from their cards alone: cheap, and without torch.

>>> catalogue()["drums"].controls[0].labels[:3]
('By key', 'Kick', 'Snare')
"""

from __future__ import annotations

import importlib
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from starling.models.artifacts import card_file
from starling.models.errors import ParseError, StarlingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = Path(__file__).parents[1] / "weights"
ROOT_NOTE = 60  # the key at which a pitch-tracked one-shot sounds as generated
SAMPLE_RATES = range(8_000, 192_001)  # Hz
NOTES = range(128)
WEIGHTS_HASH = re.compile(r"[0-9a-f]{64}")
MAX_TITLE = 200  # characters
MAX_CONTROLS = 6_500  # bytes of JSON: with the rest of a card they fit into a datagram of 8 KiB
PLAYERS = {  # module of `models` whose `Generator(card)` plays a kind
    "oneshot": "oneshot.generator",
    "additive": "additive.generator",
    "dense_gan": "baselines.generator",
    "spectral_vae": "baselines.generator",
    "samplernn": "samplernn.generator",
}
COMPOSER = "composer"  # the kind that writes notes
KINDS = dict.fromkeys(PLAYERS, True) | dict.fromkeys(
    ("timbre", "families", "proxy", "estimator", "plain_gru", COMPOSER), False
)
TEXTURES = frozenset({"samplernn"})  # kinds whose sound goes on for as long as it is played
RENDER_VERSION = 3  # raise whenever the same weights, seed and controls give other samples
COMPARED = ("frame_lstm", "measure_vae", "event_transformer")  # what composers are compared with
KINDS |= dict.fromkeys(COMPARED, False)


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
    """What the engine needs to know of a model before loading it. `path` is the JSON card.

    `keys` has for each MIDI note the class that it means where the control `kind` is 0, by key.
    """

    name: str
    title: str
    weights_hash: str
    sample_rate: int
    root: int
    controls: tuple[Control, ...]
    path: Path
    render: int = RENDER_VERSION  # of the code that plays the weights
    keys: tuple[int, ...] = ()
    kind: str = "oneshot"
    gain: float = 1.0  # of the recordings that a texture learned from: its primes get it too

    @property
    def makes_sounds(self) -> bool:
        """Whether it can be played. A kind that is not in KINDS is refused when it is loaded."""
        return KINDS.get(self.kind, True)

    @property
    def is_texture(self) -> bool:
        """Whether its sound goes on for as long as it is played; other sounds are one-shots."""
        return self.kind in TEXTURES


class Player(Protocol):
    """A loaded model that makes sounds, of whatever kind: PLAYERS says which module has it."""

    card: ModelCard
    training: dict[str, Any]

    def generate(self, seed: int, controls: dict[str, float]) -> NDArray[np.float32]:
        """A sound (1, frames) at the card's rate, peak 0.9; the same input, the same bytes."""
        ...


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
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ParseError(f"{name}: a control lacks a field or has one of the wrong type") from error
    if not all(map(str.isprintable, (control.name, control.title, *control.labels))):
        raise ParseError(f"{name}: a control's text holds characters that cannot be printed")
    if not all(map(math.isfinite, (control.minimum, control.maximum))):
        raise ParseError(f"{name}: control {control.name} has no finite range")
    if not control.minimum <= control.default <= control.maximum:
        raise ParseError(f"{name}: control {control.name} has a default outside its range")
    return control


def read_controls(entries: Iterable[Any], name: str) -> tuple[Control, ...]:
    """The controls of a card from their JSON objects. Raises ParseError that begins with `name`."""
    found = tuple(_control(entry, name) for entry in entries)
    size = len(json.dumps([asdict(control) for control in found]))
    if size > MAX_CONTROLS:
        raise ParseError(
            f"{name}: the controls take {size} bytes as JSON; at most {MAX_CONTROLS} fit in a "
            "message"
        )
    return found


def read(path: Path) -> ModelCard:
    """The model card at `path`. Raises MissingError and ParseError."""
    card = card_file.read_card(path)
    found = ModelCard(
        name=card["name"],
        title=card["title"],
        weights_hash=card["sha256"],
        sample_rate=card["sample_rate"],
        root=card["root"],
        controls=read_controls(card["controls"], path.name),
        path=path,
        keys=_keys(card.get("keys", []), path.name),
        kind=card["kind"],
        gain=_gain(card["data"].get("gain", 1.0), path.name),
    )
    for problem in _problems(found):
        raise ParseError(f"{path.name}: {problem}")
    return found


def _keys(entry: Any, name: str) -> tuple[int, ...]:
    """The class of each key, from a card that may have none."""
    whole = isinstance(entry, list) and all(type(each) is int for each in entry)
    if not whole or len(entry) not in (0, len(NOTES)):
        raise ParseError(f"{name}: keys must be a class for each of {len(NOTES)} MIDI notes")
    return tuple(entry)


def _gain(entry: Any, name: str) -> float:
    """The gain of a card's recordings."""
    if type(entry) not in (int, float) or not 0 < entry < math.inf:
        raise ParseError(f"{name}: the gain of its data must be a number above 0, got {entry!r}")
    return float(entry)


def _problems(card: ModelCard) -> Iterator[str]:
    """Why a card that could be read cannot be used."""
    if card.sample_rate not in SAMPLE_RATES:
        legal = f"{SAMPLE_RATES.start}..{SAMPLE_RATES.stop - 1}"
        yield f"the sample rate must be {legal} Hz, got {card.sample_rate}"
    if card.root not in NOTES:
        yield f"the root must be a MIDI note 0..127, got {card.root}"
    if not WEIGHTS_HASH.fullmatch(card.weights_hash):
        yield "the weights' hash must be 64 hex digits"
    if not card.title.isprintable() or len(card.title) > MAX_TITLE:
        yield f"the title must be at most {MAX_TITLE} printable characters"
    if card.keys:
        classes = next((len(each.labels) - 1 for each in card.controls if each.name == "kind"), 0)
        if not all(0 <= each < classes for each in card.keys):
            yield f"keys must be classes 0..{classes - 1}, which the control kind lists"
        if not any(each.name == "key" for each in card.controls):
            yield "keys need a control named key"


def catalogue(extra: Path | None = None) -> dict[str, ModelCard]:
    """Every readable model that makes sounds, by name: those shipped, then those in `extra`, which
    win by name.

    A broken card in `extra` is left out (`problems` names it); a broken shipped card raises.
    """
    return _readable(extra, lambda card: card.makes_sounds)


def composers(extra: Path | None = None) -> dict[str, ModelCard]:
    """Every readable model that writes music, by name, as `catalogue` has those of sounds."""
    return _readable(extra, lambda card: card.kind == COMPOSER)


def every(extra: Path | None = None) -> dict[str, ModelCard]:
    """Every readable model of any kind, by name, as `catalogue` has those that make sounds."""
    return _readable(extra, lambda card: True)


def _readable(extra: Path | None, is_wanted: Callable[[ModelCard], bool]) -> dict[str, ModelCard]:
    """The cards that are wanted, by name."""
    cards = [read(path) for path in sorted(WEIGHTS.glob("*.json"))]
    for path in _cards_in(extra):
        with suppress(StarlingError, OSError):  # a folder, a dangling link, another user's file
            cards.append(read(path))
    return {card.name: card for card in cards if is_wanted(card)}


def problems(extra: Path | None = None) -> list[str]:
    """A sentence for each card in `extra` that `catalogue` leaves out."""
    sentences = []
    for path in _cards_in(extra):
        try:
            read(path)
        except StarlingError as error:
            sentences.append(str(error))
        except OSError as error:
            sentences.append(f"{path.name} cannot be read: {error.strerror}")
    return sentences


def _cards_in(folder: Path | None) -> list[Path]:
    """The JSON files of a folder that may be absent."""
    return sorted(folder.glob("*.json")) if folder is not None and folder.is_dir() else []


def load_generator(card: ModelCard) -> Player:
    """Load the network behind a card (imports torch).

    Raises MissingError (weights absent) and ParseError (damaged, of an unknown kind, or trained
    again since the card was read).
    """
    if card.kind not in PLAYERS:
        raise ParseError(f"model {card.name} is of kind {card.kind!r}, which makes no sounds")
    module = importlib.import_module(f"starling.models.{PLAYERS[card.kind]}")
    player: Player = module.Generator(card)
    if read(card.path).weights_hash != card.weights_hash:
        raise ParseError(f"model {card.name} was trained again just now; request the sound again")
    return player
