"""Datasets as encoders see them: embedded once, kept, joined, held out, freed of duplicates."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import toy_synth as toy

from starling.models.errors import InputError
from starling.models.proxy import data as proxy_data


def test_load_embeds_every_note(tmp_path: Path) -> None:
    values = toy.draw(250, 0)
    data = proxy_data.load(toy.write_set(tmp_path / "a", values), toy.EMBEDDING)
    assert data.space == toy.SPACE
    assert data.notes == toy.NOTES
    assert np.array_equal(data.values, values)
    wanted = toy.embed(toy.sound(values)[:, 1].astype(np.float32))
    assert np.allclose(data.vectors[:, 1], wanted)


def test_vectors_are_kept_beside_the_dataset(tmp_path: Path) -> None:
    folder = toy.write_set(tmp_path / "a", toy.draw(30, 0))
    calls = []

    def counting(mel: np.ndarray) -> np.ndarray:
        calls.append(len(mel))
        return toy.embed(mel)

    embedding = replace(toy.EMBEDDING, embed=counting)
    first = proxy_data.load(folder, embedding)
    again = proxy_data.load(folder, embedding)
    assert calls == [60]
    assert np.array_equal(first.vectors, again.vectors)
    (folder / "dataset.toy-1.safetensors").write_bytes(b"cut")
    assert np.array_equal(proxy_data.load(folder, embedding).vectors, first.vectors)
    toy.write_set(folder, toy.draw(30, 1))
    assert not np.array_equal(proxy_data.load(folder, embedding).vectors, first.vectors)


def test_a_parameter_that_is_no_number_is_named(tmp_path: Path) -> None:
    values = toy.draw(30, 0)
    values[3, 2] = np.nan
    with pytest.raises(InputError, match="cutoff must be"):
        proxy_data.load(toy.write_set(tmp_path / "a", values), toy.EMBEDDING)


def test_join_and_hold_out(toy_data: proxy_data.ProxyData) -> None:
    both = proxy_data.join([toy_data, toy_data])
    assert len(both) == 2 * len(toy_data)
    assert both.manifest != toy_data.manifest
    kept, held = proxy_data.hold_out(toy_data)
    assert len(held) == len(toy_data) // 20
    assert len(kept) + len(held) == len(toy_data)
    with pytest.raises(InputError, match="other notes"):
        proxy_data.join([toy_data, replace(toy_data, notes=toy.NOTES[:1])])
    other = replace(toy.SPACE, schema_hash="1" * 64, knobs=toy.KNOBS[:-1])
    with pytest.raises(InputError, match="missing: decay"):
        proxy_data.join([toy_data, replace(toy_data, space=other)])
    with pytest.raises(InputError, match="at least 20"):
        proxy_data.hold_out(toy_data.rows(np.arange(3)))


def test_distinct_drops_the_later_of_two_alike() -> None:
    values = toy.draw(10, 0)
    values[7] = values[2]
    values[7, 0] = 1 - values[2, 0]  # the level, which a levelled render does not show
    assert proxy_data.distinct(toy.sound(values)[:, 0]).tolist() == [0, 1, 2, 3, 4, 5, 6, 8, 9]
