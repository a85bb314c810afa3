"""Figures of textures as tables and pictures."""

import json
from pathlib import Path

import numpy as np
import pytest

from starling.models.evaluation.textures import report as texture_report
from starling.models.evaluation.textures.figures import judge
from starling.models.evaluation.textures.report import Row

RATE = 8_000


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    chance = np.random.default_rng(0)
    real, made = (chance.standard_normal(n * RATE).astype(np.float32) / 9 for n in (12, 6))
    return [Row(name, real, made, RATE, judge(real, made, RATE)) for name in ("rain", "sea")]


def test_the_table(rows: list[Row]) -> None:
    text = texture_report.markdown(rows)
    lines = text.splitlines()
    assert lines[0] == "|  | rain | rain: source | sea | sea: source |"
    assert lines[1] == "| --- | --- | --- | --- | --- |"
    made, halves, ends = (
        f"{side['mel_mean_db']:.1f}"
        for side in (rows[0].judged.made, rows[0].judged.halves, rows[0].judged.ends)
    )
    assert lines[2] == f"| log-mel: mean, dB {f'| {made} | {halves} / {ends} ' * 2}|"
    assert "Fréchet" not in text.split("\n\n")[0]  # there was no embedding
    assert text.endswith("are copied.\n")


def test_every_figure_has_a_line(rows: list[Row]) -> None:
    shown = {name for name, _, _ in texture_report.LINES}
    assert set(rows[0].judged.made) - shown == {"silent_share_source"}


def test_json(rows: list[Row]) -> None:
    found = json.loads(json.dumps(texture_report.to_json(rows)))
    assert set(found) == {"rain", "sea"} and set(found["sea"]) == {"made", "halves", "ends"}
    assert found["sea"]["made"]["level_db"] == pytest.approx(0.0, abs=0.3)


def test_spectrograms_side_by_side(rows: list[Row], tmp_path: Path) -> None:
    from matplotlib.image import imread

    path = texture_report.draw(tmp_path / "a.png", rows)
    picture = imread(path)
    assert picture.shape[0] == 360 and picture.shape[1] == 880
    assert picture[..., :3].std() > 0.1
