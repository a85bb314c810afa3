"""encode, vary, morph and turn over a real socket, with the shipped drums."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from starling.engine.config import Folders
from starling.engine.server.engine import Engine, EngineOptions, open_engine
from starling.engine.sounds.loaded_models import Generator, load_quietly
from starling.engine.wire.client import Client, DoneEvent, ItemEvent, ProgressEvent
from starling.models.artifacts.catalogue import ModelCard, catalogue
from starling.models.errors import StarlingError

RATE = 44_100
DRUMS = catalogue()["drums"]
PLAIN = ModelCard("plain", "Plain", "ab" * 32, RATE, 60, (), Path("plain.json"), kind="dense_gan")
CARDS = {"drums": DRUMS, "plain": PLAIN}
OPTIONS = EngineOptions(preload=False, watch_s=0)


class Plain:
    """A model that makes sounds but has no latent space."""

    def generate(self, seed: int, controls: dict[str, float]) -> NDArray[np.float32]:
        return np.full((1, 100), 0.5, np.float32)


def load(card: ModelCard) -> Generator:
    return Plain() if card.name == "plain" else load_quietly(card)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    folder = tmp_path_factory.mktemp("home")
    return Folders(*(folder / each for each in ("data", "config", "logs", "run")))


@pytest.fixture(scope="module")
def engine(home: Folders) -> Iterator[Engine]:
    engine = open_engine(home, lambda: CARDS, load, OPTIONS)
    assert engine is not None
    engine.parts.generators.get("drums")  # importing torch under load silences an engine for long
    engine.start()
    yield engine
    engine.close()


@pytest.fixture
def client(engine: Engine) -> Iterator[Client]:
    with Client(engine.runtime, "test") as client:
        yield client


@pytest.fixture
def kick(client: Client) -> dict[str, Any]:
    return client.request("generate", "drums", 11, "kind", 1)


def samples(sound: dict[str, Any]) -> NDArray[np.float32]:
    return np.asarray(soundfile.read(sound["path"], dtype="float32")[0], np.float32)


def fields(sound: dict[str, Any]) -> dict[str, Any]:
    found = json.loads(sound["recipe"])
    assert isinstance(found, dict)
    return found


def code_of(client: Client, verb: str, *values: object) -> str:
    with pytest.raises(StarlingError) as caught:
        client.request(verb, *values)  # type: ignore[arg-type]
    assert len(str(caught.value)) > 10
    return caught.value.code


def test_variations_come_one_by_one_and_again_the_same(
    client: Client, kick: dict[str, Any]
) -> None:
    events = [
        each
        for each in client.listen("vary", kick["recipe"], 0.3, 4, 5)
        if not isinstance(each, ProgressEvent)
    ]
    assert isinstance(events[-1], DoneEvent)
    heard = {each.index: each.values for each in events if isinstance(each, ItemEvent)}  # or again
    assert sorted(heard) == [0, 1, 2, 3]
    rows = [heard[index] for index in range(4)]
    assert len({row["sound"] for row in rows} | {kick["sound"]}) == 5
    assert [Path(row["path"]).is_file() for row in rows] == [True] * 4
    held = [(fields(row)["seed"], fields(row)["controls"]) for row in rows]
    assert held == [(11, fields(kick)["controls"])] * 4, "only the point moves"
    assert client.items("vary", kick["recipe"], 0.3, 2, 5) == rows[:2]
    [other] = client.items("vary", kick["recipe"], 0.3, 1, 6)
    assert other["sound"] not in {row["sound"] for row in rows}


def test_a_variation_of_nothing_is_the_sound(client: Client, kick: dict[str, Any]) -> None:
    [same] = client.items("vary", kick["recipe"], 0.0, 1, 5)
    assert samples(same).tobytes() == samples(kick).tobytes()


def test_a_morph_moves_the_timbre_by_x_and_the_knobs_by_y(
    client: Client, kick: dict[str, Any]
) -> None:
    snare = client.request("generate", "drums", 3, "kind", 2, "decay", 1.0)
    here = client.request("morph", kick["recipe"], snare["recipe"], 0.0, 0.0)
    assert samples(here).tobytes() == samples(kick).tobytes()
    middle = fields(client.request("morph", kick["recipe"], snare["recipe"], 0.25, 0.25))
    assert middle["point"]["kinds"] == {"kick": 0.75, "snare": 0.25}
    assert (middle["controls"]["kind"], middle["controls"]["decay"]) == (1.0, 0.625)
    there = fields(client.request("morph", kick["recipe"], snare["recipe"], 1.0, 0.0))
    assert there["point"]["kinds"] == {"snare": 1.0} and there["seed"] == 11
    assert (there["controls"]["kind"], there["controls"]["decay"]) == (2.0, 0.5)


def test_turning_a_knob_is_generating_with_it(client: Client, kick: dict[str, Any]) -> None:
    long = client.request("turn", kick["recipe"], "decay", 0.9)
    assert long == client.request("generate", "drums", 11, "kind", 1, "decay", 0.9)
    assert long["frames"] > kick["frames"]
    assert client.request("turn", kick["recipe"]) == kick


def test_turning_a_knob_of_a_variation_keeps_its_point(
    client: Client, kick: dict[str, Any]
) -> None:
    [varied] = client.items("vary", kick["recipe"], 0.5, 1, 0)
    bright = client.request("turn", varied["recipe"], "brightness", 0.9)
    assert fields(bright)["point"] == fields(varied)["point"]
    assert fields(bright)["controls"]["brightness"] == 0.9
    assert client.request("turn", varied["recipe"], "kind", 1.0) == varied
    assert code_of(client, "turn", varied["recipe"], "kind", 2.0) == "bad_control"


def test_a_recording_is_encoded_while_notes_play_on(
    client: Client, engine: Engine, kick: dict[str, Any]
) -> None:
    path = engine.folders.inbox / "mine.wav"
    soundfile.write(path, np.pad(samples(kick) * 0.3, (RATE // 10, 0)), RATE, subtype="PCM_24")
    heard: list[tuple[float, str]] = []
    found: list[dict[str, Any]] = []

    def encode() -> None:
        with Client(engine.runtime, "other") as other:
            told = other.request(
                "encode", str(path), "drums", progress=lambda *each: heard.append(each)
            )
            found.append(told)

    work = threading.Thread(target=encode)
    work.start()
    while not any(fraction > 0.2 for fraction, _ in heard):
        client.request("ping")  # who is silent for long is forgotten
        time.sleep(0.05)
    client.request("generate", "drums", 12, "kind", 1)
    assert work.is_alive(), "the note did not wait for the encoding"
    work.join()
    [mine] = found
    assert fields(mine)["point"]["kinds"] == {"kick": 1.0}
    assert {text for _, text in heard} >= {"queued", "listening"}
    with Client(engine.runtime, "later") as later:  # a busy machine takes more than ten seconds
        [wide] = later.items("vary", mine["recipe"], 0.2, 1, 0)
    assert wide["sound"] != mine["sound"]


def test_an_encoding_is_cancelled_at_once(
    client: Client, engine: Engine, kick: dict[str, Any]
) -> None:
    events = client.listen("encode", kick["path"], "drums")
    while not (isinstance(event := next(events), ProgressEvent) and event.text == "listening"):
        pass
    events.close()
    client.request("ping")
    lane = engine._jobs._lanes["encode"]
    end = time.monotonic() + 10
    while lane.counts() != (0, 0) and time.monotonic() < end:
        time.sleep(0.01)
    assert lane.counts() == (0, 0)


def test_what_is_stored_needs_no_model(client: Client, engine: Engine, home: Folders) -> None:
    kick = client.request("generate", "drums", 21, "kind", 1)["recipe"]
    [one] = client.items("vary", kick, 0.3, 1, 0)
    [two] = client.items("vary", kick, 0.3, 1, 1)
    asked = [
        ("turn", kick, "decay", 0.25),
        ("turn", one["recipe"], "decay", 0.25),
        ("morph", one["recipe"], two["recipe"], 0.5, 0.5),
    ]
    answers = [client.request(*each) for each in asked]  # type: ignore[arg-type]
    more = client.items("vary", one["recipe"], 0.1, 2, 0)

    def none(card: ModelCard) -> Generator:
        raise AssertionError("the model is not needed")

    held, engine.parts.generators._load = engine.parts.generators._load, none
    engine.parts.generators._loaded.clear()
    try:
        assert [client.request(*each) for each in asked] == answers  # type: ignore[arg-type]
        assert client.items("vary", one["recipe"], 0.1, 2, 0) == more
        assert code_of(client, "vary", kick, 0.3, 1, 0) == "internal", "its point is the seed's"
    finally:
        engine.parts.generators._load = held


def edited(recipe: str, **changes: object) -> str:
    return json.dumps({**json.loads(recipe), **changes})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"model": "nobody"}, "unknown_model"),
        ({"weights": "00" * 32}, "other_weights"),
        ({"render": 99}, "other_weights"),
        ({"seed": -1}, "bad_seed"),
        ({"controls": {"colour": 1}}, "bad_control"),
        ({"controls": {"decay": 7}}, "bad_control"),
        ({"controls": {"decay": float("nan")}}, "bad_recipe"),
        ({"point": {"kinds": {"meow": 1}, "latent": [0] * 27}}, "bad_point"),
        ({"point": {"kinds": {"kick": 1}, "latent": [0]}}, "bad_point"),
        ({"point": {"kinds": {"kick": 1}, "latent": [float("inf")] * 27}}, "bad_point"),
        ({"more": 1}, "bad_recipe"),
    ],
)
def test_recipes_of_others_are_refused(
    client: Client, kick: dict[str, Any], changes: dict[str, object], code: str
) -> None:
    recipe = edited(kick["recipe"], **changes)
    assert code_of(client, "turn", recipe, "decay", 0.125) == code
    assert code_of(client, "vary", recipe, 0.5, 1, 0) == code
    assert code_of(client, "morph", kick["recipe"], recipe, 0.5, 0.5) == code


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ((2.0, 1, 0), "bad_arguments"),
        ((-0.1, 1, 0), "bad_arguments"),
        ((float("nan"), 1, 0), "bad_arguments"),
        ((0.5, 0, 0), "bad_arguments"),
        ((0.5, 33, 0), "bad_arguments"),
        ((0.5, 1, -1), "bad_seed"),
    ],
)
def test_vary_refuses(
    client: Client, kick: dict[str, Any], values: tuple[object, ...], code: str
) -> None:
    assert code_of(client, "vary", kick["recipe"], *values) == code


@pytest.mark.parametrize("text", ["", "kick", "{", "[]", "{}", '{"kind":"preset"}', "9" * 7000])
def test_other_text_is_refused(client: Client, text: str) -> None:
    for verb, *values in (("turn", text), ("vary", text, 0.5, 1, 0)):
        assert code_of(client, str(verb), *values) == "bad_recipe"


def test_nine_kilobytes_never_leave(client: Client) -> None:
    assert code_of(client, "turn", "9" * 9000) == "bad_arguments"


@pytest.mark.parametrize("place", [(1.5, 0.0), (0.0, -1.0), (float("nan"), 0.0)])
def test_a_morph_stays_between(
    client: Client, kick: dict[str, Any], place: tuple[float, float]
) -> None:
    assert code_of(client, "morph", kick["recipe"], kick["recipe"], *place) == "bad_arguments"


def test_models_without_a_latent_space_say_so(
    client: Client, engine: Engine, kick: dict[str, Any]
) -> None:
    plain = client.request("generate", "plain", 1)
    assert client.request("turn", plain["recipe"]) == plain
    assert code_of(client, "vary", plain["recipe"], 0.5, 1, 0) == "no_latent"
    assert code_of(client, "morph", plain["recipe"], plain["recipe"], 0.5, 0.5) == "no_latent"
    assert code_of(client, "encode", kick["path"], "plain") == "no_latent"
    assert code_of(client, "morph", kick["recipe"], plain["recipe"], 0.5, 0.5) == "bad_arguments"


def test_encode_refuses_what_is_no_sound(client: Client, engine: Engine, tmp_path: Path) -> None:
    inbox = engine.folders.inbox
    soundfile.write(inbox / "silence.wav", np.zeros(RATE), RATE)
    soundfile.write(inbox / "nothing.wav", np.zeros(0), RATE)
    soundfile.write(inbox / "nan.wav", np.full(RATE, np.nan), RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "outside.wav", np.ones(RATE) / 2, RATE)
    (inbox / "text.wav").write_text("not a sound")
    (inbox / "link.wav").symlink_to(tmp_path / "outside.wav")
    for path, code in (
        (inbox / "silence.wav", "silent"),
        (inbox / "nothing.wav", "silent"),
        (inbox / "nan.wav", "bad_file"),
        (inbox / "text.wav", "bad_file"),
        (inbox / "absent.wav", "bad_path"),
        (inbox / "link.wav", "bad_path"),
        (inbox / ".." / "outside.wav", "bad_path"),
        (tmp_path / "outside.wav", "bad_path"),
    ):
        assert code_of(client, "encode", str(path), "drums") == code, path
    assert code_of(client, "encode", str(inbox / "silence.wav"), "nobody") == "unknown_model"
