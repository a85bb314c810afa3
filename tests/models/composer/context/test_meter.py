"""Places in a bar."""

import numpy as np
import pytest

from starling.models.composer.context import layout
from starling.models.composer.context.layout import PLACE
from starling.models.composer.context.meter import Meter
from starling.models.errors import InputError


@pytest.mark.parametrize("tempo", [57.0, 120.0, 133.7, 360.0])
@pytest.mark.parametrize("beats", [3, 4])
def test_a_bar_later_the_place_is_the_same(tempo: float, beats: int) -> None:
    meter = Meter(tempo, beats, start=2.0)
    columns = meter.columns(np.arange(500))
    sizes = [column.size for column in layout.GROUPS["meter"]]
    assert (columns.max(axis=0) < sizes).all() and columns.min() > 0
    assert columns[:, 1].max() <= beats * 48 and meter.columns(np.array([2]))[0, 1] == 1
    assert PLACE["meter"].stop == layout.WIDTH


def test_a_waltz_at_sixty_has_bars_of_three_seconds() -> None:
    columns = Meter(60.0, 3).columns(np.array([0, 71, 72, 144]))
    assert columns.tolist() == [[240, 1], [240, 143], [240, 1], [240, 1]]


def test_mistakes_are_named() -> None:
    with pytest.raises(InputError, match=r"tempo must be 57\.\.360 beats a minute, got 20"):
        Meter(20.0)
    with pytest.raises(InputError, match=r"a bar must have 1\.\.4 beats, got 7"):
        Meter(120.0, 7)
