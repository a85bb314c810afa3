import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import soundfile

from starling.engine import log
from starling.engine.config import Folders
from starling.engine.server.background_tasks import OWNER
from starling.engine.server.engine import Engine, EngineOptions, open_engine
from starling.engine.wire.client import Client, DoneEvent, ItemEvent, ProgressEvent, connect
from starling.engine.wire.instance_file import InstanceLocks
from starling.models.artifacts.catalogue import ModelCard, catalogue
from starling.models.errors import MissingError, StarlingError


def code_of(client: Client, verb: str, *values: object) -> str:
    with pytest.raises(StarlingError) as caught:
        client.request(verb, *values)  # type: ignore[arg-type]
    assert str(caught.value)
    return caught.value.code


def test_hello_tells_version_and_inbox(client: Client, engine: Engine) -> None:
    assert client.welcome["protocol"] == 2
    assert Path(str(client.welcome["inbox"])).is_dir()


def test_ping_counts_up(client: Client) -> None:
    first = client.request("ping")["uptime"]
    assert client.request("ping")["uptime"] > first


def test_models_lists_controls(client: Client) -> None:
    [row] = client.items("models")
    controls = json.loads(str(row["controls"]))
    assert row["model"] == "beep" and row["weights"] == "0123abcd"
    assert controls[0] == {"name": "level", "title": "Level", "min": 0, "max": 1, "default": 0.5}
    assert controls[2]["labels"] == ["No", "Yes"]


def test_status_counts_models(client: Client) -> None:
    status = client.request("status")
    assert status["models"] == 1
    assert "1 models" in str(status["text"])


def test_generate_writes_a_float_wav_that_others_read(client: Client) -> None:
    sound = client.request("generate", "beep", 7, "level", 0.25)
    audio, rate = soundfile.read(str(sound["path"]), dtype="float32", always_2d=True)
    assert (len(audio), rate, audio.shape[1]) == (sound["frames"], sound["rate"], sound["channels"])
    assert soundfile.info(str(sound["path"])).subtype == "FLOAT"
    assert np.abs(audio).max() == pytest.approx(0.25, abs=1e-3)
    recipe = json.loads(str(sound["recipe"]))
    assert recipe["seed"] == 7 and recipe["controls"]["level"] == 0.25


def test_generate_twice_gives_the_same_sound(client: Client) -> None:
    first = client.request("generate", "beep", 7)
    before = Path(str(first["path"])).read_bytes()
    Path(str(first["path"])).unlink()
    again = client.request("generate", "beep", 7)
    assert again == first
    assert Path(str(again["path"])).read_bytes() == before


def test_a_sound_in_the_store_does_not_wait_for_one_being_made(
    client: Client, engine: Engine
) -> None:
    held = client.request("generate", "beep", 1)
    with Client(engine.runtime, "slow") as other:
        slow = threading.Thread(target=other.request, args=("generate", "beep", 2, "slow", 0.5))
        slow.start()
        time.sleep(0.1)
        began = time.perf_counter()
        assert client.request("generate", "beep", 1) == held
        assert time.perf_counter() - began < 0.1
        slow.join()


def test_a_sound_in_the_store_does_not_wait_for_its_model(
    new_engine: Callable[..., Engine], home: Folders
) -> None:
    """As after a restart: loading takes seconds."""
    first = new_engine()
    with Client(first.runtime, "before") as client:
        held = client.request("generate", "beep", 1)
    first.close()
    ended = threading.Event()

    def load(card: ModelCard) -> NoReturn:
        ended.wait(30)
        raise MissingError(f"{card.name} is not there")

    second = open_engine(home, first._catalogue, load)
    assert second is not None
    second.start()
    with Client(second.runtime, "after") as client:
        assert client.request("generate", "beep", 1, timeout=10) == held
    ended.set()
    second.close()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (("nobody", 1), "unknown_model"),
        (("beep", -1), "bad_seed"),
        (("beep", 1, "colour", 0.5), "bad_control"),
        (("beep", 1, "level", 1.5), "bad_control"),
        (("beep", 1, "level", float("nan")), "bad_control"),
        (("beep", 1, "level", 0.1, "level", 0.2), "bad_control"),
        (("beep", 1, "broken", 1.0), "internal"),
    ],
)
def test_generate_refuses(client: Client, values: tuple[object, ...], code: str) -> None:
    assert code_of(client, "generate", *values) == code
    assert client.request("generate", "beep", 1)["frames"] == 4410


