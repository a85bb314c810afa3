"""What the composer may put between its rows and its heads: networks over steps."""

from typing import Literal, get_args

Backbone = Literal["lstm", "attention", "mlp"]
BACKBONES: tuple[Backbone, ...] = get_args(Backbone)
