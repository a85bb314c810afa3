"""THE table of what reads bytes that others made: a small corpus each, made by our own writers, and
the exceptions that it documents. Anything else is a finding.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

from starling.engine.render.effects import read_effects
from starling.engine.songs import song
from starling.engine.sounds import seal, wav
from starling.engine.sounds.automation import parse_curve
from starling.engine.sounds.control_text import parse_control
from starling.engine.sounds.recipe import Recipe, parse_recipe
from starling.engine.wire import codec, instance_file
from starling.engine.wire.proof import shown_by
from starling.engine.wire.protocol import VERBS, check_request
from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ModelCard, catalogue
from starling.models.datasets import store
from starling.models.dsp.files import sound_file
from starling.models.errors import InputError, MissingError, ParseError, StarlingError
from starling.models.midi import reader
from starling.models.nes.scores import midi as score_midi
from starling.models.nes.scores import nesmdb, pickles
from starling.models.nes.scores.midi_file import parse as parse_midi
from starling.models.nes.scores.score import from_notes
from starling.models.nes.vgm import gd3, vgm
from starling.models.nes.vgm.gd3 import Tags
from starling.models.nes.writes import writes_of
from starling.presets.datasets.sampling_rules import read_rules
from starling.presets.formats import amsynth, dx7, fxp, syx, vstpreset
from starling.presets.formats.bank import BankPreset
from starling.presets.formats.lv2 import MANIFEST, PLUGINS, bundle_files
from starling.presets.formats.table import FORMATS, read_bank
from starling.presets.formats.vstpreset import VstPreset
from starling.presets.index.vector_file import VectorFile
from starling.presets.library import saved_favourites, text_query
from starling.presets.library.database import DATABASE, LibraryDatabase
from starling.presets.library.mending import mend
from starling.presets.sandbox import pipe
from starling.presets.scan import exported_files, watched_folders

Read = Callable[[bytes, Path], object]  # the bytes, and a folder of one's own
Errors = tuple[type[Exception], ...]
CASES = Path(__file__).resolve().parents[2] / "cases"
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
NUMBERS = np.arange(64, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Parser:
    """What reads bytes; `share` is how often it gets its turn, by what an input costs."""

    name: str
    corpus: Callable[[], Sequence[bytes]]
    read: Read
    errors: Errors = (InputError, MissingError)
    share: int = 10


def file(name: str, read: Callable[[Path], object]) -> Read:
    """A reader of files, for bytes."""

    def reading(data: bytes, folder: Path) -> object:
        path = folder / name
        path.write_bytes(data)
        return read(path)

    return reading


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


# -- presets --------------------------------------------------------------------------------------


def banks(*suffixes: str) -> Callable[[], list[bytes]]:
    """The small cases of a kind, and what our own writers make."""

    def found() -> list[bytes]:
        cases = [path for path in (CASES / "presets").iterdir() if path.suffix in suffixes]
        return [path.read_bytes() for path in sorted(cases)] + [
            made for suffix in suffixes for made in MADE.get(suffix, list)()
        ]

    return found


def made_fxp() -> list[bytes]:
    """Plain values, and a chunk."""
    text = amsynth.chunk("Chunk", amsynth.SCHEMA.defaults())
    return [
        fxp.write(fxp.Program(b"Bad!", "Plain", 4, values=(0.0, 0.5, 1.0, 0.25))),
        fxp.write(fxp.Program(b"amsy", "Chunk", 41, chunk=text)),
    ]


def made_fxb() -> list[bytes]:
    """A bank of presets, and one that is a chunk."""
    plain = fxp.Program(b"Bad!", "Plain", 4, values=(0.0, 0.5, 1.0, 0.25))
    return [
        fxp.write_bank([plain, plain]),
        fxp.write_bank_chunk(fxp.Program(b"Bad!", "", 2, chunk=bytes(range(64)))),
    ]


def made_json() -> list[bytes]:
    """What the writers of the formats make of a preset."""
    preset = BankPreset("Odd", {"filter_cutoff": 0.5}, ("pad",), "nobody")
    return [f.write("amsynth", [preset]) for f in FORMATS if f.write and ".json" in f.suffixes]


def made_preset() -> list[bytes]:
    """A single preset."""
    preset = BankPreset("Odd", {"filter_cutoff": 0.5}, ("pad",), "nobody", schema="abc")
    suffix = ".starling-preset"
    return [f.write("amsynth", [preset]) for f in FORMATS if f.write and suffix in f.suffixes]


def made_xiz() -> list[bytes]:
    """A small instrument of ZynAddSubFX, plain and packed."""
    text = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE ZynAddSubFX-data>
<ZynAddSubFX-data version-major="3" version-minor="0" version-revision="6">
<INSTRUMENT><INFO><string name="name">Low &amp; slow</string><string name="author">A
GPL</string><par name="type" value="12"/></INFO>
<INSTRUMENT_KIT><INSTRUMENT_KIT_ITEM id="0"><par_bool name="enabled" value="yes"/>
</INSTRUMENT_KIT_ITEM></INSTRUMENT_KIT></INSTRUMENT></ZynAddSubFX-data>"""
    return [text.encode(), gzip.compress(text.encode(), mtime=0)]


