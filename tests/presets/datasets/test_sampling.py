import itertools
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from starling.models.errors import InputError, MissingError, ParseError
from starling.presets.datasets.sampling import (
    CROSSOVER,
    JITTER,
    MARGINALS,
    REAL,
    BankMixture,
    Plan,
    SourcePresets,
    draws,
)
from starling.presets.datasets.sampling_rules import Rule, checked_rules, read_rules
from starling.presets.formats.schema import Parameter, Schema

SCHEMA = Schema(
    "toy",
    "1",
    (
        Parameter("cutoff", -1.0, 1.0, 0.0),
        Parameter("wave", 0, 3, 0, "discrete", 4, ("Sine", "Saw", "Square", "Noise")),
        Parameter("octave", -2, 2, 0, "discrete", 5),
        Parameter("level", 0.0, 10.0, 5.0),
    ),
)
REALS = np.array([[-0.5, 0, 1, 2.0], [0.5, 3, -1, 8.0], [0.25, 1, 0, 5.0]])
UNIFORM = Plan(SCHEMA, "uniform", 1_000, 3)
BANK = Plan(SCHEMA, "bank", 1_000, 3, SourcePresets(REALS, np.array([4, 7, 9])))


def first(plan: Plan, items: int = 1_000) -> list:
    return [next(draws(plan, item)) for item in range(items)]


def test_uniform_presets_cover_every_value() -> None:
    values = np.array([sampled.values for sampled in first(UNIFORM)])
    assert np.allclose(values[:, 0].mean(), 0, atol=0.06) and values[:, 0].min() < -0.97
    assert Counter(values[:, 1].tolist()).keys() == {0, 1, 2, 3}
    assert Counter(values[:, 2].tolist()).keys() == {-2, -1, 0, 1, 2}


def test_an_item_does_not_depend_on_the_others() -> None:
    for plan in (UNIFORM, BANK):
        alone = [sampled.values for sampled in itertools.islice(draws(plan, 17), 5)]
        list(itertools.islice(draws(plan, 16), 9))
        again = [sampled.values for sampled in itertools.islice(draws(plan, 17), 5)]
        assert np.array_equal(alone, again)
        assert not np.array_equal(alone[0], alone[1]), "a second try is another preset"
    other = next(draws(replace(UNIFORM, seed=4), 17))
    assert not np.array_equal(other.values, next(draws(UNIFORM, 17)).values)


def test_every_real_preset_comes_once_as_it_is() -> None:
    found = [sampled for sampled in first(BANK) if sampled.kind == REAL]
    assert sorted(sampled.source for sampled in found) == [4, 7, 9]
    assert all(sampled.values.tolist() in REALS.tolist() for sampled in found)


def test_the_kinds_keep_their_shares_and_sources() -> None:
    sampled = first(BANK)
    counts = Counter(each.kind for each in sampled)
    assert counts[JITTER] > counts[CROSSOVER] > counts[MARGINALS] > 100
    assert {each.source for each in sampled if each.kind == JITTER} == {4, 7, 9}
    assert {each.source for each in sampled if each.kind == MARGINALS} == {-1}
    for each in sampled:
        if each.kind in (CROSSOVER, MARGINALS):
            assert all(value in REALS[:, at] for at, value in enumerate(each.values))
        SCHEMA.validate(dict(zip(SCHEMA.names(), each.values.tolist(), strict=True)))


def test_the_real_presets_alone_are_in_their_order_and_silent_ones_are_jittered() -> None:
    plan = replace(BANK, scheme="real", count=3)
    assert [next(draws(plan, item)).source for item in range(3)] == [4, 7, 9]
    second = next(itertools.islice(draws(plan, 1), 1, None))
    assert second.kind == JITTER and second.source == 7


def test_rules_bound_what_is_drawn() -> None:
    rules = {
        "cutoff": Rule(interval=(0.2, 0.4)),
        "wave": Rule(weights=(0, 1, 1, 0)),
        "octave": Rule(interval=(-1, 1)),
        "level": Rule(fixed=0.0),
    }
    for plan in (
        replace(UNIFORM, rules=rules),
        replace(BANK, rules=rules, mix=BankMixture(real=0)),
    ):
        values = np.array([sampled.values for sampled in first(plan, 300)])
        assert ((values[:, 0] >= 0.2) & (values[:, 0] <= 0.4)).all()
        assert (np.abs(values[:, 2]) <= 1).all() and not values[:, 3].any()
    waves = {sampled.values[1] for sampled in first(replace(UNIFORM, rules=rules), 300)}
    assert waves == {1.0, 2.0}


def test_a_mix_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(InputError, match=r"sd must be 0\.\.10, got nan"):
        BankMixture(sd=float("nan"))
    with pytest.raises(InputError, match="must be above 0"):
        BankMixture(jitter=0, crossover=0, marginals=0)


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ({"cutof": {"fixed": 0}}, "toy has no parameter 'cutof'; did you mean 'cutoff'"),
        ({"cutoff": {"fixed": float("nan")}}, r"cutoff must be -1\.\.1, got nan"),
        ({"cutoff": {"interval": [0.5]}}, r"interval must be \[low, high\]"),
        ({"cutoff": {"interval": [0.5, -0.5]}}, r"interval must be \[low, high\]"),
        ({"cutoff": {"weights": [1]}}, "weights are for discrete parameters only"),
        ({"wave": {"weights": [1, 2]}}, "weights must be 4 numbers"),
        ({"wave": {"weights": [0, 0, 0, 0]}}, "not all 0"),
        ({"wave": {"weights": [1, 1, 1, float("nan")]}}, "weights must be 4 numbers"),
        ({"wave": {"weights": [1, 1, 1, 1], "interval": [0, 1]}}, "not both"),
        ({"wave": {"odd": 1}}, "must be an object of fixed, interval, weights"),
        ({"wave": 3}, "must be an object of"),
    ],
)
def test_rules_that_make_no_sense_name_the_parameter(rules: dict, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        checked_rules(rules, SCHEMA)


def test_the_file_of_rules(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    with pytest.raises(MissingError, match="no sampling file at"):
        read_rules(path, SCHEMA)
    for text in ("nonsense", "[]", '{"parameters": 3}', "[" * 100_000):
        path.write_text(text)
        with pytest.raises(ParseError, match=r"rules\.json is no JSON object"):
            read_rules(path, SCHEMA)
    path.write_text(json.dumps({"parameters": {"level": {"fixed": 2}}}))
    assert read_rules(path, SCHEMA) == {"level": Rule(fixed=2.0)}
