import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from starling.models.timbre.families.words import BUCKETS, MOST_WORDS, Words, grams, words_of


def network(seed: int = 0) -> Words:
    rng = np.random.default_rng(seed)
    parts = (rng.normal(size=shape) for shape in ((BUCKETS, 8), (5, 8), (5,)))
    return Words(*(each.astype(np.float32) for each in parts))


def test_texts_are_unit_vectors_whatever_the_case_and_order_of_words() -> None:
    words = network()
    vector = words("warm brass")
    assert vector is not None and vector.shape == (5,)
    assert np.isclose(np.linalg.norm(vector), 1, atol=1e-5)
    assert np.allclose(vector, words("Brass Warm"), atol=1e-5)


def test_a_text_without_words_has_no_vector() -> None:
    assert all(network()(text) is None for text in ("", "  ", "123", "!?", "a 1"))


def test_words_of_names() -> None:
    assert words_of("StringPad_2 FM-Rhodes") == ["string", "pad", "fm", "rhodes"]
    assert words_of("орган") == ["орган"]


@given(st.text(max_size=10_000))
def test_any_text_is_bounded_work(text: str) -> None:
    found = words_of(text)
    assert len(found) <= MOST_WORDS
    assert all(((each := grams(word)) >= 0).all() and (each < BUCKETS).all() for word in found[:2])


def test_words_that_share_letters_share_rows() -> None:
    shared = set(grams("strings")) & set(grams("string"))
    assert len(shared) > len(grams("string")) / 2
    assert len(set(grams("flute")) & set(grams("string"))) <= 1
