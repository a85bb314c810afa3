"""Fit additive vectors to a folder of sounds: what is fitted is kept, an interrupted run goes on.

Only the training split is fitted, so that held-out recordings stay unseen. The prior over the
vectors is `additive_prior`, the artifact is written by `publish_additive`.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from starling.models.additive import fit as fit_additive
from starling.models.additive.fit import Fit
from starling.models.additive.synthesizer import Config
from starling.models.datasets.training_set import SoundSet
from starling.models.dsp.signal import Array
from starling.models.errors import InputError, MissingError, ParseError

FITS = "fits.safetensors"
FORMAT = 1  # raised whenever a reader of the old layout would go wrong
MAX_BYTES = 256 * 1024 * 1024  # a vector takes 2 kB


@dataclass(frozen=True, slots=True)
class Settings:
    """One run: `minutes` for all sounds together (0: no limit), `steps` at most for each."""

    minutes: float = 0.0
    steps: int = 80
    seed: int = 0
    threads: int = 0  # 0 leaves torch's choice
    batch_seconds: float = 8.0  # of sound in a batch, after which the fits are saved


@dataclass(frozen=True, slots=True)
class Result:
    """The fits of the training sounds, by their place in the set; what an interruption left out."""

    config: Config
    fits: dict[int, Fit]
    elapsed: float
    interrupted: bool

    def mean_mss(self) -> tuple[float, float]:
        """Mean distance in dB before and after the descent."""
        pairs = [(each.initial_mss, each.mss) for each in self.fits.values()]
        first, last = np.mean(pairs, axis=0) if pairs else (0.0, 0.0)
        return float(first), float(last)


Report = Callable[[float, str], None]


def key_of(sound: Array) -> str:
    """The name under which a sound's fit is kept: a hash of its samples."""
    return hashlib.sha256(np.ascontiguousarray(sound, np.float32).tobytes()).hexdigest()


@dataclass(slots=True)
class _Kept:
    """Fits by key, and the seconds that they took."""

    config: Config
    settings: Settings
    elapsed: float = 0.0
    fits: dict[str, Fit] = field(default_factory=dict)

    def header(self) -> str:
        """What a resumed run must agree with."""
        run = {name: getattr(self.settings, name) for name in ("seed", "steps", "batch_seconds")}
        return json.dumps({"format": FORMAT, "config": asdict(self.config), **run})

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
        part = path.with_suffix(".part")
        save_file(arrays, str(part), metadata={"run": self.header(), "keys": json.dumps(keys)})
        os.replace(part, path)

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
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise ParseError(f"{path.name} is not a file of fits of Starling") from error


def train(
    sounds: SoundSet,
    config: Config,
    settings: Settings,
    out: Path,
    *,
    resume: bool = False,
    report: Report = lambda fraction, text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Result:
    """Fit every training sound, the file of fits saved into `out` after each batch.

    Where minutes run out, the remaining sounds keep their first guess. KeyboardInterrupt and
    `cancelled` end the run between batches, all that is finished saved. Raises InputError where
    `out` holds another run, and as `fit_additive.fit`.
    """
    path = out / FITS
    if not resume and path.exists():
        raise InputError(
            f"{out} holds a run already: --resume goes on with it, --out names another folder",
            code="bad_out",
        )
    kept = _Kept(config, settings)
    if resume:
        kept.restore(path)
    out.mkdir(parents=True, exist_ok=True)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    keys = {int(row): key_of(sounds.sounds[row].signal) for row in np.nonzero(~sounds.held_out)[0]}
    interrupted = False
    try:
        interrupted = not _fit_all(sounds, keys, kept, path, report, cancelled)
    except KeyboardInterrupt:
        interrupted = True
    done = {row: kept.fits[key] for row, key in keys.items() if key in kept.fits}
    return Result(config, done, kept.elapsed, interrupted)


def _fit_all(
    sounds: SoundSet,
    keys: dict[int, str],
    kept: _Kept,
    path: Path,
    report: Report,
    cancelled: Callable[[], bool],
) -> bool:
    """Batch after batch of what has no fit yet; whether it came to the end."""
    rows = [row for row, key in keys.items() if key not in kept.fits]
    signals = [sounds.sounds[row].signal for row in rows]
    run = kept.settings
    each = fit_additive.Settings(run.steps, batch_seconds=run.batch_seconds, seed=run.seed)
    left = float(sum(map(len, signals)))
    done, start = len(keys) - len(rows), time.monotonic() - kept.elapsed
    for batch in fit_additive.batches([len(signal) for signal in signals], kept.config, each):
        if cancelled():
            return False
        chosen = [signals[index] for index in batch]
        size = float(sum(map(len, chosen)))
        seconds = _allowed(kept, start, size / left) / len(chosen)
        base, part = done / len(keys), len(chosen) / len(keys)

        def tell(fraction: float, text: str, base: float = base, part: float = part) -> None:
            report(base + part * fraction, text)

        fits = fit_additive.fit(chosen, kept.config, replace(each, seconds=seconds), report=tell)
        kept.fits |= {keys[rows[index]]: fit for index, fit in zip(batch, fits, strict=True)}
        kept.elapsed = time.monotonic() - start
        kept.save(path)
        left, done = left - size, done + len(chosen)
        report(done / len(keys), f"{done} of {len(keys)} sounds")
    return True


def _allowed(kept: _Kept, start: float, share: float) -> float:
    """Seconds for a batch that has `share` of the sound left to fit; 0 without a limit."""
    if not kept.settings.minutes:
        return 0.0
    left = 60 * kept.settings.minutes - (time.monotonic() - start)
    return max(left * share, 1e-3)
