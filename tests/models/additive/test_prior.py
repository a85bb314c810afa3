"""The prior: partials in like places, draws near their class, seeds, knobs that move them."""

import math

import numpy as np
import pytest
import torch

from starling.models.additive import align, synthesizer
from starling.models.additive import prior as additive_prior
from starling.models.additive.synthesizer import Config
from starling.models.errors import InputError, ParseError

CONFIG = Config(seconds=0.5, partials=3, levels=3, glides=3, bands=6, puffs=3)
STILL = torch.zeros(3)


def family(count: int, hertz: tuple[float, ...], seed: int) -> torch.Tensor:
    """Vectors of sounds with partials near `hertz`, in any order, their first silent place idle."""
    random = np.random.default_rng(seed)
    parts = {part.name: torch.zeros(count, *part.shape) for part in CONFIG.parts}
    parts["length"][:, 0] = torch.from_numpy(random.uniform(-2, -1, count)).float()
    parts["curve"][:], parts["noise"][:] = 2.0, -6.0
    for row in range(count):
        for place, index in enumerate(random.permutation(3)):
            parts["pitch"][row, place] = math.log(hertz[index] * random.uniform(0.9, 1.1))
            parts["level"][row, place] = -1.0 - 2 * index
    return synthesizer.pack(parts, CONFIG)


def drawn(prior: additive_prior.NeighbourPrior, label: int, seed: int, moves=STILL) -> torch.Tensor:
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    features = prior.sample(label, moves, random)
    return additive_prior.from_features(features[None], CONFIG)[0]


@pytest.fixture
def prior() -> additive_prior.NeighbourPrior:
    vectors = torch.cat([family(12, (100, 400, 1500), 0), family(8, (300, 2000, 7000), 1)])
    labels = torch.tensor([0] * 12 + [1] * 8)
    lengths = vectors[:, :1]
    ranks = torch.cat([torch.rand(20, 1), (lengths + 2), torch.rand(20, 1)], dim=1)
    return additive_prior.fit(vectors, labels, ranks, 2, CONFIG)


def test_partials_of_a_class_come_into_one_order() -> None:
    vectors = family(12, (100, 400, 1500), 0)
    ordered = align.aligned(vectors, torch.zeros(12, dtype=torch.long), CONFIG)
    pitch = synthesizer.unpack(ordered, CONFIG)["pitch"].exp()
    assert torch.allclose(pitch.mean(dim=0), torch.tensor([100.0, 400.0, 1500.0]), rtol=0.1)


def test_alignment_and_centring_do_not_change_the_sound() -> None:
    vectors = family(3, (100, 400, 1500), 0)
    vectors[:, 2:5] = torch.tensor([0.5, 0.2, 0.1])  # a glide
    ordered = align.aligned(vectors, torch.zeros(3, dtype=torch.long), CONFIG)
    quiet = torch.zeros(1, 345, CONFIG.bands, synthesizer.HOP)
    before, after = (synthesizer.render(v, 4000, quiet, CONFIG) for v in (vectors, ordered))
    assert torch.allclose(before, after, atol=1e-3)


def test_features_keep_a_vector() -> None:
    vectors = synthesizer.bounded(torch.randn(4, CONFIG.size), CONFIG)
    features = additive_prior.to_features(vectors, CONFIG)
    assert torch.allclose(additive_prior.from_features(features, CONFIG), vectors, atol=1e-4)


def test_draws_are_finite_bounded_and_seeded(prior: additive_prior.NeighbourPrior) -> None:
    for label in (0, 1):
        made = torch.stack([drawn(prior, label, seed) for seed in range(20)])
        assert made.isfinite().all()
        assert torch.equal(synthesizer.bounded(made, CONFIG), made)
        assert torch.equal(made[3], drawn(prior, label, 3))
        assert len({row.numpy().tobytes() for row in made}) == 20


def test_draws_stay_with_their_class(prior: additive_prior.NeighbourPrior) -> None:
    for label, hertz in ((0, (100, 400, 1500)), (1, (300, 2000, 7000))):
        made = torch.stack([drawn(prior, label, seed) for seed in range(20)])
        pitch = synthesizer.unpack(made, CONFIG)["pitch"].exp().mean(dim=0)
        assert pitch.tolist() == pytest.approx(hertz, rel=0.1)


def test_draws_are_no_copies(prior: additive_prior.NeighbourPrior) -> None:
    features = prior.features[prior.label == 0]
    for seed in range(10):
        random = np.random.Generator(np.random.Philox(key=[seed, 0]))
        made = prior.sample(0, STILL, random)
        assert (features - made).abs().amax(dim=1).min() > 0.01


def test_a_knob_moves_what_it_was_found_to_go_with(prior: additive_prior.NeighbourPrior) -> None:
    """The second descriptor is the length itself, one nat from rank 0 to 1."""
    short, long = (drawn(prior, 0, 5, torch.tensor([0.0, move, 0.0])) for move in (-1.0, 1.0))
    assert float(long[0] - short[0]) > 0.4
    pitch = [synthesizer.unpack(v[None], CONFIG)["pitch"] for v in (short, long)]
    assert (pitch[0] - pitch[1]).abs().max() < 0.2


def test_a_class_of_one_and_a_class_of_none() -> None:
    vectors, ranks = family(3, (100, 400, 1500), 0), torch.full((3, 3), 0.5)
    alone = additive_prior.fit(vectors, torch.tensor([0, 0, 1]), ranks, 2, CONFIG)
    assert drawn(alone, 1, 0).isfinite().all()
    with pytest.raises(InputError, match="class 1 has no fitted sound"):
        additive_prior.fit(vectors, torch.tensor([0, 0, 2]), ranks, 3, CONFIG)


def test_tensors_come_back_and_damage_is_named(prior: additive_prior.NeighbourPrior) -> None:
    tensors = prior.tensors()
    again = additive_prior.prior_from(tensors, "x", CONFIG)
    assert torch.equal(again.features, prior.features)
    broken = [
        {name: value for name, value in tensors.items() if name != "prior.kin"},
        {**tensors, "prior.kin": tensors["prior.kin"] + 99},
        {**tensors, "prior.features": tensors["prior.features"][:, 1:]},
        {**tensors, "prior.features": tensors["prior.features"] * math.nan},
    ]
    for each in broken:
        with pytest.raises(ParseError, match="weights of x"):
            additive_prior.prior_from(each, "x", CONFIG)
