"""Rankings by hand, baselines in their order, tables that other programs read."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import toy_synth as toy

from starling.models.errors import InputError
from starling.models.proxy import baselines, evaluate, plots, ranking_metrics, report
from starling.models.proxy import encoder as proxy
from starling.models.proxy.data import ProxyData, load


def test_ranks_by_hand() -> None:
    gallery = np.array([[0.0], [1.0], [3.0]], np.float32)
    queries = np.array([[0.9], [1.1], [0.2]], np.float32)
    assert ranking_metrics.ranks(queries, gallery).tolist() == [1, 0, 2]
    assert ranking_metrics.ranks(queries[:1], gallery, np.array([2])).tolist() == [2]
    found = np.array([1, 0, 2])
    assert ranking_metrics.mrr(found) == pytest.approx((1 / 2 + 1 + 1 / 3) / 3)
    assert ranking_metrics.top_mrr(found, 2) == pytest.approx((1 / 2 + 1) / 3)
    assert ranking_metrics.recall(found, 2) == pytest.approx(2 / 3)


def test_equal_predictions_rank_as_chance() -> None:
    gallery = np.random.default_rng(0).standard_normal((101, 4)).astype(np.float32)
    ranks = ranking_metrics.ranks(gallery, np.zeros_like(gallery))
    assert set(ranks) == {50}


def test_chance_is_the_published_one() -> None:
    assert ranking_metrics.chance_mrr(4096) == pytest.approx(0.00217, abs=5e-6)
    assert ranking_metrics.chance_mrr(404) == pytest.approx(0.0163, abs=5e-5)
    assert ranking_metrics.chance_mrr(512) == pytest.approx(0.0133, abs=5e-5)


def test_gap_and_modality() -> None:
    rows = np.random.default_rng(0).standard_normal((300, 6)).astype(np.float32) + 1
    other = np.random.default_rng(1).standard_normal((300, 6)).astype(np.float32) + 1
    assert ranking_metrics.centroid_gap(rows, rows) == 0
    assert ranking_metrics.modality_accuracy(rows, other) == pytest.approx(0.5, abs=0.12)
    moved = other + np.array([4, 0, 0, 0, 0, 0], np.float32)
    assert ranking_metrics.modality_accuracy(rows, moved) > 0.9
    assert ranking_metrics.centroid_gap(rows, moved) > 0.3


def test_bootstrap_holds_the_mean() -> None:
    found = np.random.default_rng(0).integers(20, size=200)
    low, high = ranking_metrics.bootstrap(found)
    assert low < ranking_metrics.mrr(found) < high


def test_a_large_pool_is_resampled_as_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "GALLERY", 30)
    monkeypatch.setattr(evaluate, "ROUNDS", 5)
    rows = np.random.default_rng(0).standard_normal((80, 6)).astype(np.float32)
    noisy = rows + np.random.default_rng(1).standard_normal(rows.shape).astype(np.float32)
    found = evaluate.figures(noisy, rows)
    assert found["gallery"] == 30
    assert found["presets"] == 80
    assert found["mrr_std"] > 0


def test_baselines() -> None:
    known, asked = toy.draw(300, 0), toy.draw(40, 1)
    vectors = toy.SPACE.distances(known) @ np.random.default_rng(0).standard_normal((8, 5))
    wanted = toy.SPACE.distances(asked) @ np.random.default_rng(0).standard_normal((8, 5))
    vectors, wanted = vectors.astype(np.float32), wanted.astype(np.float32)
    given = baselines.linear(toy.SPACE, known, vectors, asked)
    assert np.allclose(given, wanted, atol=0.1)
    again = baselines.nearest(toy.SPACE, known, vectors, known[:7])
    assert np.array_equal(again, vectors[:7])


def fresh(encoder: str, data: ProxyData, seed: int = 0) -> proxy.Proxy:
    torch.manual_seed(seed)
    network = proxy.build(encoder, toy.SPACE, toy.SMALL)
    scaling = proxy.Scaling.fit(data.vectors, "zscore", standardise=True)
    card = proxy.describe(toy.SPACE, encoder, toy.SMALL, "toy/1", toy.NOTES)
    return proxy.Proxy({**card, "training": {"seed": seed}}, toy.SPACE, network, scaling)


@pytest.fixture(scope="module")
def rows(toy_folder: Path, toy_data: ProxyData) -> list[evaluate.ProxyRow]:
    pools = evaluate.ranking_pools(toy_folder, toy_data)
    models = [fresh("starling", toy_data, 0), fresh("starling", toy_data, 1)]
    return evaluate.evaluate([*models, fresh("mlp", toy_data)], pools, toy_data)


def test_every_row_is_there(rows: list[evaluate.ProxyRow]) -> None:
    assert [row.name for row in rows] == [
        "ours", "ours", "MLP-OH", "chance", "nearest parameters", "linear", "oracle: second note",
    ]  # fmt: skip
    by_name = {row.name: row.figures for row in rows}
    assert by_name["nearest parameters"]["mrr"] > 0.9  # it was given the test itself
    assert by_name["ours"]["mrr"] < 0.2  # untrained
    assert by_name["chance"]["back_r10"] == pytest.approx(10 / 400, rel=0.05)


def test_tables(rows: list[evaluate.ProxyRow], tmp_path: Path) -> None:
    paths = report.write(tmp_path, rows)
    assert [path.name for path in paths] == ["table.md", "table.tex", "table.csv"]
    listed = report.lines(rows)
    assert [cells[0] for _, cells in listed][:2] == ["ours", "MLP-OH"]
    assert listed[0][1][3].endswith("(2)")
    text = paths[0].read_text()
    assert "| ours | 0." in text and "toy: synthetic" in text
    assert text.count("|---") == len(report.COLUMNS) + 1
    tex = paths[1].read_text()
    assert tex.count("{") == tex.count("}")
    assert "95 \\%" in tex
    with paths[2].open(newline="") as file:
        read = list(csv.DictReader(file))
    assert [line["seed"] for line in read][:3] == ["0", "1", "0"]
    assert float(read[0]["mrr"]) == rows[0].figures["mrr"]


def test_pictures(
    rows: list[evaluate.ProxyRow], toy_folder: Path, toy_data: ProxyData, tmp_path: Path
) -> None:
    pools = evaluate.ranking_pools(toy_folder, toy_data)
    small = [replace(pool, data=pool.data.rows(np.arange(40))) for pool in pools]
    models = [fresh("starling", toy_data)]  # UMAP would compile for 15 s
    for path in plots.draw(tmp_path, rows, models, small, plots.pca):
        assert path.read_bytes().startswith(b"\x89PNG")


def test_plane_says_what_made_it() -> None:
    points = np.random.default_rng(0).standard_normal((40, 6)).astype(np.float32)
    made, method = plots.pca(points)
    assert made.shape == (40, 2)
    assert method.startswith("PCA")


def test_real_and_synthetic_are_apart_and_alike_are_dropped(tmp_path: Path) -> None:
    values = toy.draw(60, 0)
    values[5] = values[4]
    folder = toy.write_set(tmp_path / "mixed", values, real=30)
    pools = evaluate.ranking_pools(folder, load(folder, toy.EMBEDDING))
    assert [(pool.name, len(pool.data), pool.duplicates) for pool in pools] == [
        ("mixed: real", 29, 1),
        ("mixed: synthetic", 30, 0),
    ]
    few = toy.write_set(tmp_path / "few", toy.draw(5, 0))
    with pytest.raises(InputError, match="fewer than 10 presets"):
        evaluate.ranking_pools(few, load(few, toy.EMBEDDING))


def test_what_does_not_fit_is_refused(toy_folder: Path, toy_data: ProxyData) -> None:
    (pool,) = evaluate.ranking_pools(toy_folder, toy_data)
    model = fresh("starling", toy_data)
    space = replace(toy.SPACE, schema_hash="1" * 64, knobs=toy.KNOBS[1:])
    for data, message in [
        (replace(pool.data, space=space), "missing: level"),
        (replace(pool.data, embedding="other/1"), "predicts the embedder toy/1"),
        (replace(pool.data, notes=((48.0, 100.0, 0.65),)), "trained on the note"),
    ]:
        with pytest.raises(InputError, match=message):
            evaluate.evaluate([model], [replace(pool, data=data)], None)
