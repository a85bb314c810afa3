"""`starling train` and `starling evaluate`: the two groups, and what each holds."""

from __future__ import annotations

import click

from starling.engine.cli.error_group import ErrorGroup
from starling.engine.cli.evaluate.embedders import evaluate_embedders
from starling.engine.cli.evaluate.estimator import evaluate_estimator
from starling.engine.cli.evaluate.nes import evaluate_nes
from starling.engine.cli.evaluate.oneshot import evaluate_oneshot
from starling.engine.cli.evaluate.proxy import evaluate_proxy
from starling.engine.cli.evaluate.samplernn import evaluate_samplernn
from starling.engine.cli.train.additive import train_additive
from starling.engine.cli.train.baseline import train_baseline
from starling.engine.cli.train.composer_baseline import train_composer_baseline
from starling.engine.cli.train.estimator import train_estimator
from starling.engine.cli.train.families import train_families
from starling.engine.cli.train.nes import train_nes
from starling.engine.cli.train.oneshot import train_oneshot
from starling.engine.cli.train.proxy import train_proxy
from starling.engine.cli.train.samplernn import train_samplernn
from starling.engine.cli.train.timbre import train_timbre

TRAINERS = (
    train_oneshot,
    train_additive,
    train_baseline,
    train_proxy,
    train_estimator,
    train_timbre,
    train_families,
    train_samplernn,
    train_nes,
    train_composer_baseline,
)
EVALUATIONS = (
    evaluate_oneshot,
    evaluate_samplernn,
    evaluate_proxy,
    evaluate_estimator,
    evaluate_embedders,
    evaluate_nes,
)


@click.group(cls=ErrorGroup)
def train() -> None:
    """Train a model on your own sounds."""


@click.group(cls=ErrorGroup)
def evaluate() -> None:
    """Measure a trained model against real sounds."""


for trainer in TRAINERS:
    train.add_command(trainer)
for evaluation in EVALUATIONS:
    evaluate.add_command(evaluation)
