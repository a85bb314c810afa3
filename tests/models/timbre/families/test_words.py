import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from starling.models.timbre.families.table import FAMILIES
from starling.models.timbre.families.words import BUCKETS, MOST_WORDS, Words, grams, words_of
from starling.presets.features.embedders import default


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


def test_the_shipped_words_know_the_table_s_and_no_made_up_ones() -> None:
    known = default().families
    assert known is not None
    told = [
        known.words(word.removesuffix("$")) is not None for row in FAMILIES for word in row.words
    ]
    assert np.mean(told) > 0.97
    random = np.random.default_rng(0)
    for letters in (
        "abcdefghijklmnopqrstuvwxyz",
        "абвгдежзиклмнопрстуфхцчшщыэюя",
        "가나다라마바사",
    ):
        made_up = ["".join(random.choice(list(letters), size=7)) for _ in range(200)]
        assert np.mean([known.words(word) is not None for word in made_up]) < 0.1, letters
    assert known.words("中国") is None and known.words("орган") is None
    one, two = known.words("brass"), known.words("qwzjx brass vvkkq")
    assert one is not None and two is not None and np.allclose(one, two, atol=1e-5)
