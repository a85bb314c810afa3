"""The kinds of backbones by name; the first, the best an hour of training, is usual. No torch."""

from typing import Literal, get_args

Backbone = Literal["attention", "lstm", "mlp"]
BACKBONES: tuple[Backbone, ...] = get_args(Backbone)
