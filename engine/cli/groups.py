"""`starling train` and `starling evaluate`: the two groups, and what each holds."""

from __future__ import annotations

import click

from starling.engine.cli.evaluate.embedders import evaluate_embedders
from starling.engine.cli.evaluate.estimator import evaluate_estimator
from starling.engine.cli.evaluate.oneshot import evaluate_oneshot
from starling.engine.cli.evaluate.proxy import evaluate_proxy
from starling.engine.cli.train.additive import train_additive
from starling.engine.cli.train.baseline import train_baseline
from starling.engine.cli.train.estimator import train_estimator
from starling.engine.cli.train.oneshot import train_oneshot
from starling.engine.cli.train.proxy import train_proxy
from starling.engine.cli.train.timbre import train_timbre


@click.group()
def train() -> None:
    """Train a model on your own sounds."""


@click.group()
def evaluate() -> None:
    """Measure a trained model against real sounds."""


train.add_command(train_oneshot)
train.add_command(train_additive)
train.add_command(train_baseline)
train.add_command(train_proxy)
train.add_command(train_estimator)
evaluate.add_command(evaluate_oneshot)
evaluate.add_command(evaluate_proxy)
evaluate.add_command(evaluate_estimator)


train.add_command(train_timbre)
evaluate.add_command(evaluate_embedders)
