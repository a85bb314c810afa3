"""The library, its index and its searches, with made-up presets and no synth."""

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.errors import InputError, MissingError, ParseError
from starling.presets import library_writer as writer
from starling.presets.embed import CLASSICAL, Embedder
from starling.presets.filters import full_text_query
from starling.presets.index import VectorFile, nearest, scale, similarity, spread
from starling.presets.library import SCHEMA_VERSION, Library
from starling.presets.library_writer import Heard, NewPreset, SourceFile
from starling.presets.search import search_preset
from starling.presets.tags import name_tags, words

SIZE = CLASSICAL.size


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library.open(tmp_path / "library")
    yield opened
    opened.close()


def new(name: str, bank: str = "Bank", **changes: object) -> NewPreset:
    fields = {"author": "", "tags": name_tags(name), "synth": "amsynth", "values": {"x": 0.5}}
    fields |= {"schema_hash": "s", "fingerprint": name}
    return NewPreset(name=name, bank=bank, **{**fields, **changes})  # type: ignore[arg-type]


def vector(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=SIZE).astype(np.float32)


def put(library: Library, *presets: NewPreset, path: str = "a.bank", hear: bool = True) -> None:
    writer.put_source(library, SourceFile(path, "h", 1, 1, "stamp"), presets)
    if hear:
        waiting = writer.waiting(library)
        writer.commit_heard(library, [Heard(p.id, vector(p.id)) for p in waiting])


def names(library: Library, text: str) -> list[str]:
    return [hit.name for hit in library.find(text, 50)]


def test_what_is_put_is_read_back(library: Library) -> None:
    put(library, new("Brass", author="A", tags=("brass", "warm")))
    preset = library.preset(1)
    assert (preset.name, preset.bank, preset.author) == ("Brass", "Bank", "A")
    assert (preset.tags, preset.values, preset.synth) == (
        ("brass", "warm"),
        {"x": 0.5},
        "amsynth",
    )
    assert (preset.source, preset.source_hash, preset.quarantine) == ("a.bank", "h", "")
    assert library.count() == 1


def test_presets_not_heard_yet_are_not_found(library: Library) -> None:
    put(library, new("Brass"), hear=False)
    assert library.count() == 0
    with pytest.raises(MissingError, match="presets scan") as caught:
        library.find("brass", 5)
    assert caught.value.code == "empty_library"


def test_a_preset_in_quarantine_keeps_its_reason_and_is_not_found(library: Library) -> None:
    put(library, new("Good"), new("Bad", problem="amp_attack must be a number"))
    put(library, new("Silent"), path="b.bank", hear=False)
    writer.commit_heard(library, [Heard(3, None, "the sound is silent")])
    reasons = {p.name: p.quarantine for p in library.quarantined()}
    assert reasons == {"Bad": "amp_attack must be a number", "Silent": "the sound is silent"}
    assert names(library, "") == ["Good"]
    with pytest.raises(InputError, match="has no sound: the sound is silent"):
        search_preset(library, 3, 5)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("brass", {"Brass Section", "Soft Pad"}),
        ("bra sec", {"Brass Section"}),
        ("whistle", {"StrangeWhistle2"}),
        ("strangewh", {"StrangeWhistle2"}),
        ("tag:pad", {"Soft Pad"}),
        ("name:brass", {"Brass Section"}),
        ("bank:two", {"Soft Pad"}),
        ('bank:"brass bank" soft', {"Soft Pad"}),
        ("synth:ams author:ann", {"StrangeWhistle2"}),
        ("nothing", set()),
        ("!!! --", {"Brass Section", "Soft Pad", "StrangeWhistle2"}),
        ('"', {"Brass Section", "Soft Pad", "StrangeWhistle2"}),
    ],
)
def test_words_and_fields(library: Library, text: str, found: set[str]) -> None:
    put(library, new("Brass Section", "One"), new("StrangeWhistle2", "One", author="Anna"))
    put(library, new("Soft Pad", "Brass Bank Two"), path="b.bank")
    assert set(names(library, text)) == found


def test_an_unknown_field_names_the_known() -> None:
    with pytest.raises(InputError, match="no field colour:; known are synth:, bank:, tag:"):
        full_text_query("colour:red")
    with pytest.raises(InputError, match="at most 500 characters, got 501"):
        full_text_query("x" * 501)


@given(st.text(max_size=60).filter(lambda text: ":" not in text))
def test_no_text_breaks_the_query(text: str) -> None:
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE VIRTUAL TABLE t USING fts5 (name, bank, author, tags, synth, words)")
        query = full_text_query(text)
        if query:  # an empty table: nothing is found, and nothing is a syntax error
            assert db.execute("SELECT * FROM t WHERE t MATCH ?", (query,)).fetchall() == []
    db.close()


