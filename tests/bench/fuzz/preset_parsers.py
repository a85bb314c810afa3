"""Parsers of presets, and of what keeps a preset library: rows of the table in `parsers.py`."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from parser_row import CASES, NUMBERS, Parser, file

from starling.models.errors import ParseError, StarlingError
from starling.presets.formats import amsynth, dx7, fxp, syx, vstpreset
from starling.presets.formats.bank import BankPreset
from starling.presets.formats.lv2 import MANIFEST, PLUGINS, bundle_files
from starling.presets.formats.table import FORMATS, read_bank
from starling.presets.formats.vstpreset import VstPreset
from starling.presets.index.vector_file import VectorFile
from starling.presets.library import saved_favourites
from starling.presets.library.database import DATABASE, LibraryDatabase
from starling.presets.library.mending import mend
from starling.presets.scan import exported_files, watched_folders


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


PRESETS: tuple[Parser, ...] = (
    bank(".bank"),
    bank(".fxp", 20),
    bank(".fxb", 20),
    bank(".vstpreset", 20),
    bank(".syx"),
    bank(".xiz", 20),
    bank(".json"),
    bank(".starling-preset"),
    Parser("preset LV2", manifests, bundle, (ParseError,), 1),
)


LIBRARY: tuple[Parser, ...] = (
    Parser("vectors", vectors, file("x.f32", vector_rows), share=15),
    Parser("library", libraries, mended, (StarlingError,), 1),
    Parser("lists beside a library", lists, beside_the_library),
)
