"""Streams with a real thread and real files; the model behind them is a formula."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from steps import Clock, Start
from toy_texture import Drone, drone_card

from starling.engine.sounds.generate import Generators
from starling.engine.textures.streams import Streams
from starling.models.artifacts.catalogue import ModelCard


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def new_streams(tmp_path: Path, clock: Clock) -> Iterator[Start]:
    started: list[Streams] = []

    def start(load: Callable[[ModelCard], object] = Drone) -> Streams:
        generators = Generators({"drone": drone_card()}, load)  # type: ignore[arg-type]
        started.append(Streams(tmp_path / "streams", generators, clock))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def streams(new_streams: Start) -> Streams:
    return new_streams()
