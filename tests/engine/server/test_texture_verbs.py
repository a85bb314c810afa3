"""Textures on the wire: a real engine, a real socket, a model that is a formula."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from toy_texture import RATE, Drone, drone, drone_card

from starling.engine.config import Folders
from starling.engine.server import session
from starling.engine.server.engine import Engine, EngineOptions, open_engine
from starling.engine.sounds.recipe import parse_recipe
from starling.engine.textures.growing_file import read_frames
from starling.engine.wire.client import Client, ProgressEvent
from starling.models.artifacts.catalogue import ModelCard
from starling.models.errors import StarlingError
from starling.models.samplernn.take import Take

DRUM = ModelCard("drum", "Drum", "0123", RATE, 60, (), Path("drum.json"))


class Drum:
    """A one-shot beside the texture."""

    def generate(self, seed: int, controls: dict[str, float]) -> np.ndarray:
        return np.full((1, 100), 0.5, np.float32)


@pytest.fixture
def engine(home: Folders) -> Iterator[Engine]:
    cards = {"drone": drone_card(root=48), "drum": DRUM}

    def load(card: ModelCard) -> Any:
        return Drone(card) if card.is_texture else Drum()

    engine = open_engine(home, lambda: cards, load, EngineOptions())
    assert engine is not None
    engine.start()
    yield engine
    engine.close()


def ready(client: Client, stream: int, until: int) -> int:
    end = time.monotonic() + 5
    while (found := client.request("pace", stream, until))["ready"] < until:
        assert time.monotonic() < end and not found["ended"], found
        time.sleep(0.005)
    return int(found["ready"])


def code(client: Client, verb: str, *values: Any) -> str:
    with pytest.raises(StarlingError) as caught:
        client.request(verb, *values)
    assert len(str(caught.value)) > 15
    return caught.value.code


def test_textures_are_listed_apart_from_one_shots(client: Client) -> None:
    assert [row["model"] for row in client.items("models")] == ["drum"]
    [row] = client.items("textures")
    assert (row["model"], row["title"], row["weights"]) == ("drone", "Drone", "d1" * 32)
    assert [each["name"] for each in json.loads(row["controls"])] == ["temperature"]


def test_a_stream_is_played_turned_frozen_and_stopped(client: Client) -> None:
    found = client.request("stream", "drone", 7, "", "temperature", 0.5)
    assert (found["rate"], found["root"]) == (RATE, 48)
    recipe = parse_recipe(found["recipe"])
    assert (recipe.model, recipe.seed) == ("drone", 7)
    first = ready(client, found["stream"], 8_000)
    client.request("pace", found["stream"], 16_000, "temperature", 1.5)
    ready(client, found["stream"], 16_000)
    assert "1 textures playing" in client.request("status")["text"]
    frozen = client.request("freeze", found["stream"], 100, 12_000)
    sound, rate = soundfile.read(frozen["path"], dtype="float32")
    assert (rate, frozen["frames"], frozen["root"], frozen["channels"]) == (RATE, 12_000, 48, 1)
    assert np.array_equal(sound, read_frames(Path(found["path"]), 100, 12_000))
    assert np.array_equal(
        sound[: first - 100], drone(Take(7, {"temperature": 0.5}), first - 100, 100)
    )
    frames = client.request("stop", found["stream"])["frames"]
    assert soundfile.info(found["path"]).frames == frames
    answer = client.request("pace", found["stream"], 99_999)
    assert answer == {"ready": frames, "ended": 1, "text": ""}


def test_a_frozen_sound_is_made_again_from_its_recipe(client: Client, engine: Engine) -> None:
    found = client.request("stream", "drone", 7, "")
    ready(client, found["stream"], 8_000)
    client.request("pace", found["stream"], 16_000, "temperature", 1.5)
    ready(client, found["stream"], 16_000)
    frozen = client.request("freeze", found["stream"], 3_000, 9_000)
    before = Path(frozen["path"]).read_bytes()
    Path(frozen["path"]).unlink()
    again = client.request("turn", frozen["recipe"])
    assert again == frozen and Path(again["path"]).read_bytes() == before
    other = client.request("turn", frozen["recipe"], "temperature", 0.7)
    assert other["sound"] != frozen["sound"]
    assert parse_recipe(other["recipe"]).passage == parse_recipe(frozen["recipe"]).passage


def test_the_first_texture_is_loaded_before_it_is_played(engine: Engine) -> None:
    end = time.monotonic() + 5
    while not engine.parts.generators.is_warm("drone"):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_generate_makes_a_texture_of_some_seconds(client: Client) -> None:
    found = client.request("generate", "drone", 3, "seconds", 2.0)
    assert found["frames"] == 2 * RATE
    sound, _ = soundfile.read(found["path"], dtype="float32")
    inside = slice(RATE // 100, -RATE // 100)  # it begins and ends with a fade
    assert np.array_equal(sound[inside], drone(Take(3, {"temperature": 1.0}), 2 * RATE)[inside])


def written(folder: Path, samples: np.ndarray, rate: int = RATE) -> str:
    soundfile.write(folder / "prime.wav", samples, rate, subtype="FLOAT")
    return str(folder / "prime.wav")


TONE = 0.4 * np.sin(np.arange(RATE) / 20).astype(np.float32)


def test_a_stream_goes_on_from_a_prime(client: Client, home: Folders) -> None:
    path = written(home.inbox, TONE)
    one, two = (client.request("stream", "drone", seed, path) for seed in (7, 7))
    prime = parse_recipe(one["recipe"]).passage.prime
    assert two["recipe"] == one["recipe"] and len(prime) == 32
    ready(client, one["stream"], 4_000)
    wanted = drone(Take(7, {"temperature": 1.0}, TONE), 4_000)
    assert np.array_equal(read_frames(Path(one["path"]), 0, 4_000), wanted)
    stored = str(home.store / f"{prime}.wav")
    assert client.request("stream", "drone", 7, stored)["recipe"] == one["recipe"]
    frozen = client.request("freeze", one["stream"], 0, 4_000)
    Path(path).unlink()
    Path(frozen["path"]).unlink()
    assert client.request("turn", frozen["recipe"]) == frozen
    Path(stored).unlink()
    Path(frozen["path"]).unlink()
    assert code(client, "turn", frozen["recipe"]) == "missing"


def test_of_a_long_prime_the_client_is_told(client: Client, home: Folders) -> None:
    path = written(home.inbox, np.tile(TONE, 70))
    events = list(client.listen("stream", "drone", 7, path))
    texts = [each.text for each in events if isinstance(each, ProgressEvent)]
    assert "the prime lasts 70 s, of which the last 60 count" in texts


def test_bad_requests_are_answered(client: Client, home: Folders, tmp_path: Path) -> None:
    assert code(client, "stream", "dron", 1, "") == "unknown_model"
    assert code(client, "stream", "drum", 1, "") == "not_texture"
    assert code(client, "stream", "drone", -1, "") == "bad_seed"
    assert code(client, "stream", "drone", 1, "", "temperature", 7.0) == "bad_control"
    assert code(client, "stream", "drone", 1, "", "seconds", 7.0) == "bad_control"
    assert code(client, "stream", "drone", 1, str(home.inbox / "absent.wav")) == "bad_path"
    (tmp_path / "outside").mkdir()
    assert code(client, "stream", "drone", 1, written(tmp_path / "outside", TONE)) == "bad_path"
    assert code(client, "stream", "drone", 1, written(home.inbox, 0 * TONE)) == "silent"
    assert code(client, "stream", "drone", 1, written(home.inbox, np.nan * TONE)) == "bad_file"
    assert code(client, "pace", 1, 100) == "no_stream"
    assert code(client, "stop", 1) == "no_stream"
    assert code(client, "freeze", 1, 0, 1) == "no_stream"
    found = client.request("stream", "drone", 1, "")
    ready(client, found["stream"], 4_000)
    assert code(client, "freeze", found["stream"], 0, 90_000) == "bad_arguments"
    assert code(client, "pace", found["stream"], 9, "temperature", 0.6, "temperature", 0.7) == (
        "bad_control"
    )


def test_a_latent_space_is_what_textures_lack(client: Client) -> None:
    found = client.request("generate", "drone", 3, "seconds", 1.0)
    assert code(client, "morph", found["recipe"], found["recipe"], 0.5, 0.5) == "no_latent"


def test_variations_go_on_from_the_end_of_a_texture(client: Client, home: Folders) -> None:
    found = client.request("stream", "drone", 7, "")
    ready(client, found["stream"], 8_000)
    frozen = client.request("freeze", found["stream"], 0, 8_000)
    near = client.items("vary", frozen["recipe"], 0.25, 3, 1)
    sound, _ = soundfile.read(frozen["path"], dtype="float32")
    assert len({row["sound"] for row in near}) == 3
    for row in near:
        recipe = parse_recipe(row["recipe"])
        assert recipe.passage.span == (0, 8_000) and row["frames"] == 8_000
        take = Take(recipe.seed, {"temperature": 1.0}, sound[2_000:])
        made, _ = soundfile.read(row["path"], dtype="float32")
        assert np.array_equal(made, drone(take, 8_000))
        assert (home.store / f"{recipe.passage.prime}.wav").is_file()
    more = client.items("vary", frozen["recipe"], 0.25, 5, 1)
    assert more[:3] == near
    far = client.items("vary", frozen["recipe"], 1.0, 1, 1)
    assert parse_recipe(far[0]["recipe"]).passage.prime == ""
    assert client.items("vary", frozen["recipe"], 0.0, 2, 1) == [frozen, frozen]
    again = client.request("turn", near[0]["recipe"])
    assert again == near[0]


def test_another_clients_stream_is_out_of_reach(client: Client, engine: Engine) -> None:
    found = client.request("stream", "drone", 1, "")
    with Client(engine.runtime, "other") as other:
        for verb, *values in (("pace", 9), ("stop",), ("freeze", 0, 10)):
            assert code(other, verb, found["stream"], *values) == "no_stream"


def test_the_start_is_quick_and_the_first_frames_follow(client: Client) -> None:
    client.request("stream", "drone", 1, "")
    times = []
    for seed in range(10):
        began = time.monotonic()
        found = client.request("stream", "drone", seed, "")
        while Path(found["path"]).stat().st_size < 44 + 4 * RATE // 20:
            time.sleep(0.0005)
        times.append(time.monotonic() - began)
    assert sorted(times)[5] < 0.06


def test_a_repeated_request_starts_no_second_stream(raw: Any, engine: Engine) -> None:
    raw.greet()
    first = raw.request("stream", 2, "drone", 1, "")
    for until in range(200):  # many answers between the request and its repetition
        raw.request("pace", 3 + until, first[1][2], until)
    assert raw.request("stream", 2, "drone", 1, "") == first
    assert engine.parts.streams.playing() == 1


def test_a_dropped_clients_streams_go(client: Client, engine: Engine) -> None:
    found = client.request("stream", "drone", 1, "")
    [address] = engine._state.clients
    engine._step(lambda now: session.ticked(now, time.monotonic() + 60))
    assert not Path(found["path"]).exists() and address not in engine._state.clients


def test_an_engine_that_stops_leaves_whole_files(client: Client, engine: Engine) -> None:
    found = client.request("stream", "drone", 1, "")
    frames = ready(client, found["stream"], 4_000)
    engine.close()
    assert soundfile.info(found["path"]).frames >= frames


def test_other_weights_are_another_texture(client: Client, engine: Engine) -> None:
    found = client.request("generate", "drone", 3, "seconds", 1.0)
    engine.parts.generators.renew({"drone": replace(drone_card(), weights_hash="e2" * 32)})
    assert code(client, "turn", found["recipe"]) == "other_weights"
