"""The fits of a run on disk, by what was fitted: an interrupted run goes on with the rest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.additive.fit import Fit
from starling.models.dsp.signal import Array
from starling.models.errors import InputError, MissingError, ParseError
from starling.models.replacing import replaced

FITS = "fits.safetensors"
FORMAT = 1  # raised whenever a reader of the old layout would go wrong
MAX_BYTES = 256 * 1024 * 1024  # a vector takes 2 kB


def key_of(sound: Array) -> str:
    """The name under which a sound's fit is kept: a hash of its samples."""
    return hashlib.sha256(np.ascontiguousarray(sound, np.float32).tobytes()).hexdigest()


@dataclass(slots=True)
class KeptFits:
    """Fits by key, and the seconds that they took."""

    identity: dict[str, Any]  # what a resumed run must agree with
    elapsed: float = 0.0
    fits: dict[str, Fit] = field(default_factory=dict)

    def header(self) -> str:
        """The identity as the file has it."""
        return json.dumps({"format": FORMAT, **self.identity})

    def forget_first_guesses(self) -> None:
        """Drop the fits that no descent improved: there may be time for one now."""
        self.fits = {key: fit for key, fit in self.fits.items() if fit.mss < fit.initial_mss}

    def save(self, path: Path) -> None:
        """Write beside `path` and rename: an interruption keeps the old file."""
        from safetensors.numpy import save_file

        keys = sorted(self.fits)
        found = [self.fits[key] for key in keys]
        arrays = {
            "vectors": np.stack([each.vector for each in found]),
            "mss": np.array([(each.initial_mss, each.mss) for each in found], np.float32),
            "elapsed": np.array([self.elapsed]),
        }
        about = {"run": self.header(), "keys": json.dumps(keys)}
        with replaced(path) as part:
            save_file(arrays, str(part), metadata=about)

    def restore(self, path: Path) -> None:
        """Read what `save` wrote. Raises MissingError, ParseError and InputError (another run)."""
        header, keys, arrays = _read(path)
        if header != self.header():
            raise InputError(
                f"the fits in {path.name} were made with another seed, number of steps or version",
                code="bad_resume",
            )
        rows = zip(keys, arrays["vectors"], arrays["mss"], strict=True)
        self.fits = {key: Fit(vector, float(a), float(b)) for key, vector, (a, b) in rows}
        self.elapsed = float(arrays["elapsed"][0])


def _read(path: Path) -> tuple[str, list[str], dict[str, NDArray[np.float32]]]:
    """Header, keys and arrays of a file of fits. Raises MissingError and ParseError."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise MissingError(f"no fits at {path}; train without --resume first", code="no_file")
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"{path.name} is larger than any file of fits ({MAX_BYTES} bytes)")
    try:
        with safe_open(str(path), framework="np") as file:
            about = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in ("vectors", "mss", "elapsed")}
            keys = [str(key) for key in json.loads(about["keys"])]
            if len(keys) != len(arrays["vectors"]) or arrays["mss"].shape != (len(keys), 2):
                raise ValueError("sizes differ")
            return about["run"], keys, arrays
    except (SafetensorError, KeyError, ValueError, TypeError, RecursionError) as error:
        raise ParseError(f"{path.name} is not a file of fits of Starling") from error
