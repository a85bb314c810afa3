"""Models under evaluation: classes matched by their titles, sounds drawn in proportion."""

from pathlib import Path

import numpy as np
import pytest
import toy_player as toy

from starling.models.errors import InputError
from starling.models.evaluation import subject
from starling.models.oneshot.network import Config


def test_shares_keep_proportions_and_leave_none_out() -> None:
    assert subject.shares([80, 10, 10], 20) == [16, 2, 2]
    assert subject.shares([999, 1], 10) == [10, 1]


def test_classes_are_matched_by_title(tmp_path: Path, small_config: Config) -> None:
    card = toy.untrained(tmp_path, small_config)
    found = subject.load(card, ("hat_closed", "kick", "zither"))
    assert found.kinds == (2.0, 1.0, None)
    assert found.load_ms > 0


def test_other_classes_are_refused(tmp_path: Path, small_config: Config) -> None:
    card = toy.untrained(tmp_path, small_config)
    with pytest.raises(InputError, match=r"small has the classes .*; the data has lute, zither"):
        subject.load(card, ("lute", "zither"))


def test_a_single_class_needs_no_match(tmp_path: Path, small_config: Config) -> None:
    assert subject.load(toy.untrained(tmp_path, small_config), ("catmeows",)).kinds == ()


def test_cards_that_make_no_sounds_are_refused() -> None:
    from starling.models.artifacts.catalogue import WEIGHTS

    with pytest.raises(InputError, match=r"timbre.json is a card of kind 'timbre'"):
        subject.load(WEIGHTS / "timbre.json", ("kick",))


def test_names_differ_where_files_do_not() -> None:
    paths = [Path("a/drums.json"), Path("b/drums.json"), Path("b/gan.json"), Path("b/gan.json")]
    assert subject.names_of(paths) == ["a/drums", "b/drums", "b/gan (1)", "b/gan (2)"]


def test_draw_requests_every_class_that_the_model_knows() -> None:
    model = toy.subject(toy.KINDS, kinds=(1.0, None, 2.0))
    drawn = subject.draw(model, [3, 5, 2])
    assert drawn.labels.tolist() == [0, 0, 0, 2, 2]
    assert len(drawn.signals) == len(drawn.times_ms) == 5
    assert np.array_equal(drawn.signals[3], model.sound(subject.SEED, 2, {}))


def test_a_model_without_classes_makes_as_many_in_all() -> None:
    drawn = subject.draw(toy.subject(), [3, 5, 2])
    assert drawn.labels.tolist() == [-1] * 10
    assert len({signal.tobytes() for signal in drawn.signals}) == 10
