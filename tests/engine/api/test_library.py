"""`starling.Library`: what the commands find, from files, arrays and values."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

import starling

ROOT = Path(__file__).resolve().parents[3]
QUERY = ROOT / "examples" / "query.wav"


def test_the_library_is_the_commands(
    api_home: Path, library: starling.Library, command: Callable[..., str]
) -> None:
    assert library.folder == api_home / "data" / "library"
    words = ("list", "tag:pad", "-k", 5, "--json")
    by_command = json.loads(command("presets", *words))
    assert [hit.name for hit in library.list("tag:pad", k=5)] == [row["name"] for row in by_command]
    assert len(library.list(k=1000)) == len(library)
    found = json.loads(command("presets", "search", QUERY, "-k", 5, "--json"))
    assert [hit.preset for hit in library.search(QUERY, k=5)] == [row["preset"] for row in found]


def test_a_sound_finds_the_same_as_a_file_an_array_and_a_value(
    library: starling.Library, tmp_path: Path
) -> None:
    samples, rate = soundfile.read(QUERY, dtype="float32", always_2d=True)
    by_file = library.search(str(QUERY), k=10)
    assert len(by_file) == 10
    assert library.search(samples.T, sample_rate=rate) == by_file
    assert library.search(samples[:, 0], sample_rate=rate) == by_file
    assert library.search(samples.T.astype(np.float64), sample_rate=rate) == by_file
    sound = starling.generate("drums", seed=3, kind="tom")
    late = np.pad(sound.audio, ((0, 0), (100_000, 0)))  # another block of the file than the first
    soundfile.write(tmp_path / "late.wav", late.T, sound.sample_rate, subtype="FLOAT")
    assert library.search(late, k=5, sample_rate=44_100) == library.search(
        tmp_path / "late.wav", k=5
    )
    assert library.search(sound, k=1)[0].score > 0.3
    only = library.search(QUERY, k=100, filter="tag:pad")
    assert {hit.name for hit in only} == {hit.name for hit in library.list("tag:pad", k=100)}


def test_presets_are_described_marked_and_played(library: starling.Library) -> None:
    [hit] = library.list("basement tenant", k=1)
    preset = library.preset(hit)
    assert preset == library.preset(hit.preset) == library.preset(preset)
    assert preset.synth == "starling" and preset.values
    assert hit.preset not in {each.preset for each in library.similar(hit, k=3)}
    library.favourite(hit)
    assert [each.name for each in library.list("is:favourite")] == [hit.name]
    library.favourite(hit, False)
    assert library.list("is:favourite") == [] == library.quarantined()
    sound = library.audition(preset, note=36, seconds=0.5)
    assert sound.audio.shape == (2, 24_000) and sound.sample_rate == 48_000 and sound.root == 36
    assert library.audition(hit.preset, note=36, seconds=0.5).id == sound.id


def test_presets_are_exported_as_the_command_does(
    library: starling.Library, command: Callable[..., str], tmp_path: Path
) -> None:
    [hit] = library.list("basement tenant", k=1)
    first = library.export(hit, tmp_path / "a", format="json")
    command("presets", "export", hit.preset, "-o", tmp_path / "b", "--format", "json")
    assert first.read_bytes() == (tmp_path / "b" / first.name).read_bytes()
    assert library.export(hit, tmp_path / "a", format="json") != first  # never overwritten


def test_a_match_comes_nearer_and_can_be_kept(library: starling.Library) -> None:
    reports: list[str] = []
    samples, rate = soundfile.read(QUERY, dtype="float32")
    match = library.match(
        samples,
        "starling",
        budget=100,
        variants=2,
        keep=True,
        title="Near",
        sample_rate=rate,
        progress=lambda part, text: reports.append(text),
    )
    assert match.variants[0].loss <= match.nearest.loss and match.evaluations <= 120
    assert match.variants[0].name == "Near 1" and match.variants[0].audio.shape[0] == 2
    assert [library.preset(each).name for each in match.kept] == [v.name for v in match.variants]
    assert any("tried" in text for text in reports)


def test_a_match_can_be_cancelled(library: starling.Library) -> None:
    with pytest.raises(starling.errors.CancelledError):
        library.match(QUERY, "starling", budget=100, cancelled=lambda: True)


def test_mistakes_of_a_search_are_errors_of_starling(
    library: starling.Library, tmp_path: Path
) -> None:
    quiet, ints = np.zeros(44_100, np.float32), np.zeros((2, 10), np.int16)
    (tmp_path / "no.wav").write_text("no sound")
    for bad, rate, error, sentence in (
        (quiet, None, starling.errors.InputError, "needs sample_rate"),
        (quiet, 44_100, starling.errors.InputError, "silent"),
        (quiet[:0], 44_100, starling.errors.InputError, "empty"),
        (quiet + np.nan, 44_100, starling.errors.ParseError, "not numbers"),
        (np.ones((100, 65), np.float32).T[:65], 44_100, starling.errors.ParseError, "65 channels"),
        (ints, 44_100, starling.errors.InputError, "int16"),
        (quiet, 0, starling.errors.InputError, "sample_rate must be"),
        (tmp_path / "none.wav", None, starling.errors.MissingError, "none.wav"),
        (tmp_path / "no.wav", None, starling.errors.ParseError, "no.wav"),
    ):
        with pytest.raises(error, match=sentence):
            library.search(bad, sample_rate=rate)  # type: ignore[arg-type]
    with pytest.raises(starling.errors.InputError, match="no preset 99999"):
        library.similar(99_999)
    with pytest.raises(starling.errors.InputError, match="k must be"):
        library.list(k=0)
    with pytest.raises(starling.errors.InputError, match="embedder"):
        library.use_embedder("ears")
    empty = starling.Library(tmp_path / "new")
    with empty, pytest.raises(starling.errors.MissingError, match="empty"):
        empty.list()


def test_another_embedder_and_folders_are_scanned(
    library: starling.Library, tmp_path: Path
) -> None:
    for hit in library.list(k=3):
        library.export(hit, tmp_path / "presets", format="starling-preset")
    with starling.Library(tmp_path / "own") as own:
        own.use_embedder("classical")
        own.use_index("exact")
        assert len(own) == 0
        assert own.scan([], folders=[tmp_path / "presets"]).added == len(own) == 3
        assert own.search(QUERY, k=1)[0].score != library.search(QUERY, k=1)[0].score


def test_numbers_of_numpy_are_numbers(library: starling.Library) -> None:
    """As a data frame's ids are; what is no number, or a bad one, is a sentence."""
    first = library.list(k=1)[0]
    assert library.preset(np.int64(first.preset)).name == first.name
    for call in (
        lambda: library.similar(first, k="3"),  # type: ignore[arg-type]
        lambda: library.preset("1"),  # type: ignore[arg-type]
        lambda: library.scan([], jobs=-1),
    ):
        with pytest.raises(starling.errors.InputError, match="must be a whole number"):
            call()
    assert library and len(library)
