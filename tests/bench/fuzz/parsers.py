"""THE table of what reads bytes that others made: a small corpus each, made by our own writers, and
the exceptions that it documents. Anything else is a finding.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
from functools import cache
from pathlib import Path

import numpy as np
from music_parsers import MUSIC, SOUNDS
from parser_row import EXAMPLES, NUMBERS, Parser, file, text
from preset_parsers import LIBRARY, PRESETS

from starling.engine.render.effects import read_effects
from starling.engine.sounds.automation import parse_curve
from starling.engine.sounds.control_text import parse_control
from starling.engine.sounds.recipe import Recipe, parse_recipe
from starling.engine.wire import codec, instance_file
from starling.engine.wire.proof import shown_by
from starling.engine.wire.protocol import VERBS, check_request
from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ModelCard, catalogue
from starling.models.datasets import store
from starling.models.errors import InputError
from starling.presets.datasets.sampling_rules import read_rules
from starling.presets.formats import dx7
from starling.presets.library import text_query
from starling.presets.sandbox import pipe

# -- the wire -------------------------------------------------------------------------------------


SECRET = "0123456789abcdef" * 2  # as long as a session's


def datagrams() -> list[bytes]:
    """A request of each verb, replies, a bundle."""
    values = {"i": 1, "f": 0.5, "s": "drums", "b": b"1234"}
    found = [
        codec.encode_request(
            verb.name, 7, *(values[field.type] for field in verb.takes), secret=SECRET
        )
        for verb in VERBS
    ]
    found.append(codec.encode_fail(1, "ping", "internal", "a sentence"))
    parts = b"".join(struct.pack(">i", len(each)) + each for each in found[:3])
    return [*found, codec.BUNDLE + bytes(8) + parts]


def request(data: bytes, folder: Path) -> object:
    """A datagram to its requests."""
    shown_by(data)
    return [check_request(address, values) for address, values in codec.decode(data)]


def messages() -> list[bytes]:
    """What a sandbox says."""
    stream = io.BytesIO()
    pipe.write_message(stream, pipe.Message({"op": "render", "note": 60}, NUMBERS.reshape(2, 32)))
    return [stream.getvalue()]


def runtime_files() -> list[bytes]:
    """engine.json."""
    return [b'{"port": 41118, "pid": 20641, "token": "0123", "version": "0.1.0", "protocol": 1}']


# -- models and data sets -------------------------------------------------------------------------


def cards() -> list[bytes]:
    """The shipped models' cards, in short."""
    short = []
    for card in catalogue().values():
        content = json.loads(card.path.read_bytes())
        kept = {key: value for key, value in content.items() if len(json.dumps(value)) < 800}
        short.append(json.dumps(kept).encode())
    return short


def tensors() -> list[bytes]:
    """Two tensors."""
    from safetensors.numpy import save

    return [save({"a": NUMBERS, "b": NUMBERS.reshape(8, 8).astype(np.float16)})]


def weights(data: bytes, folder: Path) -> object:
    """Weights whose card has their hash, so that they are read."""
    (folder / "x.safetensors").write_bytes(data)
    card = {"weights": "x.safetensors", "sha256": hashlib.sha256(data).hexdigest()}
    return card_file.read_arrays(card, folder)


def data_set(data: bytes, folder: Path) -> object:
    """What a data set says of itself."""
    (folder / "set").mkdir(exist_ok=True)
    (folder / "set" / "dataset.json").write_bytes(data)
    return store.read(folder / "set")


# -- what people type -----------------------------------------------------------------------------


@cache
def drums() -> ModelCard:
    """A card with controls of all kinds."""
    return catalogue()["drums"]


def recipes() -> list[bytes]:
    """A recipe as the wire and WAV files carry it."""
    card = drums()
    controls = tuple(sorted((each.name, float(each.default)) for each in card.controls))
    recipe = Recipe("drums", card.weights_hash, card.render, 7, controls)
    return [recipe.json.encode()]


WIRE: tuple[Parser, ...] = (
    Parser("OSC datagram", datagrams, request, (InputError,), 40),
    Parser(
        "sandbox message", messages, lambda data, _: pipe.read_message(io.BytesIO(data)), share=30
    ),
    Parser(
        "engine.json",
        runtime_files,
        lambda data, folder: file(instance_file.FILE, lambda path: instance_file.read(path.parent))(
            data, folder
        ),
    ),
)


MODELS: tuple[Parser, ...] = (
    Parser("model card", cards, file("x.json", card_file.read_card)),
    Parser("safetensors", tensors, weights, share=15),
    Parser(
        "data set",
        lambda: [b'{"kind": "sounds", "format": 1, "name": "x", "sample_rate": 44100}'],
        data_set,
    ),
)


TYPED: tuple[Parser, ...] = (
    Parser(
        "effects", lambda: [(EXAMPLES / "chain.json").read_bytes()], file("x.json", read_effects)
    ),
    Parser(
        "sampling rules",
        lambda: [
            b'{"parameters": {"algorithm": {"weights": [1, 2]}, "feedback": {"interval": [0, 3]}}}',
            b'{"parameters": {"lfo_speed": 3}}',
        ],
        file("x.json", lambda path: read_rules(path, dx7.SCHEMA)),
    ),
    Parser("recipe", recipes, text(parse_recipe), share=20),
    Parser(
        "filter",
        lambda: [b'pad -dark "warm pad" tag:pad synth:amsynth is:favourite author:x'],
        text(text_query.parsed),
        share=20,
    ),
    Parser(
        "control",
        lambda: [b"kind=snare", b"key=36.5", b"bright=0"],
        text(lambda typed: parse_control(drums(), typed)),
        share=20,
    ),
    Parser(
        "curve",
        lambda: [b"bright=0:0,1.5:1,2:0.25"],
        text(lambda typed: parse_curve(drums(), typed)),
        share=20,
    ),
)


PARSERS: tuple[Parser, ...] = (
    *WIRE,
    *PRESETS,
    *MUSIC,
    *SOUNDS,
    *MODELS,
    *LIBRARY,
    *TYPED,
)