MADE: dict[str, Callable[[], list[bytes]]] = {
    ".bank": lambda: [amsynth.bank_text([("One", {"filter_cutoff": 0.5})]).encode()],
    ".fxp": made_fxp,
    ".fxb": made_fxb,
    ".syx": lambda: [syx.write_voice("VOICE", dx7.SCHEMA.defaults())],
    ".vstpreset": lambda: [vstpreset.write(VstPreset("0" * 32, {"Comp": bytes(40), "Info": b"x"}))],
    ".xiz": made_xiz,
    ".json": made_json,
    ".starling-preset": made_preset,
}


def bank(suffix: str, share: int = 10) -> Parser:
    """A format of the table of presets."""
    read = file(f"x{suffix}", read_bank)
    return Parser(f"preset {suffix}", banks(suffix), read, (ParseError,), share)


def manifests() -> list[bytes]:
    """An LV2 bundle of a preset."""
    [uri] = PLUGINS.values()
    files = bundle_files(uri, BankPreset("Pad", {"filter_cutoff": 0.5}))
    return list(files.values())


def bundle(data: bytes, folder: Path) -> object:
    """A bundle whose two files are the same."""
    (folder / "x.lv2").mkdir(exist_ok=True)
    for name in (MANIFEST, "preset.ttl"):
        (folder / "x.lv2" / name).write_bytes(data)
    return read_bank(folder / "x.lv2" / MANIFEST)


# -- music ----------------------------------------------------------------------------------------


def midis() -> list[bytes]:
    """The cases and the demo's song."""
    cases = [path.read_bytes() for path in sorted((CASES / "midi").iterdir())]
    return [*cases, (EXAMPLES / "demo.mid").read_bytes(), *scores()]


def scores() -> list[bytes]:
    """A song of the chip as MIDI."""
    from starling.models.nes.scores.midi_file import to_bytes

    return [to_bytes(score_midi.to_midi(tune()))]


def tune() -> object:
    """Three states of four voices."""
    notes = np.array([[60, 64, 40, 0], [60, 0, 0, 16], [0, 33, 108, 1]], np.uint8)
    return from_notes(notes, name="tune")


def songs(data: bytes, folder: Path) -> object:
    """A file as a song of parts."""
    return song.song_of(reader.parse(data), "x.mid")


def chip_midi(data: bytes, folder: Path) -> object:
    """A file as a score of the chip."""
    return score_midi.from_midi(parse_midi(data))


