"""Ticks to seconds."""

import pytest

from starling.models.midi.tempo import smpte, tempo_map


def test_changes_add_up() -> None:
    tempos = tempo_map(480, [(960, 250_000), (1440, 1_000_000)])
    assert [tempos.seconds(tick) for tick in (0, 960, 1440, 1920)] == [0.0, 1.0, 1.25, 2.25]


@pytest.mark.parametrize(
    ("frames", "ticks", "seconds"), [(24, 24, 1), (25, 25, 1), (29, 30_000, 1001), (30, 30, 1)]
)
def test_smpte_29_drops_frames(frames: int, ticks: int, seconds: int) -> None:
    assert smpte((-frames << 8) | 1) == (ticks, seconds)


def test_an_hour_of_drop_frames_is_an_hour() -> None:
    tempos = tempo_map((-29 << 8) | 100, [])
    assert tempos.seconds(107_892 * 100) == pytest.approx(3600, abs=0.004)  # frames an hour
    assert tempos.seconds(2997) == pytest.approx(0.999999)
