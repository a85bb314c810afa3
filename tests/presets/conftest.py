"""Real misbehaving plugins, compiled on the spot, and amsynth where it is installed."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from starling.presets.plugin_synth import find_amsynth

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
