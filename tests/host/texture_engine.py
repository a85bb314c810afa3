"""A `starling engine` whose textures are all a formula: they stream in real time on any machine.

    python texture_engine.py [SPEED]

SPEED is the seconds of sound that it renders a second; without it, as fast as the machine.
Everything but the network is the real engine; see `toy_texture`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "models"))

from toy_texture import RATE, Drone

from starling.engine.cli.main import main
from starling.models.artifacts import card_file
from starling.models.samplernn import generator
from starling.models.samplernn.publish import controls
from starling.models.samplernn.take import KIND

LABELS = ("rain", "bells", "sea", "wind", "fire", "birds")  # albums to mix: four have knobs


def install(folder: Path) -> None:
    """Put the texture's card where a trained model's would be."""
    from torch import zeros

    empty = {"config": {}, "training": {}, "data": {}, "metrics": {}}
    card = {"kind": KIND, "name": "drone", "title": "Drone", "sample_rate": RATE, "root": 60}
    card_file.write(folder, card | {"controls": controls(LABELS)} | empty, {"none": zeros(1)})


if __name__ == "__main__":
    install(Path(os.environ["STARLING_HOME"]) / "data" / "models")
    Drone.factor = float(sys.argv[1]) if len(sys.argv) > 1 else Drone.factor
    generator.Generator = Drone
    sys.argv = ["starling", "engine"]
    main()
