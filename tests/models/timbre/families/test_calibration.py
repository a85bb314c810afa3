import numpy as np

from starling.models.timbre.families.calibration import RELATED, SAME, scale_of


def test_scores_say_what_shares_of_results_are_right() -> None:
    """400 queries whose result at cosine c is of the family with probability c."""
    rng = np.random.default_rng(1)
    cosines = rng.uniform(0, 1, (400, 60)).astype(np.float32)
    related = rng.uniform(0, 1, cosines.shape) < cosines**4
    own = rng.uniform(0.9, 1.0, 1000).astype(np.float32)
    scale = scale_of(cosines, np.zeros_like(related), related, own)
    points, scores = np.array(scale).T
    assert (np.diff(points) > 0).all() and list(scores) == [0, RELATED, SAME, 1]
    assert abs(points[2] - 0.91) < 0.005  # a tenth of the pairs lie below
    top = np.sort(cosines, axis=1)[:, -10:]
    found = np.take_along_axis(related, np.argsort(cosines, axis=1)[:, -10:], axis=1)
    share = found[top >= points[1]].mean()
    assert share >= 0.75


def test_where_no_cosine_is_precise_enough_nothing_but_the_highest_is_related() -> None:
    rng = np.random.default_rng(2)
    cosines = rng.uniform(0, 0.8, (50, 40)).astype(np.float32)
    related = np.zeros(cosines.shape, np.bool_)
    scale = scale_of(cosines, np.zeros_like(related), related)
    assert scale[1][0] >= cosines.max() - 1e-6


def test_what_is_related_must_be_so_in_every_synth() -> None:
    """Twice the same queries; in the second library no result is of the family."""
    rng = np.random.default_rng(3)
    cosines = rng.uniform(0, 0.9, (120, 120)).astype(np.float32)
    same = np.eye(120, dtype=np.bool_)
    related = cosines > 0.5
    halves = [np.arange(60), np.arange(60, 120)]
    within = scale_of(cosines, same, related, None, halves)
    related[np.ix_(halves[1], halves[1])] = False
    apart = np.where(same, -2, cosines)
    highest = float(apart[np.ix_(halves[1], halves[1])].max())
    assert within[1][0] < 0.8 < highest
    assert scale_of(cosines, same, related, None, halves)[1][0] == highest
