"""Hyper-parameter search for the preset encoders with Optuna (extra `eval`).

As published: quasi-random trials first, then multivariate grouped TPE, maximising validation MRR
on a short budget; a trial whose loss is no number counts as failed.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from starling.models.errors import InputError, MissingError
from starling.models.proxy import train
from starling.models.proxy.data import ProxyData
from starling.models.proxy.encoder import OURS
from starling.models.proxy.network import Config
from starling.models.proxy.settings import Settings

RANDOM_SHARE = 0.6  # of the trials; published: 128 of 203
DIVERGED = 0.75  # published: a training loss above it, on unit-scale targets
BEST = "search.json"


def search(
    encoder: str,
    data: ProxyData,
    valid: ProxyData,
    config: Config,
    settings: Settings,
    out: Path,
    trials: int,
    report: Callable[[float, str], None] = lambda fraction, text: None,
) -> tuple[Config, Settings]:
    """Try `trials` settings for the budget of `settings` each; the best, also in OUT/search.json.

    Raises MissingError without Optuna, InputError where every trial failed.
    """
    try:
        import optuna
    except ImportError as error:
        raise MissingError(
            "the search needs Optuna: pip install -e '.[eval]'", code="missing_extra"
        ) from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize")
    first = max(1, round(RANDOM_SHARE * trials))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # both samplers
        samplers = {
            "quasi-random": optuna.samplers.QMCSampler(seed=settings.seed, scramble=True),
            "TPE": optuna.samplers.TPESampler(
                seed=settings.seed, multivariate=True, group=True, n_startup_trials=first
            ),
        }

    def objective(trial: Any) -> float:
        report(trial.number / trials, f"trial {trial.number + 1} of {trials}")
        shape, tried = suggest(trial, encoder, config, settings)
        folder = out / f"trial-{trial.number:03d}"
        figures = train.train(encoder, data, valid, shape, tried, folder).figures
        if not math.isfinite(figures["l1"]) or (encoder != OURS and figures["l1"] > DIVERGED):
            raise optuna.TrialPruned
        return float(figures["valid_mrr"])

    for name, count in (("quasi-random", first), ("TPE", trials - first)):
        study.sampler = samplers[name]
        if count:
            study.optimize(objective, n_trials=count)
    complete = [trial for trial in study.trials if trial.value is not None]
    if not complete:
        raise InputError("every trial diverged; try a smaller --rate or more steps")
    best = study.best_trial
    held = {"encoder": encoder, "trials": trials, "valid_mrr": best.value, **best.params}
    (out / BEST).write_text(json.dumps(held, indent=2) + "\n", encoding="utf-8")
    return suggest(optuna.trial.FixedTrial(best.params), encoder, config, settings)


def suggest(
    trial: Any, encoder: str, config: Config, settings: Settings
) -> tuple[Config, Settings]:
    """The space that is searched: the optimiser for all, and for ours the sizes too."""
    middle = settings.rate
    tried = replace(
        settings,
        rate=trial.suggest_float("rate", middle / 8, middle * 8, log=True),
        betas=(
            trial.suggest_float("beta1", 0.75, 0.95),
            trial.suggest_float("beta2", 0.94, 0.999),
        ),
    )
    if encoder != OURS:
        return config, replace(tried, eps=trial.suggest_float("eps", 1e-10, 1e-5, log=True))
    tried = replace(
        tried,
        decay=trial.suggest_float("decay", 1e-3, 0.5, log=True),
        contrast=trial.suggest_float("contrast", 0.02, 2.0, log=True),
    )
    shape = replace(
        config,
        token=trial.suggest_categorical("token", [8, 16, 32]),
        width=trial.suggest_categorical("width", [256, 512, 1024]),
        layers=trial.suggest_int("layers", 1, 6),
        bins=trial.suggest_categorical("bins", [6, 12, 24]),
        dropout=trial.suggest_float("dropout", 0.0, 0.4),
        numeric=trial.suggest_categorical("numeric", ["piecewise", "periodic"]),
    )
    return shape, tried