def vgms() -> list[bytes]:
    """A few writes, a loop, tags."""
    writes = writes_of([(0, 0x15, 0x0F), (735, 0x00, 0xBF), (751, 0x03, 0)], 70_000)
    return [
        vgm.to_bytes(vgm.Vgm(writes, tags=Tags("title"))),
        vgm.to_bytes(vgm.Vgm(writes, vgm.Loop(1, 700))),
    ]


def npy() -> list[bytes]:
    """An array as it lies in an npz."""
    stream = io.BytesIO()
    np.save(stream, np.array([[60, 64, 40, 0]] * 3, np.uint8))
    return [stream.getvalue()]


def npz(data: bytes, folder: Path) -> object:
    """An npz of scores whose frames are some bytes: its checksums are right."""
    with zipfile.ZipFile(folder / "x.npz", "w") as packed:
        packed.writestr("frames.npy", data)
        for name, array in (
            ("offsets", np.array([0, 3])),
            ("names", np.array(["a"])),
            ("nsamps", np.array([5600])),
        ):
            stream = io.BytesIO()
            np.save(stream, array)
            packed.writestr(f"{name}.npy", stream.getvalue())
    return nesmdb.read_npz(folder / "x.npz")


@cache
def whole_npz() -> tuple[bytes, ...]:
    """A file as it is written."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        nesmdb.write_npz(Path(folder) / "x.npz", [tune()])  # type: ignore[list-item]
        return ((Path(folder) / "x.npz").read_bytes(),)


def pickled() -> list[bytes]:
    """As NES-MDB's own files are; written here, read by our own reader alone."""
    import pickle

    frames = np.zeros((6, 4), np.uint8)
    return [pickle.dumps((24.0, 11_025, frames), protocol) for protocol in (0, 2, 4)]


# -- sounds ---------------------------------------------------------------------------------------


def sounds(form: str, subtype: str | None = None) -> Callable[[], list[bytes]]:
    """A tenth of a second of a kind."""

    def found() -> list[bytes]:
        stream = io.BytesIO()
        tone = 0.5 * np.sin(np.arange(2_205) / 8)
        soundfile.write(stream, np.stack([tone, -tone], 1), 22_050, format=form, subtype=subtype)
        return [stream.getvalue()]

    return found


def heard(path: Path) -> object:
    """What a sound file is, and its samples."""
    sound_file.probe(path)
    return sound_file.read_sound(path, max_seconds=5.0)


def sound(suffix: str, form: str, subtype: str | None = None) -> Parser:
    """A kind of sound file."""
    read = file(f"x{suffix}", heard)
    return Parser(f"sound {suffix}", sounds(form, subtype), read, (ParseError,), 6)


def stored_sounds() -> list[bytes]:
    """A sound of the store, sealed."""
    return [seal.sealed(wav.encode(NUMBERS[None] / 64, 44_100, recipe="{}"), [b""])]


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


# -- the library ----------------------------------------------------------------------------------


def vectors() -> list[bytes]:
    """A file of four vectors."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        made = VectorFile(Path(folder) / "x.f32", "timbre/1", 16)
        made.create()
        made.write(range(4), list(NUMBERS.reshape(4, 16)))
        return [made.path.read_bytes()]


def vector_rows(path: Path) -> object:
    """Whose it is, and its rows."""
    found = VectorFile(path, "timbre/1", 16)
    found.made_by()
    found.check()
    return list(found.read(iter([(0, len(found.rows(4)))])))


def libraries() -> list[bytes]:
    """A library of one preset, as its file is."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        with closing(LibraryDatabase.open(Path(folder))) as library, library.transaction() as db:
            db.execute(
                "INSERT INTO presets (source, name, occurrence, bank, author, tags, synth, "
                "parameters, schema_hash, source_hash, fingerprint) VALUES "
                "('s', 'n', 0, 'b', '', 'pad', 'amsynth', '{\"x\": 0.5}', '', '', 'f')"
            )
        return [(Path(folder) / DATABASE).read_bytes()]