def test_a_long_job_is_acknowledged_and_ends_once(client: Client) -> None:
    events = list(client.listen("generate", "beep", 3, "slow", 0.7))
    assert isinstance(events[0], ProgressEvent)
    assert [type(each) for each in events].count(DoneEvent) == 1
    assert not any(isinstance(each, ItemEvent) for each in events)


def test_cancel_ends_a_running_request(engine: Engine, raw: Any) -> None:
    raw.greet()
    assert raw.request("generate", 2, "beep", 4, "slow", 2.0)[0].endswith("progress")
    began = time.monotonic()
    answers = [raw.request("cancel", 3, 2), raw.next()]
    assert ("/starling/fail", [2, "generate", "cancelled", "the request was cancelled"]) in answers
    assert ("/starling/done", [3, "cancel", 1]) in answers
    assert time.monotonic() - began < 1


def test_leaving_a_request_cancels_it(client: Client, engine: Engine) -> None:
    events = client.listen("generate", "beep", 4, "slow", 0.5)
    next(events)
    events.close()
    client.request("ping")
    lane = engine._jobs._lanes["generate"]
    assert not lane.find(lambda job: job.key.owner != OWNER)  # the engine's own may still wait


def test_cancel_of_nothing_finds_nothing(client: Client) -> None:
    assert client.request("cancel", 77)["found"] == 0


def test_release_lets_the_store_evict(client: Client, engine: Engine) -> None:
    sound = client.request("generate", "beep", 5)
    assert engine.parts.store._holders
    client.request("release", sound["sound"])
    assert not engine.parts.store._holders


def test_release_of_no_sound_is_refused_nothing(client: Client) -> None:
    assert client.request("release", "not an id") == {}


def test_find_in_an_empty_library_says_how_to_fill_it(client: Client) -> None:
    assert code_of(client, "find", "pad", 5) == "empty_library"


def test_quit_ends_the_wait(client: Client, engine: Engine) -> None:
    client.request("quit")
    assert engine.wait() == "asked to"


def test_prefetch_puts_the_sound_of_a_key_into_the_store(engine: Engine) -> None:
    engine.background.prefetch("beep", 38)
    end = time.monotonic() + 5
    while not len(engine.parts.store) and time.monotonic() < end:
        time.sleep(0.01)
    assert len(engine.parts.store) == 1


def test_reading_the_models_cards_keeps_nobody_waiting(home: Folders) -> None:
    """They may lie on a slow disk, and there may be many."""
    slow = threading.Event()

    def cards() -> dict[str, ModelCard]:
        if slow.is_set():
            time.sleep(1.0)
        return catalogue()

    engine = open_engine(home, cards, options=EngineOptions(preload=False))
    assert engine is not None
    engine.start()
    slow.set()
    with (
        Client(engine.runtime, "one") as one,
        Client(engine.runtime, "two") as two,
    ):
        reading = one.listen("models")
        assert isinstance(next(reading), ProgressEvent)
        began = time.perf_counter()
        two.request("ping")
        assert time.perf_counter() - began < 0.5
        # a slow machine hears of progress twice
        answers = [each for each in reading if not isinstance(each, ProgressEvent)]
        listed = [card for card in catalogue().values() if not card.is_texture]
        assert [type(each) for each in answers] == [ItemEvent] * len(listed) + [DoneEvent]
    engine.close()


