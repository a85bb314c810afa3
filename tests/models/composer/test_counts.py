"""The count model: that its parts are probabilities, and what it reaches."""

import numpy as np
from song_data import needs_nesmdb, split
from tiny_composer import prepared

from starling.models.composer import batches, counts
from starling.models.composer.copying import SIZES
from starling.models.composer.train import unigram_nats


def test_a_table_is_a_distribution_in_every_context() -> None:
    contexts, classes = np.array([4, 4, 4, 9]), np.array([1, 1, 0, 2])
    table = counts.Table.of(contexts, classes, 3)
    for context in (4, 9, 77):
        chances = table.probability(np.full(3, context), np.arange(3))
        assert abs(chances.sum() - 1) < 1e-12 and (chances > 0).all()
    assert table.probability(np.array([4]), np.array([1]))[0] > 0.5


def test_repeats_are_worth_much() -> None:
    known, tuned, unseen = prepared(6, 400), prepared(3, 300), prepared(4, 350)
    model = counts.fit(known, tuned)
    found = counts.measure(model, unseen)
    trivial = unigram_nats(known, unseen, np.arange(4))
    assert found.per_frame < 0.6 * trivial
    for weights, size in zip(model.weights, SIZES, strict=True):
        assert np.allclose(weights.sum(axis=1), 1) and len(weights) == counts.SITUATIONS < 256**2
        assert size > 1


@needs_nesmdb
def test_a_little_of_nes_mdb_is_enough_to_beat_bigrams() -> None:
    """3.63 nats per frame on the whole test split; here a fifth of it and of the validation."""
    known = batches.prepare(split("valid").part(np.arange(0, 403, 2)))
    tuned = batches.prepare(split("valid").part(np.arange(1, 403, 4)))
    unseen = batches.prepare(split("test").part(np.arange(0, 373, 5)))
    assert counts.measure(counts.fit(known, tuned), unseen).per_frame < 2.6
