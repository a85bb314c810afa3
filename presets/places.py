"""Where each synth keeps its presets on this machine, by its own custom. Reads no file.

The first of a synth's own folders is where an export goes; it may not be there yet.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import util
from pathlib import Path

from starling.presets import amsynth, dx7
from starling.presets.formats import STARLING

FACTORY = Path(__file__).with_name("factory.json")
AMSYNTH_SHARED = ("/usr/share/amsynth/banks", "/usr/local/share/amsynth/banks")
DX7_EXAMPLES = ("faustlibraries", "dx7presets")  # within DawDreamer: one cartridge of brass
DEXED_CARTRIDGES = ("DigitalSuburban", "Dexed", "Cartridges")


def user_data() -> Path:
    """The folder in which programs of this platform keep what belongs to the user."""
    if sys.platform == "darwin":
        return Path("~/Library/Application Support").expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or "~/AppData/Roaming").expanduser()
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()


def _starling() -> list[Path]:
    return [FACTORY]


def _amsynth() -> list[Path]:
    return [user_data() / "amsynth" / "banks", *map(Path, AMSYNTH_SHARED)]


def _dexed() -> list[Path]:
    host = util.find_spec("dawdreamer")  # found, not loaded
    example = [Path(host.origin).parent.joinpath(*DX7_EXAMPLES)] if host and host.origin else []
    return [user_data().joinpath(*DEXED_CARTRIDGES), *example]


# Folders and files with the presets that come with each synth that Starling knows, or are added.
PLACES: dict[str, Callable[[], list[Path]]] = {
    STARLING: _starling,
    amsynth.NAME: _amsynth,
    dx7.NAME: _dexed,
}
