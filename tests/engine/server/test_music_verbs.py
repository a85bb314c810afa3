"""Music on the wire: a real engine, a real socket and a small composer."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile
from song_data import toy_song
from tiny_composer import published

from starling.engine.config import Folders
from starling.engine.server.engine import Engine, EngineOptions, open_engine
from starling.engine.wire.client import Client
from starling.models.errors import StarlingError
from starling.models.nes.scores import in_time, midi_file
from starling.models.nes.vgm import vgm


@pytest.fixture
def engine(home: Folders) -> Iterator[Engine]:
    published(home.models)
    engine = open_engine(home, lambda: {}, options=EngineOptions(preload=False))
    assert engine is not None
    engine.start()
    yield engine
    engine.close()


def code(client: Client, *values: Any) -> str:
    with pytest.raises(StarlingError) as caught:
        client.request("compose", *values)
    assert len(str(caught.value)) > 15
    return caught.value.code


def test_composers_are_listed_apart_from_sounds(client: Client, home: Folders) -> None:
    assert not client.items("models") and not client.items("textures")
    row = next(each for each in client.items("composers") if each["model"] == "toy")
    assert row["title"] == "Toy"
    names = [each["name"] for each in json.loads(row["controls"])]
    assert {"temperature", "repetition", "p1_duty", "no_level"} <= set(names)
    published(home.models, "later")
    assert {"later", "toy"} <= {each["model"] for each in client.items("composers")}


def test_a_phrase_is_continued(client: Client, home: Folders) -> None:
    prompt = home.inbox / "phrase.mid"
    midi_file.write(prompt, in_time.to_midi(toy_song(1, 48), in_time.Beats(120.0, 12)))
    request = ("toy", 5, str(prompt), "p1 p2 tr no", 1, "4/4", 120.0, "temperature", 0.8)
    found = client.request("compose", *request)
    audio, rate = soundfile.read(found["path"])
    assert (len(audio), rate, found["rate"]) == (found["frames"], 44_100, 44_100)
    assert (found["frames"], found["start"]) == (4 * 44_100, 2 * 44_100)
    assert midi_file.read(Path(found["midi"])).length == pytest.approx(4.0, abs=1e-3)
    assert vgm.read(Path(found["vgm"])).writes.samples == 4 * 44_100
    assert json.loads(found["recipe"])["voices"] == ["p1", "p2", "tr", "no"]
    assert client.request("compose", *request) == found
    again = client.request("compose", "toy", 5, found["midi"], "no", 0, "4/4", 120.0)
    assert again["start"] == again["frames"] == found["frames"] and again["path"] != found["path"]


def test_bad_requests_get_a_code_and_a_sentence(client: Client, home: Folders) -> None:
    every, folder = "p1 p2 tr no", home.inbox
    (folder / "no.mid").write_bytes(b"no MIDI")
    (folder / "rest.mid").write_bytes(midi_file.to_bytes(midi_file.parse(EMPTY)))
    assert code(client, "drums", 1, "", every, 1, "4/4", 120.0) == "unknown_model"
    assert code(client, "toy", -1, "", every, 1, "4/4", 120.0) == "bad_seed"
    assert code(client, "toy", 1, "/etc/passwd", every, 1, "4/4", 120.0) == "bad_path"
    assert code(client, "toy", 1, str(folder / "no.mid"), every, 1, "4/4", 120.0) == "bad_file"
    assert code(client, "toy", 1, str(folder / "rest.mid"), every, 1, "4/4", 120.0) == "bad_prompt"
    assert code(client, "toy", 1, "", "p1", 1, "4/4", 120.0) == "bad_arguments"
    assert code(client, "toy", 1, "", every, 1, "4/4", 20.0) == "bad_arguments"
    assert code(client, "toy", 1, "", every, 1, "4/5", 120.0) == "bad_arguments"
    assert code(client, "toy", 1, "", every, 1, "4/4", 120.0, "decay", 1.0) == "bad_control"


EMPTY = bytes.fromhex("4d546864 00000006 0001 0001 0060 4d54726b 00000004 00ff2f00")
