"""Where plugins lie on this machine, and what identifies one. Loads none of them."""

from __future__ import annotations

import hashlib
import os
import sys
from functools import lru_cache
from pathlib import Path

from starling.models.errors import InputError, MissingError

SUFFIXES = {".so", ".vst", ".dll", ".vst3", ".component"}

# Per platform: folders in which VST2, VST3 and AU plugins are installed by custom.
FOLDERS: dict[str, tuple[str, ...]] = {
    "linux": (
        "~/.vst",
        "~/.vst3",
        "/usr/local/lib/vst",
        "/usr/local/lib/vst3",
        "/usr/lib/vst",
        "/usr/lib/vst3",
        "/usr/lib/x86_64-linux-gnu/vst",
        "/usr/lib/aarch64-linux-gnu/vst",
    ),
    "darwin": (
        "~/Library/Audio/Plug-Ins/VST",
        "~/Library/Audio/Plug-Ins/VST3",
        "~/Library/Audio/Plug-Ins/Components",
        "/Library/Audio/Plug-Ins/VST",
        "/Library/Audio/Plug-Ins/VST3",
        "/Library/Audio/Plug-Ins/Components",
    ),
    "win32": (
        r"C:\Program Files\VSTPlugins",
        r"C:\Program Files\Steinberg\VSTPlugins",
        r"C:\Program Files\Common Files\VST3",
    ),
}


def plugin_folders() -> list[Path]:
    """The folders to look in, the user's own (`$VST_PATH`, `$VST3_PATH`) first."""
    own = [os.environ.get(name, "").split(os.pathsep) for name in ("VST_PATH", "VST3_PATH")]
    listed = [folder for folders in own for folder in folders if folder]
    listed += FOLDERS.get(sys.platform, ())
    return [path for name in listed if (path := Path(name).expanduser()).is_dir()]


def find_plugin(*file_names: str) -> Path | None:
    """The first installed plugin with one of these file names."""
    for folder in plugin_folders():
        for name in file_names:
            if (folder / name).exists():
                return folder / name
    return None


def plugin_path(identifier: str) -> Path:
    """The file of a plugin given by path or by file name.

    Raises InputError for something that is no plugin file, MissingError when it is not there.
    """
    path = Path(identifier).expanduser()
    if path.suffix.lower() not in SUFFIXES:
        known = ", ".join(sorted(SUFFIXES))
        raise InputError(f"{identifier!r} is no synth that Starling knows and no plugin ({known})")
    found = path.resolve() if path.exists() else find_plugin(path.name)
    if found is None:
        raise MissingError(f"no plugin at {identifier}; install it or give its absolute path")
    return found


def is_plugin(path: Path) -> bool:
    """Whether a plugin lies there, by its suffix."""
    return path.suffix.lower() in SUFFIXES and path.exists()


def file_hash(path: Path) -> str:
    """SHA-256 (hex) of a plugin file; of all files of a bundle, by name."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return _hash(tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in files))


@lru_cache(maxsize=64)  # a plugin may be 100 MB; its time stamps show when to read it again
def _hash(files: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, _, size in files:
        digest.update(f"{Path(name).name}:{size}:".encode("utf-8", "surrogateescape"))
        with open(name, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
