"""Where Starling keeps its files. `$STARLING_HOME` moves all of it into one folder."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP = "starling"


@dataclass(frozen=True, slots=True)
class Folders:
    """Absolute paths; `run` holds engine.json, `config` launch.json, `store` the sounds."""

    data: Path
    config: Path
    logs: Path
    run: Path

    @property
    def store(self) -> Path:
        """The content-addressed sound store."""
        return self.data / "sounds"

    @property
    def streams(self) -> Path:
        """Textures that are played, in files that grow; nothing here outlives an engine."""
        return self.store / "streams"

    @property
    def inbox(self) -> Path:
        """Where clients put the WAV files that they name on the wire."""
        return self.data / "inbox"

    @property
    def library(self) -> Path:
        """The preset library: SQLite file and vectors."""
        return self.data / "library"

    @property
    def exports(self) -> Path:
        """Where exported presets go."""
        return self.data / "exports"

    @property
    def sounds(self) -> Path:
        """The data sets of sounds, a folder each."""
        return self.data / "datasets"

    @property
    def choices(self) -> Path:
        """Which data set is the default, and where preset sets were rendered to."""
        return self.data / "datasets.json"

    @property
    def models(self) -> Path:
        """The user's own models: a .safetensors and a .json card each."""
        return self.data / "models"


def folders() -> Folders:
    """The folders of this user; the plugin finds `run` and `config` by the same rule."""
    home = os.environ.get("STARLING_HOME")
    if home:
        root = Path(home).expanduser().resolve()
        return Folders(root / "data", root / "config", root / "logs", root / "run")
    dirs = platformdirs.PlatformDirs(APP, appauthor=False)
    return Folders(
        Path(dirs.user_data_dir), Path(dirs.user_config_dir), Path(dirs.user_log_dir), _run_dir()
    )


def _run_dir() -> Path:
    """Short-lived files; a plain rule, since the plugin must find the same folder in C++."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if sys.platform == "linux" and runtime:
        return Path(runtime) / APP
    return Path(platformdirs.user_cache_dir(APP, appauthor=False)) / "run"
