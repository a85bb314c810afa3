"""Points of the latent space: canonical, varied, morphed, and every bad one refused."""

import json
import math

import numpy as np
import pytest

from starling.models.errors import InputError
from starling.models.oneshot.latent_point import REACH, morph, parse, point_of, vary

LATENT = [0.1, -1.5, 2.0, 0.0]
KICK = point_of({"kick": 1.0}, LATENT)
SNARE = point_of({"snare": 1.0}, [1.0, 0.5, -2.0, 0.3])


def test_json_brings_the_same_point_back() -> None:
    assert parse(json.loads(json.dumps(KICK.fields()))) == KICK
    assert KICK.kind == "kick"


def test_equal_points_have_equal_text() -> None:
    noisy = point_of({"kick": 2.0, "snare": 1e-5}, np.array(LATENT) * (1 + 1e-9))
    assert noisy == KICK


@pytest.mark.parametrize(
    "shares", [(1, 1, 1), (0.3, 0.59, 0.11), (5, 0.006), (1, 0.0011, 0.0009), (7, 11, 13, 17, 19)]
)
def test_points_stay_what_they_are_however_often_they_are_read(shares: tuple[float, ...]) -> None:
    kinds = {f"kind{at}": share for at, share in enumerate(shares)}
    point = point_of(kinds, LATENT)
    assert parse(json.loads(json.dumps(point.fields()))) == point


@pytest.mark.parametrize(
    "fields",
    [
        None,
        [],
        {},
        {"kinds": {"kick": 1}},
        {"kinds": {}, "latent": [0]},
        {"kinds": {"kick": -1}, "latent": [0]},
        {"kinds": {"kick": math.nan}, "latent": [0]},
        {"kinds": {"kick": math.inf}, "latent": [0]},
        {"kinds": {"kick": 1}, "latent": []},
        {"kinds": {"kick": 1}, "latent": [math.nan]},
        {"kinds": {"kick": 1}, "latent": [REACH + 1]},
        {"kinds": {"kick": 1}, "latent": ["x"]},
        {"kinds": {"kick": 1}, "latent": [0] * 5000},
        {"kinds": {"kick": 1}, "latent": [10**400]},
        {"kinds": {"kick": 1e308, "snare": 1e308}, "latent": [0]},
    ],
)
def test_bad_points_are_refused(fields: object) -> None:
    with pytest.raises(InputError) as caught:
        parse(fields)
    assert caught.value.code == "bad_point"


def test_variations_begin_at_the_sound_and_go_further_with_the_amount() -> None:
    assert vary(KICK, 0.0, 1) == KICK
    assert vary(KICK, 0.5, 1) == vary(KICK, 0.5, 1) != vary(KICK, 0.5, 2)
    wide = point_of({"kick": 1.0}, np.random.default_rng(0).standard_normal(300))
    far = [
        np.linalg.norm(np.array(vary(wide, amount, 3).latent) - wide.latent)
        for amount in (0.1, 0.3, 0.6, 1.0)
    ]
    assert far == sorted(far)
    lengths = [np.linalg.norm(vary(wide, amount, 3).latent) for amount in (0.0, 0.5, 1.0)]
    assert max(lengths) / min(lengths) < 1.2
    with pytest.raises(InputError):
        vary(KICK, 1.5, 0)


def test_a_morph_begins_at_one_sound_and_ends_at_the_other() -> None:
    assert morph(KICK, SNARE, 0.0) == KICK
    assert morph(KICK, SNARE, 1.0) == SNARE
    middle = morph(KICK, SNARE, 0.5)
    assert dict(middle.kinds) == {"kick": 0.5, "snare": 0.5}
    half = (np.linalg.norm(KICK.latent) + np.linalg.norm(SNARE.latent)) / 2
    assert np.linalg.norm(middle.latent) == pytest.approx(half, rel=1e-5)
    with pytest.raises(InputError):
        morph(KICK, SNARE, -0.1)
    with pytest.raises(InputError, match="different models"):
        morph(KICK, point_of({"kick": 1.0}, [0.0]), 0.5)


def test_a_morph_between_opposites_and_zeros_is_finite() -> None:
    other = point_of({"kick": 1.0}, [-number for number in LATENT])
    zero = point_of({"kick": 1.0}, [0.0] * 4)
    for end in (other, zero, KICK):
        assert all(map(math.isfinite, morph(KICK, end, 0.3).latent))