def test_a_card_too_large_for_a_message_hides_no_other(home: Folders) -> None:
    home.models.mkdir(parents=True)
    shipped = catalogue()["drums"].path
    shutil.copy(shipped.with_suffix(".safetensors"), home.models)
    card = json.loads(shipped.read_text())
    card["controls"][0]["labels"] = [f"label {number}" for number in range(1200)]
    (home.models / "fat.json").write_text(json.dumps({**card, "name": "fat"}))
    engine = open_engine(home, lambda: catalogue(home.models), options=EngineOptions(preload=False))
    assert engine is not None
    engine.start()
    with Client(engine.runtime, "test") as client:
        assert [row["model"] for row in client.items("models")] == ["drums", "meows"]
    engine.close()


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_what_finds_the_engine_is_put_back_while_it_runs(engine: Engine, home: Folders) -> None:
    """As systemd clears the run folder when its user logs out."""
    shutil.rmtree(home.run)
    shutil.rmtree(home.inbox)
    assert until(lambda: (home.run / "engine.json").exists() and home.inbox.exists())
    with connect(home.run) as client:
        assert client.request("status")["models"] == 1
    assert open_engine(home, dict) is None


def test_an_engine_whose_place_another_has_taken_leaves(engine: Engine, home: Folders) -> None:
    with engine._mutex:  # no tick meanwhile
        shutil.rmtree(home.run)
        other = InstanceLocks.take(home.run)
    assert other is not None
    with other:
        assert engine.wait() == "another engine has its place"
    assert not (home.run / "engine.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links and named pipes are POSIX")
def test_odd_entries_do_not_prevent_the_start(home: Folders, new_engine: Any) -> None:
    for folder in (home.run, home.store, home.inbox, home.streams, home.models, home.logs):
        folder.mkdir(parents=True)
    for folder in (home.run, home.data):
        os.mkfifo(folder / "engine.lock")
    (home.run / "engine.json").mkdir()
    (home.store / ".x.part").mkdir()
    (home.store / f"{1:032x}.wav").symlink_to("nowhere")
    (home.streams / "x.wav").mkdir()
    for folder in (home.inbox, home.models):
        (folder / "a.json").symlink_to("nowhere")
        (folder / "b.json").mkdir()
        os.mkfifo(folder / "c.json")
    (home.models / "d.json").write_text("[" * 99_999)
    os.mkfifo(home.logs / log.FILE)
    log.close_log(log.open_log(home.logs))
    engine = new_engine()
    with connect(home.run) as client:
        assert client.request("generate", "beep", 1)["frames"] == 4410
    assert list(catalogue(engine.folders.models)) == list(catalogue())


def test_a_store_that_was_removed_is_made_anew(client: Client, home: Folders) -> None:
    before = client.request("generate", "beep", 1)
    shutil.rmtree(home.store)
    assert client.request("generate", "beep", 1) == before
    assert Path(before["path"]).is_file()


def test_a_damaged_sound_is_made_anew_and_told(client: Client, engine: Engine) -> None:
    path = Path(client.request("generate", "beep", 1)["path"])
    before = path.read_bytes()
    path.write_bytes(before.replace(before[-3000:-2900], bytes(100)))
    client.request("generate", "beep", 1)
    assert path.read_bytes() == before
    assert "damaged sounds found: 1" in client.request("status")["text"]


def test_status_says_why_presets_cannot_be_counted(home: Folders, new_engine: Any) -> None:
    home.library.mkdir(parents=True)
    (home.library / "library.sqlite").write_text("no database, but long enough to be read " * 50)
    new_engine(watch_s=0)
    with connect(home.run) as client:
        assert until(lambda: "presets cannot be counted" in client.request("status")["text"])
        status = client.request("status")
        assert status["presets"] == 0 and "`starling presets scan` sets it aside" in status["text"]
        assert code_of(client, "find", "x", 5) == "bad_file"
