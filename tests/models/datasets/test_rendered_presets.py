"""Data sets come back as written; a damaged or missing shard is named with what mends it."""

import json
from pathlib import Path

import numpy as np
import pytest
import toy_synth as toy

from starling.models.datasets.rendered_presets import RenderedSet
from starling.models.errors import MissingError, ParseError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return toy.write_set(tmp_path / "toy", toy.draw(25, 0), shard=10, real=4)


def test_columns_of_all_shards(folder: Path) -> None:
    rendered = RenderedSet.open(folder)
    assert (rendered.synth, rendered.seconds, rendered.notes) == ("toy", 1.0, toy.NOTES)
    assert [p.name for p in rendered.schema] == [k.name for k in toy.KNOBS]
    assert np.array_equal(rendered.parameters, toy.draw(25, 0))
    assert (rendered.kind == 0).sum() == 4
    assert rendered.level.shape == (25, 2)


def test_log_mels_are_read_where_they_are_wanted(folder: Path) -> None:
    mels, whole = RenderedSet.open(folder).log_mel, toy.sound(toy.draw(25, 0))
    rows = np.array([24, 3, 9, 10, 3])
    assert mels.shape == whole.shape
    assert len(mels) == 25
    assert np.array_equal(mels[:], whole)
    assert np.array_equal(mels[8:12], whole[8:12])
    assert np.array_equal(mels[rows], whole[rows])
    assert np.array_equal(mels[rows, 1], whole[rows, 1])
    assert np.array_equal(mels[:, 0], whole[:, 0])
    assert np.array_equal(mels[-1], whole[-1])
    assert mels[np.array([], int), 0].shape == (0, 64, 51)


def test_damage_is_named(folder: Path) -> None:
    shard = folder / "shard-00001.safetensors"
    data = shard.read_bytes()
    shard.write_bytes(data[:-1] + b"!")
    with pytest.raises(ParseError, match=r"shard-00001.safetensors is damaged.*delete it"):
        RenderedSet.open(folder)
    shard.unlink()
    with pytest.raises(MissingError, match=r"shard-00001\.safetensors is not rendered yet"):
        RenderedSet.open(folder)
    shard.write_bytes(data)
    shard.with_suffix(".json").write_text("{")
    with pytest.raises(ParseError, match=r"shard-00001.json cannot be read"):
        RenderedSet.open(folder)


def test_the_head_is_checked(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="starling dataset render"):
        RenderedSet.open(tmp_path)
    head = json.loads((folder / "dataset.json").read_text())
    for content in ("{", json.dumps({**head, "notes": 3}), "[]"):
        (folder / "dataset.json").write_text(content)
        with pytest.raises(ParseError, match="is damaged"):
            RenderedSet.open(folder)
    (folder / "dataset.json").write_text(json.dumps({**head, "format": 9}))
    with pytest.raises(ParseError, match="format 9"):
        RenderedSet.open(folder)
