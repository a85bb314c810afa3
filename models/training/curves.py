"""What a run writes for people: a line of its log at each checkpoint, curves for TensorBoard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from starling.models.training.device import missing_extra

LOG = "log.jsonl"
CURVES = "tensorboard"


def log(out: Path, step: int, elapsed: float, figures: Mapping[str, float]) -> None:
    """Append one line to the run's log."""
    line = {"step": step, "elapsed": round(elapsed, 1), **figures}
    with (out / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


@contextmanager
def board(out: Path, writes: bool = True) -> Iterator[Callable[[int, Mapping[str, float]], None]]:
    """TensorBoard's curves in OUT/tensorboard; of several processes only one `writes`.

    Raises MissingError where TensorBoard is not installed.
    """
    if not writes:
        yield lambda step, figures: None
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise missing_extra("TensorBoard") from error

    with SummaryWriter(str(out / CURVES)) as curves:

        def write(step: int, figures: Mapping[str, float]) -> None:
            for name, value in figures.items():
                curves.add_scalar(name.replace("_", "/", 1), value, step)

        yield write