def test_an_unknown_preset_is_a_sentence(library: Library) -> None:
    with pytest.raises(InputError, match="no preset 7") as caught:
        library.preset(7)
    assert caught.value.code == "unknown_preset"


def test_by_name_whatever_the_case_or_the_rest(library: Library) -> None:
    put(library, new("Brass Section"), new("Brass"))
    assert [library.named(n).name for n in ("brass", "BRASS SECTION", "Brass S")] == [
        "Brass",
        "Brass Section",
        "Brass Section",
    ]
    with pytest.raises(InputError, match="no preset is called 'Lead'"):
        library.named("Lead")


def test_a_changed_source_keeps_what_did_not_change(library: Library) -> None:
    put(library, new("A"), new("B"), new("B"), new("C"))
    before = library.snapshot()
    put(library, new("B"), new("A", fingerprint="louder"), new("D"), hear=False)
    assert [p.name for p in library.select("1 ORDER BY id")] == ["A", "B", "D"]
    assert [p.name for p in writer.waiting(library)] == ["A", "D"]
    assert names(library, "") == ["B"]
    after = library.snapshot()
    assert np.array_equal(after.vectors[after.rows[0]], before.vectors[before.rows[1]])


def test_rows_of_removed_presets_are_used_again(library: Library) -> None:
    put(library, new("A"), new("B"), new("C"))
    put(library, new("C"))
    put(library, new("D"), new("E"), new("F"), path="b.bank")
    snapshot = library.snapshot()
    assert sorted(snapshot.rows) == [0, 1, 2, 3]
    for preset_id, row in zip(snapshot.ids, snapshot.rows, strict=True):
        assert np.array_equal(snapshot.vectors[row], vector(int(preset_id)))


def test_a_missing_file_takes_its_presets_along(library: Library, tmp_path: Path) -> None:
    kept = tmp_path / "kept.bank"
    kept.touch()
    put(library, new("A"), path=str(kept))
    put(library, new("B"), path=str(tmp_path / "gone.bank"))
    assert writer.forget_missing(library) == 1
    assert names(library, "") == ["A"] and list(writer.known_sources(library)) == [str(kept)]


def test_nearest_is_exact_and_identical_scores_one(library: Library) -> None:
    put(library, *(new(f"P{number}") for number in range(40)))
    put(library, new("Copy"), path="b.bank", hear=False)
    writer.commit_heard(library, [Heard(41, vector(7))])
    writer.finish(library)
    hits = search_preset(library, 7, 100)
    assert len(hits) == 40 and (hits[0].name, hits[0].score) == ("Copy", 1.0)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True) and 0 < scores[-1] < 0.3
    assert [hit.name for hit in search_preset(library, 7, 5, "name:P1")] == [
        hit.name for hit in hits if hit.name.startswith("P1")
    ][:5]


@pytest.mark.parametrize("k", [0, 101, -1])
def test_k_out_of_range(library: Library, k: int) -> None:
    put(library, new("A"), new("B"))
    with pytest.raises(InputError, match=r"k must be 1\.\.100"):
        search_preset(library, 1, k)


def test_nearest_against_the_definition() -> None:
    rng = np.random.default_rng(3)
    vectors = (rng.normal(size=(20_000, 8)) * range(1, 9)).astype(np.float32)
    deviation, mask = spread(vectors), rng.random(20_000) < 0.7
    queries = [vectors[5], vectors[9] + 0.1]
    best, distances = nearest(scale(vectors, deviation), queries, 10, mask)
    each = [np.linalg.norm((vectors - query) / deviation, axis=1) for query in queries]
    expected = np.where(mask, np.minimum(*each), np.inf)
    assert list(best) == list(np.argsort(expected)[:10])
    assert similarity(distances, 8) == pytest.approx(np.exp(-2 * np.sort(expected)[:10] / 4))


@pytest.mark.parametrize("allowed", [0, 1, 3])
def test_a_mask_leaves_at_most_what_it_lets_through(allowed: int) -> None:
    vectors = np.eye(8, dtype=np.float32)
    mask = np.arange(8) < allowed
    best, _ = nearest(scale(vectors, np.ones(8, np.float32)), [vectors[7]], 5, mask)
    assert sorted(best) == list(range(allowed))


