"""Sound matching through OSC on a real engine: the built-in synth and a few of its presets."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from starling.engine.config import Folders
from starling.engine.server.engine import Engine, EngineOptions, open_engine
from starling.engine.server.jobs import Ticket
from starling.engine.server.match_job import score
from starling.engine.server.preset_browser import Browser
from starling.engine.wire.client import Client, DoneEvent, ItemEvent, ProgressEvent
from starling.models.errors import StarlingError
from starling.presets.synths import preset_folders

FACTORY = preset_folders.FACTORY
SIZE = 6  # presets of the bank
BUDGET = 100
RATE = 44_100


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine whose library holds a few factory presets, and a target in its inbox."""
    root = tmp_path_factory.mktemp("home")
    home = Folders(*(root / each for each in ("data", "config", "logs", "run")))
    bank = json.loads(FACTORY.read_text())
    few = {**bank, "presets": bank["presets"][:: len(bank["presets"]) // SIZE][:SIZE]}
    (home.library / "banks").mkdir(parents=True)
    (home.library / "banks" / "few.json").write_text(json.dumps(few))
    browser = Browser(home.library)
    browser.scan(Ticket(lambda fraction, text: None), synths=())
    browser.close()
    home.inbox.mkdir(parents=True)
    time = np.arange(RATE // 2) / RATE
    pluck = sum(np.sin(2 * np.pi * 220 * k * time) / k**2 for k in range(1, 9)) * np.exp(-4 * time)
    soundfile.write(home.inbox / "pluck.wav", 0.3 * pluck, RATE)
    engine = open_engine(home, dict, options=EngineOptions(preload=False))
    assert engine is not None
    engine.start()
    yield engine
    engine.close()


@pytest.fixture
def matching(served: Engine) -> Iterator[Client]:
    with Client(served.runtime, "matcher") as client:
        yield client


def _is_new(item: ItemEvent, known: set[int]) -> bool:
    """Whether an item of this index has not been heard before."""
    before = len(known)
    known.add(item.index)
    return len(known) > before


@pytest.fixture(scope="module")
def matched(served: Engine) -> list[Any]:
    """All events of one match, each item once: a client that asks again hears it again."""
    with Client(served.runtime, "matcher") as client:
        target = str(served.folders.inbox / "pluck.wav")
        heard = list(client.listen("match", target, "starling", BUDGET))
    known: set[int] = set()
    return [event for event in heard if not isinstance(event, ItemEvent) or _is_new(event, known)]


def items(events: list[Any], *, final: bool) -> list[dict[str, Any]]:
    rows = [event.values for event in events if isinstance(event, ItemEvent)]
    return [row for row in rows if (row["preset"] > 0) == final]


def test_a_match_says_how_far_it_is_and_what_came_of_it(matched: list[Any]) -> None:
    assert isinstance(matched[-1], DoneEvent)
    done = matched[-1].values
    assert done["loss"] < done["start"]
    assert BUDGET - 4 <= done["evaluations"] <= BUDGET + 4
    assert done["count"] == sum(isinstance(event, ItemEvent) for event in matched)
    texts = [event.text for event in matched if isinstance(event, ProgressEvent)]
    assert any("dB from the target" in text for text in texts)


def test_previews_come_first_and_get_better(matched: list[Any]) -> None:
    previews, finals = items(matched, final=False), items(matched, final=True)
    assert previews and finals
    assert [e.index for e in matched if isinstance(e, ItemEvent)] == list(
        range(len(previews) + len(finals))
    )
    losses = [row["loss"] for row in previews]
    assert losses == sorted(losses, reverse=True)
    assert finals[0]["loss"] <= losses[-1]
    assert finals[0]["loss"] == pytest.approx(matched[-1].values["loss"])


def test_the_sounds_lie_in_the_store(matched: list[Any]) -> None:
    for row in (items(matched, final=False)[-1], *items(matched, final=True)):
        audio, rate = soundfile.read(row["sound_path"])
        assert rate == RATE
        assert RATE // 2 - 50 < len(audio) <= RATE // 2, "as long as the target"
        assert np.abs(audio).max() > 1e-3


def test_the_variants_are_presets_of_the_library(
    matched: list[Any], matching: Client, served: Engine
) -> None:
    best = items(matched, final=True)[0]
    found = matching.items("find", "bank:Matches", 100)
    assert best["preset"] in {row["preset"] for row in found}
    assert (best["name"], best["bank"]) == ("Match of pluck 1", "Matches")
    assert "match" in best["tags"].split(",")
    sound = matching.request("audition", best["preset"], 57, 100, 0.5)
    assert soundfile.info(sound["path"]).frames == 24_000
    assert matching.items("similar", best["preset"], 3, "", "")
    assert Path(matching.request("export", best["preset"])["path"]).stat().st_size > 100
    files = list((served.folders.library / "matches").iterdir())
    assert len(files) >= len(items(matched, final=True))


def test_a_scan_keeps_the_matches(matched: list[Any], served: Engine) -> None:
    before = {row["preset"] for row in items(matched, final=True)}
    browser = Browser(served.folders.library)
    report = browser.scan(Ticket(lambda fraction, text: None), synths=())
    held = {hit.preset for hit in browser.find("bank:Matches", 100)}
    browser.close()
    assert before <= held and not report.failed and not report.added


def test_a_library_that_is_made_anew_finds_the_matches_again(
    matched: list[Any], served: Engine, tmp_path: Path
) -> None:
    shutil.copytree(served.folders.library / "matches", tmp_path / "matches")
    shutil.copytree(served.folders.library / "schemas", tmp_path / "schemas")
    browser = Browser(tmp_path)
    browser.scan(Ticket(lambda fraction, text: None), synths=())
    names = {hit.name for hit in browser.find("bank:Matches", 100)}
    browser.close()
    assert {row["name"] for row in items(matched, final=True)} <= names


def test_a_cancelled_match_stores_nothing(matching: Client, served: Engine) -> None:
    folder = served.folders.library / "matches"
    before = sorted(folder.iterdir()) if folder.is_dir() else []
    events = matching.listen("match", str(served.folders.inbox / "pluck.wav"), "starling", 5000)
    for event in events:
        if isinstance(event, ProgressEvent) and event.fraction > 0.01:
            break
    events.close()  # type: ignore[attr-defined]  # cancels
    while matching.request("status")["running"]:
        pass
    assert (sorted(folder.iterdir()) if folder.is_dir() else []) == before


def test_what_cannot_be_matched_is_refused_and_the_engine_goes_on(
    matching: Client, served: Engine
) -> None:
    inbox = served.folders.inbox
    soundfile.write(inbox / "silent.wav", np.zeros(RATE), RATE)
    (inbox / "text.wav").write_text("this is no sound\n" * 50)
    good = str(inbox / "pluck.wav")
    for arguments, code in (
        ((str(inbox / "silent.wav"), "starling", BUDGET), "silent"),
        ((str(inbox / "text.wav"), "starling", BUDGET), "bad_file"),
        ((str(inbox.parent / "elsewhere.wav"), "starling", BUDGET), "bad_path"),
        ((good, "starling", 99), "bad_arguments"),
        ((good, "starling", 5001), "bad_arguments"),
        ((good, "nonsense", BUDGET), "empty_library"),
    ):
        with pytest.raises(StarlingError) as caught:
            matching.request("match", *arguments)
        assert caught.value.code == code, arguments
    assert matching.request("ping")


def test_a_score_is_one_for_the_same_sound_and_a_half_at_six_db() -> None:
    assert score(0.0) == 1.0
    assert score(6.0) == pytest.approx(0.5)
