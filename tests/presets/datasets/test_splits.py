import numpy as np

from starling.presets.datasets.splits import near_duplicates, split_of, splits_of


def test_a_bank_stays_in_its_split() -> None:
    known = {"amsynth_factory": "train", "BriansBank09": split_of("BriansBank09")}
    assert {bank: split_of(bank) for bank in known} == known
    shares = [split_of(f"bank {number}") for number in range(2_000)]
    assert abs(shares.count("train") / 2_000 - 0.7) < 0.04
    assert abs(shares.count("test") / 2_000 - 0.2) < 0.04


def test_a_synth_of_few_banks_is_split_by_name() -> None:
    one = splits_of([("Factory", f"preset {number}") for number in range(200)])
    assert set(one) == {"train", "validation", "test"}
    many = [(f"bank {number % 5}", f"preset {number}") for number in range(50)]
    assert splits_of(many) == [split_of(bank) for bank, _ in many]


def test_near_duplicates_point_at_the_first_that_is_kept() -> None:
    random = np.random.default_rng(0)
    sounds = random.normal(size=(600, 64, 51)).astype(np.float32)
    sounds[7] = 3 * sounds[2] + 1  # louder: the same after centring
    sounds[599] = sounds[7] + random.normal(size=(64, 51)) * 1e-3
    sounds[30] = sounds[3] + 0.1 * sounds[4]  # alike, not the same
    first = near_duplicates(sounds)
    assert np.flatnonzero(first >= 0).tolist() == [7, 599]
    assert first[7] == 2 and first[599] == 2


def test_nothing_has_no_duplicates() -> None:
    assert near_duplicates(np.zeros((0, 64, 51), np.float32)).shape == (0,)
