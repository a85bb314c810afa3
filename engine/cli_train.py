"""`starling train` and `starling evaluate`: the command line of models/train and its judges."""

from __future__ import annotations

import click

from starling.engine.cli_evaluate_embedders import evaluate_embedders
from starling.engine.cli_evaluate_estimator import evaluate_estimator
from starling.engine.cli_evaluate_oneshot import evaluate_oneshot
from starling.engine.cli_evaluate_proxy import evaluate_proxy
from starling.engine.cli_train_additive import train_additive
from starling.engine.cli_train_baseline import train_baseline
from starling.engine.cli_train_estimator import train_estimator
from starling.engine.cli_train_oneshot import train_oneshot
from starling.engine.cli_train_proxy import train_proxy
from starling.engine.cli_train_timbre import train_timbre


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
