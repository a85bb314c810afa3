"""A sound is its recipe: what makes it, as canonical JSON, whose hash is the sound's id. Pure.

In: a model, its weights' hash, a seed and controls; a preset and a note; or the JSON that a client
sent. Out: a `Recipe` or `Audition`, with its JSON and id. Next: `generate`, which makes its sound.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from starling.engine.sounds import passage
from starling.engine.sounds.passage import NO_PASSAGE, Passage, is_number, refuse
from starling.engine.wire.protocol import MAX_SEED
from starling.models.errors import InputError
from starling.models.oneshot.latent_point import Point, parse

RECIPE_VERSION = 1
MAX_RECIPE = 6_500  # bytes of JSON: with the rest of a message it fits into a datagram of 8 KiB
FIELDS = {"model": str, "weights": str, "render": int, "seed": int, "controls": dict}
ID_DIGITS = 32  # 128 of SHA-256's bits: a collision among 2^40 sounds has odds of 2^-49
Controls = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A generated sound: `controls` sorted by name, canonical, float32-rounded.

    `render` is the version of the code that plays the weights (`catalogue.RENDER_VERSION`), and
    `player` what plays a texture where the compiled kernel is missing (`take.substitute`): its
    bytes are others. A `point` stands in for the class and for what the seed draws, its noise
    apart. The `passage` says which part of a texture it is.
    """

    model: str
    weights: str
    render: int
    seed: int
    controls: Controls
    point: Point | None = None
    passage: Passage = NO_PASSAGE
    player: str = ""

    @property
    def json(self) -> str:
        """The canonical JSON; equal recipes give equal text on every machine."""
        made_by = {"model": self.model, "weights": self.weights, "render": self.render}
        own = {"seed": self.seed, "controls": dict(self.controls)}
        fields = {**made_by, **own, **self.passage.fields()}
        if self.point is not None:
            fields["point"] = self.point.fields()
        if self.player:
            fields["player"] = self.player
        return _canonical("model", fields)

    @property
    def id(self) -> str:
        """The sound's id: 32 hex digits."""
        return _digest(self.json)


@dataclass(frozen=True, slots=True)
class Audition:
    """A preset played once: `schema` is the hash of the synth's parameters.

    `render` is the hash of the synth's own files and of what plays it (`synths.render_stamp`).
    """

    synth: str
    schema: str
    render: str
    values: Controls
    note: int
    velocity: int
    seconds: float
    sample_rate: int

    @property
    def json(self) -> str:
        """The canonical JSON. Values travel as their hash: a synth may have thousands."""
        values = hashlib.sha256(json.dumps(dict(self.values), sort_keys=True).encode()).hexdigest()
        made_by = {"synth": self.synth, "schema": self.schema, "render": self.render}
        fields = {**made_by, "values": values[:ID_DIGITS]}
        played = {"note": self.note, "velocity": self.velocity, "seconds": self.seconds}
        return _canonical("preset", {**fields, **played, "sample_rate": self.sample_rate})

    @property
    def id(self) -> str:
        """The sound's id: 32 hex digits."""
        return _digest(self.json)


@dataclass(frozen=True, slots=True)
class Take:
    """A preset played as a target was: `audition` with the seconds that its key was held."""

    audition: Audition
    held: float

    @property
    def json(self) -> str:
        """The canonical JSON; the other fields are those of an audition."""
        fields = json.loads(self.audition.json)
        return _canonical("match", {**fields, "held": self.held})

    @property
    def id(self) -> str:
        """The sound's id: 32 hex digits."""
        return _digest(self.json)


@dataclass(frozen=True, slots=True)
class Composition:
    """Music that a composer wrote: `controls` are the model's and the chip's.

    `prompt` is the hash of the prompt's notes, empty for none; `voices` are those that were
    written, `bars` of a `metre` what follows the prompt; `tempo` 0 was not known.
    """

    model: str
    weights: str
    render: int
    seed: int
    controls: Controls
    prompt: str
    voices: tuple[str, ...]
    bars: int
    metre: str
    tempo: float

    @property
    def json(self) -> str:
        """The canonical JSON."""
        return _canonical("composition", {**asdict(self), "controls": dict(self.controls)})

    @property
    def id(self) -> str:
        """The piece's id: 32 hex digits."""
        return _digest(self.json)


def parse_recipe(text: str) -> Recipe:
    """The recipe of a model's sound from its JSON, checked; `Generators.known` goes on.

    Raises InputError (codes `bad_recipe`, `bad_seed`, `bad_point`).
    """
    fields = _read(text)
    kind, version = fields.pop("kind", None), fields.pop("version", None)
    if kind != "model" or version != RECIPE_VERSION:
        refuse(f"must be of kind 'model', version {RECIPE_VERSION}; got {kind!r}, {version!r}")
    point = fields.pop("point", None)
    player = fields.pop("player", "")
    if not isinstance(player, str):
        refuse(f"needs the field player, of type str; got {str(player)[:80]!r}")
    part = passage.parse({name: fields.pop(name) for name in passage.FIELDS if name in fields})
    for name in sorted({*fields, *FIELDS}):
        if name not in FIELDS:
            refuse(f"has an unknown field {name[:80]!r}")
        if type(fields.get(name)) is not FIELDS[name]:
            refuse(f"needs the field {name}, of type {FIELDS[name].__name__}")
    for name, value in fields["controls"].items():
        if not is_number(value):
            refuse(f"has no number for the control {name[:80]!r}")
    check_seed(fields["seed"])
    controls = sorted_controls(fields.pop("controls"))
    where = None if point is None else parse(point)
    return Recipe(**fields, controls=controls, point=where, passage=part, player=player)


def _read(text: str) -> dict[str, Any]:
    """The fields of a recipe, unchecked."""
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_RECIPE:
        refuse(f"may take {MAX_RECIPE} bytes at most; got {size}")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        refuse(f"must be JSON; got {text[:80]!r}", error)
    if not isinstance(fields, dict):
        refuse(f"must be a JSON object; got {text[:80]!r}")
    return fields


def rounded(value: float) -> float:
    """The shortest decimal that reads back as the same float32, so that OSC and CLI agree.

    >>> rounded(0.10000000149011612), rounded(-0.0)
    (0.1, 0.0)
    """
    return float(str(np.float32(value))) + 0.0


def sorted_controls(controls: Mapping[str, float]) -> Controls:
    """Controls in the form that a recipe holds."""
    return tuple((name, rounded(controls[name])) for name in sorted(controls))


def check_seed(seed: int) -> int:
    """The seed, if it is one; raises InputError (code `bad_seed`)."""
    if not 0 <= seed <= MAX_SEED:
        raise InputError(f"seed must be 0..{MAX_SEED}, got {seed}", code="bad_seed")
    return seed


def fresh_seed(variation: int, key: int, step: int) -> int:
    """The seed of a key's round-robin step in Fresh mode; Player.cpp computes the same."""
    return (variation + 1_000_003 * (1 + key) + 7_919 * step) % (MAX_SEED + 1)


def _canonical(kind: str, fields: Mapping[str, object]) -> str:
    held = {**fields, "kind": kind, "version": RECIPE_VERSION}
    return json.dumps(held, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:ID_DIGITS]
