"""What the composer may put between its rows and its heads: networks over steps."""

from typing import Literal, get_args

Backbone = Literal["attention", "lstm", "mlp"]  # the best an hour of training first
BACKBONES: tuple[Backbone, ...] = get_args(Backbone)
