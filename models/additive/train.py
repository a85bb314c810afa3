"""Fit additive vectors to a folder of sounds: what is fitted is kept, an interrupted run goes on.

Only the training split is fitted, so that held-out recordings stay unseen. There is no network:
the prior over the vectors is `prior`, the artifact is written by `publish`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from starling.models.additive import fit as fit_additive
from starling.models.additive.fit import Fit
from starling.models.additive.kept_fits import FITS, KeptFits, key_of
from starling.models.additive.synthesizer import Config
from starling.models.datasets.training_set import SoundSet
from starling.models.training import curves
from starling.models.training.budget import Budget, Clock
from starling.models.training.learning import Learning
from starling.models.training.result import Result
from starling.models.training.session import QUIET, Session, check_folder

LEAST_STEPS = 10  # of a descent that must come nearer to the sounds


@dataclass(frozen=True, slots=True)
class Settings:
    """One run: `minutes` for all sounds together (0: no limit), `steps` at most for each."""

    minutes: float = 0.0  # of the whole command
    steps: int = 80
    seed: int = 0
    threads: int = 0  # 0 leaves torch's choice
    batch_seconds: float = 8.0  # of sound in a batch, after which the fits are saved


@dataclass(frozen=True, slots=True)
class Fitted:
    """The fits of the training sounds, by their place in the set; what an interruption left out."""

    config: Config
    fits: dict[int, Fit]

    def mean_mss(self) -> tuple[float, float]:
        """Mean distance in dB before and after the descent."""
        pairs = [(each.initial_mss, each.mss) for each in self.fits.values()]
        first, last = np.mean(pairs, axis=0) if pairs else (0.0, 0.0)
        return float(first), float(last)


def train(
    sounds: SoundSet,
    config: Config,
    settings: Settings,
    out: Path,
    session: Session = QUIET,
) -> Result[Fitted]:
    """Fit every training sound, the file of fits saved into `out` after each batch.

    Where minutes run out, the remaining sounds keep their first guess, which a resumed run with
    more minutes improves. KeyboardInterrupt and `cancelled` end the run between batches, all that
    is finished saved; a report counts sounds, not steps. Raises InputError where `out` holds
    another run, and as `fit.fit`.
    """
    check_folder(out, resume=session.resume, state=FITS)
    same = {name: getattr(settings, name) for name in ("seed", "steps", "batch_seconds")}
    kept = KeptFits({"config": asdict(config), **same})
    if session.resume:
        kept.restore(out / FITS)
    out.mkdir(parents=True, exist_ok=True)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    work = _Work(sounds, config, settings, kept, out, session)
    try:
        interrupted = not work.fit_all()
    except KeyboardInterrupt:
        interrupted = True
    fitted = Fitted(config, work.fits())
    figures = dict(zip(("mss_initial_db", "mss_db"), fitted.mean_mss(), strict=True))
    step = len(fitted.fits)
    learning = _learning(settings, figures) if step else None
    return Result(fitted, step, kept.elapsed, figures, interrupted, learning)


def _learning(settings: Settings, figures: dict[str, float]) -> Learning | None:
    """Whether the descent came nearer to the sounds than the first guesses."""
    if settings.steps < LEAST_STEPS:
        return None
    return Learning("distance from its sounds in dB", figures["mss_initial_db"], figures["mss_db"])


class _Work:
    """The sounds that are to be fitted, and the time there is for it."""

    def __init__(
        self,
        sounds: SoundSet,
        config: Config,
        settings: Settings,
        kept: KeptFits,
        out: Path,
        session: Session,
    ) -> None:
        self.config, self.settings, self.kept = config, settings, kept
        self.out, self.session = out, session
        rows = np.nonzero(~sounds.held_out)[0].tolist()
        self.signals = {row: sounds.sounds[row].signal for row in rows}
        self.keys = {row: key_of(signal) for row, signal in self.signals.items()}
        began = session.began or time.monotonic()
        self.clock = Clock(Budget(settings.minutes, began=began))
        self.clock.before = kept.elapsed
        if settings.minutes and self.clock.left() > 0:
            kept.forget_first_guesses()

    def fits(self) -> dict[int, Fit]:
        """Those that there are, by the sound's place in the set."""
        found = self.kept.fits
        return {row: found[key] for row, key in self.keys.items() if key in found}

    def fit_all(self) -> bool:
        """Batch after batch of what has no fit yet; whether it came to the end."""
        kept, count, start = self.kept, len(self.keys), time.monotonic() - self.kept.elapsed
        left = float(sum(len(self.signals[row]) for row in self._waiting()))
        for rows in self._batches():
            if self.session.cancelled():
                return False
            size = float(sum(len(self.signals[row]) for row in rows))
            kept.fits |= self._fit(rows, size / left)
            kept.elapsed = time.monotonic() - start
            with self.clock.timed("save"):
                kept.save(self.out / FITS)
            left, done = left - size, len(self.fits())
            initial, last = Fitted(self.config, self.fits()).mean_mss()
            curves.log(self.out, done, kept.elapsed, {"mss_initial_db": initial, "mss_db": last})
            self.session.report(done / count, done, {"sounds": count})
        return True

    def _waiting(self) -> list[int]:
        """The sounds that have no fit."""
        return [row for row, key in self.keys.items() if key not in self.kept.fits]

    def _settings(self) -> fit_additive.Settings:
        """Those of each fit, without a limit in time."""
        run = self.settings
        return fit_additive.Settings(run.steps, batch_seconds=run.batch_seconds, seed=run.seed)

    def _batches(self) -> Iterator[list[int]]:
        """Sounds of like length together."""
        rows = self._waiting()
        lengths = [len(self.signals[row]) for row in rows]
        for batch in fit_additive.batches(lengths, self.config, self._settings()):
            yield [rows[index] for index in batch]

    def _fit(self, rows: list[int], share: float) -> dict[str, Fit]:
        """The fits of a batch that has `share` of the sound left to fit, by key."""
        count, done = len(self.keys), len(self.fits())

        def report(fraction: float, distance: float) -> None:
            figures = {"sounds": count, "distance": distance}
            self.session.report((done + len(rows) * fraction) / count, done, figures)

        allowed, began = self._allowed(share), time.monotonic()
        each = replace(self._settings(), seconds=allowed / len(rows))
        signals = [self.signals[row] for row in rows]
        fits = fit_additive.fit(signals, self.config, each, report=report)
        if allowed:  # comparing first guess and fit comes after the time of a fit
            self.clock.expect("check", max(0.0, time.monotonic() - began - allowed))
        return {self.keys[row]: fit for row, fit in zip(rows, fits, strict=True)}

    def _allowed(self, share: float) -> float:
        """Seconds for a batch; 0 without a limit."""
        if not self.settings.minutes:
            return 0.0
        return max((self.clock.left() - self.clock.reserve()) * share, 1e-3)