def mended(data: bytes, folder: Path) -> object:
    """A library that is mended by a scan's first step, and then read."""
    home = folder / "library"
    home.mkdir(exist_ok=True)
    for path in home.iterdir():
        path.unlink()
    (home / DATABASE).write_bytes(data)
    with suppress(StarlingError):
        LibraryDatabase.open(home).close()
    mend(home)
    with closing(LibraryDatabase.open(home)) as library:
        return library.count(), library.facets()


def lists() -> list[bytes]:
    """What lies beside a library."""
    return [
        b'{"format": 1, "favourites": [{"content": "abc", "name": "Pad"}]}',
        b'{"format": 1, "folders": ["/a/b"]}',
        b'{"/a/b.fxp": "abc"}',
    ]


def beside_the_library(data: bytes, folder: Path) -> object:
    """Favourites, watched folders, exports."""
    for name in (saved_favourites.FILE, watched_folders.LIST, exported_files.LIST):
        (folder / name).write_bytes(data)
    saved_favourites.saved(folder)
    exported_files.not_ours(folder, [folder / "a.fxp"])
    return watched_folders.watched_folders(folder)


# -- what people type -----------------------------------------------------------------------------


@cache
def drums() -> ModelCard:
    """A card with controls of all kinds."""
    return catalogue()["drums"]


def text(read: Callable[[str], object]) -> Read:
    """A reader of text, for bytes: as a terminal hands them over."""
    return lambda data, folder: read(data.decode("utf-8", "surrogateescape"))


def recipes() -> list[bytes]:
    """A recipe as the wire and WAV files carry it."""
    card = drums()
    controls = tuple(sorted((each.name, float(each.default)) for each in card.controls))
    recipe = Recipe("drums", card.weights_hash, card.render, 7, controls)
    return [recipe.json.encode()]


PARSERS: tuple[Parser, ...] = (
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
    bank(".bank"),
    bank(".fxp", 20),
    bank(".fxb", 20),
    bank(".vstpreset", 20),
    bank(".syx"),
    bank(".xiz", 20),
    bank(".json"),
    bank(".starling-preset"),
    Parser("preset LV2", manifests, bundle, (ParseError,), 1),
    Parser("MIDI song", midis, songs, share=15),
    Parser("MIDI score", scores, chip_midi, share=10),
    Parser("VGM", vgms, lambda data, _: vgm.parse(data), share=20),
    Parser("GD3", lambda: [gd3.to_bytes(Tags("title", "game"))], lambda data, _: gd3.read(data, 0)),
    Parser("scores npz", whole_npz, file("x.npz", nesmdb.read_npz), share=6),
    Parser("scores npy", npy, npz, share=4),
    Parser("scores pickle", pickled, lambda data, _: pickles.load(data), share=10),
    sound(".wav", "WAV"),
    sound(".flac", "FLAC"),
    sound(".aiff", "AIFF"),
    sound(".au", "AU"),
    sound(".caf", "CAF"),
    sound(".ogg", "OGG"),
    sound(".w64", "W64"),
    sound(".mp3", "MP3"),
    Parser(
        "stored sound",
        stored_sounds,
        file("x.wav", lambda path: seal.read(path, [path.with_suffix(".mid")])),
        (ParseError,),
    ),
    Parser("stored sound's header", stored_sounds, file("x.wav", wav.read_header), (ParseError,)),
    Parser("model card", cards, file("x.json", card_file.read_card)),
    Parser("safetensors", tensors, weights, share=15),
    Parser(
        "data set",
        lambda: [b'{"kind": "sounds", "format": 1, "name": "x", "sample_rate": 44100}'],
        data_set,
    ),
    Parser("vectors", vectors, file("x.f32", vector_rows), share=15),
    Parser("library", libraries, mended, (StarlingError,), 1),
    Parser("lists beside a library", lists, beside_the_library),
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
