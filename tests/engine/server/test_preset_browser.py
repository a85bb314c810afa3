"""Search, find, audition and export through OSC, over a small library of the built-in synth."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from starling.engine.config import Folders
from starling.engine.server.engine import Engine, EngineOptions, open_engine
from starling.engine.server.jobs import Ticket
from starling.engine.server.preset_browser import Browser
from starling.engine.wire.client import Client, ProgressEvent
from starling.models.errors import StarlingError
from starling.presets.features.embedders import default, timbre_alone
from starling.presets.library.database import LibraryDatabase
from starling.presets.scan.update import scan
from starling.presets.synths import preset_folders

FACTORY = preset_folders.FACTORY
SIZE = 4  # presets of the bank


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine whose library holds a few factory presets, scanned for real."""
    root = tmp_path_factory.mktemp("home")
    home = Folders(*(root / each for each in ("data", "config", "logs", "run")))
    bank = json.loads(FACTORY.read_text())
    few = {**bank, "presets": bank["presets"][:: len(bank["presets"]) // SIZE][:SIZE]}
    (home.library / "banks").mkdir(parents=True)
    (home.library / "banks" / "few.json").write_text(json.dumps(few))
    browser = Browser(home.library)
    report = browser.scan(Ticket(lambda fraction, text: None), synths=())
    browser.close()
    assert (report.added, report.failed) == (SIZE, [])
    engine = open_engine(home, dict, options=EngineOptions(preload=False))
    assert engine is not None
    engine.start()
    yield engine
    engine.close()


@pytest.fixture
def browsing(served: Engine) -> Iterator[Client]:
    with Client(served.runtime, "browser") as client:
        yield client


def code_of(client: Client, verb: str, *values: Any) -> str:
    with pytest.raises(StarlingError) as caught:
        list(client.listen(verb, *values))
    return caught.value.code


@pytest.fixture
def first(browsing: Client) -> dict[str, Any]:
    return browsing.items("find", "", 1)[0]


def test_status_counts_the_presets(browsing: Client) -> None:
    browsing.items("find", "", 1)  # after the count, which is a job of the same lane
    assert browsing.request("status")["presets"] == SIZE


def test_find_lists_in_order_and_counts(browsing: Client) -> None:
    rows = browsing.items("find", "synth:starling", 100)
    assert len(rows) == SIZE
    assert {row["synth"] for row in rows} == {"starling"}
    assert browsing.items("find", rows[2]["name"], 5)[0]["preset"] == rows[2]["preset"]


def test_a_favourite_is_marked_found_and_let_go(browsing: Client, first: dict[str, Any]) -> None:
    assert first["favourite"] == 0
    browsing.request("favourite", first["preset"], 1)
    browsing.request("favourite", first["preset"], 1)  # again changes nothing
    [found] = browsing.items("find", "is:favourite", 100)
    assert found == {**first, "favourite": 1}
    assert code_of(browsing, "favourite", first["preset"], 2) == "bad_arguments"
    browsing.request("favourite", first["preset"], 0)
    assert browsing.items("find", "is:favourite", 100) == []


def test_facets_name_what_a_filter_can_ask_for(browsing: Client) -> None:
    facets = browsing.items("facets")
    assert {row["field"] for row in facets} == {"synth", "bank", "tag"}
    assert {"field": "synth", "value": "starling", "count": SIZE} in facets
    for row in facets:
        found = browsing.items("find", f'{row["field"]}:"{row["value"]}"', 100)
        assert len(found) >= row["count"] > 0, row


def test_an_audition_is_a_sound_that_is_rendered_once(
    browsing: Client, first: dict[str, Any]
) -> None:
    events = list(browsing.listen("audition", first["preset"], 60, 100, 0.5))
    sound = events[-1].values  # type: ignore[union-attr]
    audio, rate = soundfile.read(sound["path"])
    assert (len(audio), rate) == (sound["frames"], sound["rate"]) == (24_000, 48_000)
    assert np.abs(audio).max() > 0.01
    assert json.loads(sound["recipe"])["synth"] == "starling"
    assert sound["root"] == 60
    assert isinstance(events[0], ProgressEvent)
    assert browsing.request("audition", first["preset"], 60, 100, 0.5) == sound


def test_a_search_with_a_preset_s_own_sound_finds_it(
    browsing: Client, first: dict[str, Any]
) -> None:
    sound = browsing.request("audition", first["preset"], 60, 100, 1.0)
    hits = browsing.items("search", sound["path"], 3, "", "")
    assert len(hits) == 3
    assert hits[0]["preset"] == first["preset"]
    assert hits[0]["score"] > hits[1]["score"] >= hits[2]["score"]


def test_similar_does_not_name_the_preset_itself(browsing: Client, first: dict[str, Any]) -> None:
    hits = browsing.items("similar", first["preset"], 100, "", "")
    assert len(hits) == SIZE - 1
    assert first["preset"] not in {hit["preset"] for hit in hits}


def test_an_export_is_a_file_that_can_be_read_again(
    browsing: Client, first: dict[str, Any], served: Engine
) -> None:
    path = Path(browsing.request("export", first["preset"])["path"])
    assert path.parent == served.folders.exports
    assert path.suffix == ".starling-preset"
    assert json.loads(path.read_text())["name"] == first["name"]


@pytest.mark.parametrize(
    ("verb", "rest"),
    [("audition", (60, 100, 1.0)), ("similar", (5, "", "")), ("export", ()), ("favourite", (1,))],
)
def test_an_unknown_preset_is_refused(browsing: Client, verb: str, rest: tuple[Any, ...]) -> None:
    assert code_of(browsing, verb, 999_999, *rest) == "unknown_preset"


@pytest.mark.parametrize(
    "played",
    [
        (128, 100, 1.0),
        (-1, 100, 1.0),
        (60, 0, 1.0),
        (60, 128, 1.0),
        (60, 100, 0.05),
        (60, 100, 31.0),
        (60, 100, float("nan")),
    ],
)
def test_an_audition_out_of_range_is_refused(
    browsing: Client, first: dict[str, Any], played: tuple[Any, ...]
) -> None:
    assert code_of(browsing, "audition", first["preset"], *played) == "bad_arguments"


def bad_files(inbox: Path) -> dict[str, tuple[Path, str]]:
    """Files that are no sounds, each with the code that it gets."""
    soundfile.write(inbox / "silent.wav", np.zeros(44_100), 44_100)
    soundfile.write(inbox / "empty.wav", np.zeros(0), 44_100)
    soundfile.write(inbox / "whole.wav", np.ones(44_100) * 0.1, 44_100)
    (inbox / "text.wav").write_text("this is no sound\n" * 50)
    (inbox / "nothing.wav").write_bytes(b"")
    (inbox / "header.wav").write_bytes((inbox / "whole.wav").read_bytes()[:30])
    nan = np.full(44_100, np.nan, np.float32)
    soundfile.write(inbox / "nan.wav", nan, 44_100, subtype="FLOAT")
    return {
        "silent": (inbox / "silent.wav", "silent"),
        "no frames": (inbox / "empty.wav", "silent"),
        "text": (inbox / "text.wav", "bad_file"),
        "no bytes": (inbox / "nothing.wav", "bad_file"),
        "cut in the header": (inbox / "header.wav", "bad_file"),
        "not a number": (inbox / "nan.wav", "bad_file"),
    }


def test_files_that_are_no_sounds_are_refused_and_the_engine_goes_on(
    browsing: Client, served: Engine
) -> None:
    for name, (path, code) in bad_files(served.folders.inbox).items():
        assert code_of(browsing, "search", str(path), 5, "", "") == code, name
    assert browsing.request("ping")


def test_a_scan_can_be_cancelled_and_loses_nothing(browsing: Client) -> None:
    before = browsing.items("find", "", 100)
    events = browsing.listen("scan")
    next(events)
    events.close()  # cancels
    end = time.monotonic() + 30
    while browsing.request("status")["running"]:
        assert time.monotonic() < end
        time.sleep(0.05)
    for row in before:
        assert row in browsing.items("find", f"bank:{row['bank']} {row['name']}", 100)


def test_an_export_onto_a_full_disk_is_refused_and_leaves_no_half_file(
    browsing: Client, first: dict[str, Any], served: Engine, small_disk: Callable[[Path], None]
) -> None:
    exports = served.folders.exports
    small_disk(exports)
    with suppress(OSError), (exports / "filler").open("wb", buffering=0) as filler:
        while filler.write(bytes(4096)):
            pass
    assert code_of(browsing, "export", first["preset"]) == "store_full"
    assert [path.name for path in exports.iterdir()] == ["filler"]
    (exports / "filler").unlink()
    assert Path(browsing.request("export", first["preset"])["path"]).stat().st_size > 100


def test_an_engine_hears_an_older_library_anew_and_says_how_far(home: Folders) -> None:
    bank = json.loads(FACTORY.read_text())
    (home.library / "banks").mkdir(parents=True)
    few = {**bank, "presets": bank["presets"][:40]}
    (home.library / "banks" / "few.json").write_text(json.dumps(few))
    with closing(LibraryDatabase.open(home.library, timbre_alone())) as old:
        scan(old, synths=(), jobs=2)
        assert old.count() == 40
    engine = open_engine(home, dict, options=EngineOptions(watch_s=0))
    assert engine is not None
    engine.start()
    said: set[str] = set()
    try:
        with Client(engine.runtime, "watching") as client:
            deadline = time.monotonic() + 60
            while engine.parts.browser.library.embedder is not default():
                assert time.monotonic() < deadline, said
                said.add(str(client.request("status")["text"]))
                assert len(client.items("find", "", 100)) == 40, "the old vectors serve"
                time.sleep(0.02)
            assert len(client.items("find", "", 100)) == 40
    finally:
        engine.close()
    assert any("of 40 presets anew" in text for text in said), said
