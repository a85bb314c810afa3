"""Real misbehaving plugins, compiled on the spot, amsynth where it is installed, and a library of
made-up presets.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from starling.presets.features.embedders import CLASSICAL
from starling.presets.library import sources, writer
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.sources import NewPreset, SourceFile
from starling.presets.library.tags import name_tags
from starling.presets.library.writer import ScannedPreset
from starling.presets.synths.plugin import find_amsynth

SOURCE = Path(__file__).with_name("bad_plugin.c")
BANKS = Path("/usr/share/amsynth/banks")


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`plugin("SILENT")` is the path of a VST2 plugin that behaves so; compiled once."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("plugins")

    def build(behaviour: str, *flags: str) -> Path:
        path = folder / f"{behaviour.lower()}{''.join(flags).replace('-D', '_').lower()}.so"
        if not path.exists():
            command = [compiler, "-shared", "-fPIC", "-O1", f"-DBEHAVIOUR={behaviour}", *flags]
            keep = "-Wl,-z,nodelete"  # a thread of the plugin must not lose its code
            subprocess.run([*command, keep, str(SOURCE), "-o", str(path), "-lm"], check=True)
        return path

    return build


@pytest.fixture(scope="session")
def amsynth_path() -> Path:
    path = find_amsynth()
    if path is None:
        pytest.skip("amsynth is not installed: apt install amsynth")
    return path


@pytest.fixture
def bank_folder(amsynth_path: Path, tmp_path: Path) -> Path:
    """A folder with one small real bank: amsynth's factory presets, the first eight."""
    text = (BANKS / "amsynth_factory.bank").read_text()
    parts = text.removesuffix("EOF\n").split("<preset>")
    folder = tmp_path / "my banks"
    folder.mkdir()
    small = parts[0] + "".join(f"<preset>{part}" for part in parts[1:9]) + "EOF\n"
    (folder / "small.amSynth.bank").write_text(small)
    return folder


@dataclass(frozen=True, slots=True)
class Shelf:
    """A library and what fills it: presets by name, each with a random vector."""

    library: LibraryDatabase

    @staticmethod
    def new(name: str, bank: str = "Bank", **changes: object) -> NewPreset:
        fields = {"author": "", "tags": name_tags(name), "synth": "amsynth", "values": {"x": 0.5}}
        fields |= {"schema_hash": "s", "fingerprint": name}
        sound = changes.get("fingerprint", name)
        fields |= {} if "problem" in changes else {"content": sound, "sound": sound}
        return NewPreset(name=name, bank=bank, **{**fields, **changes})  # type: ignore[arg-type]

    @staticmethod
    def vector(seed: int) -> np.ndarray:
        return np.random.default_rng(seed).normal(size=CLASSICAL.size).astype(np.float32)

    def put(self, *presets: str | NewPreset, path: str = "a.bank", embed: bool = True) -> None:
        all_new = [self.new(each) if isinstance(each, str) else each for each in presets]
        sources.put_source(self.library, SourceFile(path, "h", 1, 1, "stamp"), all_new)
        sources.forget_detached(self.library)
        if embed:
            waiting = writer.waiting(self.library)
            writer.commit_scanned(
                self.library, [ScannedPreset(p.id, self.vector(p.id)) for p in waiting]
            )

    def names(self, text: str) -> list[str]:
        return [hit.name for hit in self.library.find(text, 50)]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    opened = LibraryDatabase.open(tmp_path / "library", CLASSICAL)
    yield Shelf(opened)
    opened.close()