def test_another_embedders_vectors_are_refused(library: Library) -> None:
    put(library, new("A"))
    writer.finish(library)
    library.close()
    for other in (replace(CLASSICAL, version=2), replace(CLASSICAL, name="timbre", size=32)):
        with pytest.raises(MissingError, match=r"was made by classical/1 \(104 numbers\)") as told:
            Library.open(library.folder, other)
        mended(library, str(told.value), other).close()
        (library.folder / "vectors.f32").unlink()
        Library.open(library.folder).close()


def mended(library: Library, sentence: str, embedder: Embedder = CLASSICAL) -> Library:
    """The library after what a sentence advises, short of the scan."""
    words = sentence.split("delete ")[1].split(" and run `starling presets scan`")
    Path(words[0]).unlink()
    again = Library.open(library.folder, embedder)
    assert again.count() == 0 and again.snapshot().ids.size == 0
    return again


def test_a_newer_library_is_refused_by_its_version(library: Library) -> None:
    with library.transaction() as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    library.close()
    with pytest.raises(ParseError, match=f"has version {SCHEMA_VERSION + 1}") as told:
        Library.open(library.folder)
    mended(library, str(told.value)).close()


@pytest.mark.parametrize("name", ["library.sqlite", "vectors.f32"])
def test_a_damaged_file_is_a_sentence(library: Library, name: str) -> None:
    put(library, new("A"), new("B"))
    library.close()
    (library.folder / name).write_bytes(b"garbage " * 200)
    with pytest.raises(ParseError, match=r"is damaged \(|index is not one of this") as told:
        Library.open(library.folder)
    again = mended(library, str(told.value))
    put(again, new("A"), new("B"))
    assert names(again, "") == ["A", "B"] and len(search_preset(again, 1, 2)) == 1
    again.close()


def test_a_short_index_says_what_mends_it(library: Library) -> None:
    put(library, new("A"), new("B"))
    library.close()
    with open(library.folder / "vectors.f32", "r+b") as file:
        file.truncate(100)
    short = Library.open(library.folder)
    with pytest.raises(ParseError, match="shorter than the library says") as told:
        short.find("", 3)
    short.close()
    again = mended(library, str(told.value))
    assert [preset.name for preset in writer.waiting(again)] == ["A", "B"]
    again.close()


def test_a_lost_vector_file_means_hearing_everything_again(library: Library) -> None:
    put(library, new("A"), new("B"))
    library.close()
    (library.folder / "vectors.f32").unlink()
    again = Library.open(library.folder)
    assert again.count() == 0 and len(writer.waiting(again)) == 2
    again.close()


def test_a_batch_that_fails_leaves_nothing(library: Library) -> None:
    """The vectors of a transaction that never ended are in the file, and nobody refers to them."""
    put(library, new("A"), new("B"), hear=False)
    wrong = Heard(2, np.ones(3, np.float32))  # too short: stands for a disk that is full
    with pytest.raises((OSError, ValueError)), library.transaction():
        VectorFile(library.vectors.path, "", SIZE).write([0, 1], [vector(1), wrong.vector])
        raise OSError("full")
    assert library.count() == 0
    put(library, new("A"), new("B"))
    assert np.array_equal(library.snapshot().vectors[0], vector(1))


def test_threads_read_while_one_writes(library: Library) -> None:
    """Each reader sees whole batches: every hit has a vector that belongs to it."""
    put(library, *(new(f"P{n}") for n in range(20)))
    faults: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                assert search_preset(library, 1, 10)[0].score <= 1
                assert library.find("P1", 5)
        except BaseException as exc:
            faults.append(exc)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(10):
        put(library, *(new(f"Q{number}-{n}") for n in range(5)), path=f"{number}.bank")
    done.set()
    for reader in readers:
        reader.join()
    assert not faults and library.count() == 70


def test_two_processes_worth_of_libraries_see_each_others_batches(library: Library) -> None:
    other = Library.open(library.folder)
    put(library, new("A"), new("B"))
    assert [hit.name for hit in search_preset(other, 1, 5)] == ["B"]
    put(other, new("C"), path="c.bank")
    assert len(search_preset(library, 1, 5)) == 2
    other.close()


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("BrassSection2", ("brass",)),
        ("Warm Pad", ("pad",)),
        ("Subterfuge", ()),
        ("Sub Drop", ("bass",)),
        ("E.Piano", ("keys",)),
        ("SynStrings", ("strings",)),
        ("Lead Guitar FX", ("effects", "lead", "pluck")),
    ],
)
def test_tags_from_names(name: str, tags: tuple[str, ...]) -> None:
    assert name_tags(name) == tags


def test_words_of_a_name() -> None:
    assert words("StrangeWhistle2_FX-bass TR808") == [
        "strange",
        "whistle",
        "2",
        "fx",
        "bass",
        "tr",
        "808",
    ]
