"""Where each synth keeps its presets on this machine, by its own custom. Reads no file.

The first of a synth's own folders is where an export goes; it may not be there yet.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from importlib import util
from pathlib import Path

from starling.presets.formats import amsynth, dx7
from starling.presets.formats.table import STARLING

# Beside the rooms: libraries know their presets, and favourites among them, by this path.
FACTORY = Path(__file__).parents[1] / "factory.json"
AMSYNTH_SHARED = ("/usr/share/amsynth/banks", "/usr/local/share/amsynth/banks")
ZYNADDSUBFX_SHARED = ("/usr/share/zynaddsubfx/banks", "/usr/local/share/zynaddsubfx/banks")
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
# The same of plugins that are given by path, by the name of their file.
PLUGIN_PLACES: dict[str, Callable[[], list[Path]]] = {
    "ZynAddSubFX": lambda: [*map(Path, ZYNADDSUBFX_SHARED)],
}


def preset_places(synth: str) -> list[Path]:
    """The folders and files with the presets of a synth by name, or of a plugin by path."""
    place = PLACES.get(synth) or PLUGIN_PLACES.get(Path(synth).stem)
    return place() if place else []


def export_folder(synth: str, key: str) -> Path | None:
    """Where a synth looks for files of a format, or the system's hosts do; None for nowhere."""
    place = _EXPORTS.get((synth, key)) or _HOSTS.get(key)
    return place() if place else None


def vst3_presets(vendor: str, plugin: str) -> Path:
    """The user's folder for presets of a VST3 plugin, by Steinberg's table of locations."""
    bases = {"darwin": "~/Library/Audio/Presets", "win32": "~/Documents/VST3 Presets"}
    base = Path(bases.get(sys.platform, "~/.vst3/presets")).expanduser()
    return base / _folder_name(vendor) / _folder_name(plugin)


def _folder_name(name: str) -> str:
    """A name with what Steinberg forbids in it replaced."""
    return re.sub(r'[\x00-\x1f\\*?/:<>|"]', "_", name).strip(" .") or "_"


def _lv2_bundles() -> Path:
    bases = {"darwin": "~/Library/Audio/Plug-Ins/LV2", "win32": "~/AppData/Roaming/LV2"}
    return Path(bases.get(sys.platform, "~/.lv2")).expanduser()


_EXPORTS: dict[tuple[str, str], Callable[[], Path]] = {
    (amsynth.NAME, "bank"): lambda: _amsynth()[0],
    (dx7.NAME, "syx"): lambda: _dexed()[0],
}
_HOSTS: dict[str, Callable[[], Path]] = {"lv2": _lv2_bundles}
