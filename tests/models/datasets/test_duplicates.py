"""Equal and nearly equal sounds: pairs, groups, and how it grows with the number of sounds."""

import hashlib

import numpy as np

from starling.models.datasets.duplicates import Known, Pair, find
from starling.models.dsp import fingerprint

RATE = 44100


def hit(seed: int) -> np.ndarray:
    time = np.arange(RATE // 4) / RATE
    noise = np.random.default_rng(seed).standard_normal(len(time))
    return (0.3 * noise * np.exp(-time * 20)).astype(np.float32)


def known(sound: np.ndarray, label: str = "snare", stem: str = "x") -> Known:
    digest = hashlib.sha256(sound.tobytes()).hexdigest()
    return Known(label, stem, digest, fingerprint.fingerprint(sound, RATE))


def pairs_of(sounds: list[np.ndarray], labels: list[str], stems: list[str] | None = None):
    stems = stems or [f"s{index}" for index in range(len(sounds))]
    listed = [known(*each) for each in zip(sounds, labels, stems, strict=True)]
    return find(listed, lambda row: sounds[row], RATE)


def test_equal_samples_make_a_pair_with_the_first_of_their_class() -> None:
    sounds = [hit(0), hit(0), hit(1), hit(0)]
    found = pairs_of(sounds, ["a", "b", "a", "b"])
    assert found.exact == (Pair(1, 0, 1.0), Pair(3, 1, 1.0))
    assert found.near == ()


def test_a_quieter_noisier_copy_is_near_and_another_hit_is_not() -> None:
    copy = 0.5 * hit(0) + np.random.default_rng(9).normal(0, 0.001, len(hit(0)))
    found = pairs_of([hit(0), hit(1), copy.astype(np.float32)], ["a"] * 3)
    assert found.exact == ()
    assert [(pair.later, pair.first) for pair in found.near] == [(2, 0)]
    assert 0.95 < found.near[0].similarity < 1.0
    assert found.groups[0] == found.groups[2] != found.groups[1]


def test_takes_of_one_recording_share_a_group_and_classes_do_not() -> None:
    stems = ["ks-vl1-rr1", "ks-vl2-rr3", "sd", "ks-vl1-rr1"]
    found = pairs_of([hit(0), hit(1), hit(2), hit(0)], ["a", "a", "a", "b"], stems)
    assert found.groups == ("ks", "ks", "sd", "ks")
    assert found.exact == (Pair(3, 0, 1.0),)


def test_one_sound_and_none() -> None:
    assert pairs_of([hit(0)], ["a"]).near == ()
    assert pairs_of([], []).groups == ()


def test_six_thousand_prints_take_seconds_and_no_square_of_memory() -> None:
    chance = np.random.default_rng(0)
    prints = chance.integers(0, 192, (6000, 320)).astype(np.uint8)
    listed = [Known("a", f"s{row}", str(row), prints[row]) for row in range(len(prints))]
    steps: list[float] = []
    found = find(listed, lambda row: hit(row), RATE, steps.append)
    assert found.near == () and len(set(found.groups)) == 6000
    assert steps[-1] == 1.0
