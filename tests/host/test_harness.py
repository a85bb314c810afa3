"""The plugin's own code, driven by the C++ harness without a DAW; and the formats it comes in."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.engine.wire.tables.host_parameters import PARAMETERS, grouped
from starling.models.artifacts.catalogue import WEIGHTS

pytestmark = pytest.mark.host
RATE = 16_000


PROJECTS = Path(__file__).with_name("projects")
PARTS: dict[str, tuple[str | Path, ...]] = {
    **dict.fromkeys(("player", "voices", "textures", "chips", "channels"), ()),
    **dict.fromkeys(("phrases", "palette", "osc", "link", "host", "texts", "told", "alone"), ()),
    "terms": (),
    "state": (PROJECTS,),
    "mutations": ("20000",),
}


@pytest.mark.parametrize("part", PARTS)
def test_harness_checks(part, harness, tmp_path):
    """Each check prints a line; one that fails says FAIL. No engine is there."""
    alone = {**os.environ, "STARLING_HOME": str(tmp_path)}
    command = [harness, part, *PARTS[part]]
    done = subprocess.run(command, env=alone, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


def test_audio_thread_stays_clean(harness, engine):
    """Three seconds of what `build.py bench audio_thread` does for sixty."""
    counter = harness.with_name("count_calls.so")
    environment = {**engine.environment, "LD_PRELOAD": str(counter)}
    command = [harness, "audiothread", "3"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["planted_allocations"] and found["planted_locks"], "the counter counts"
    assert found["planted_system_calls"] or not found["kernel_counts"]
    assert (found["allocations"], found["locks"], found["system_calls"]) == (0, 0, 0)
    assert found["notes"] > 10 and found["sound_changes"] > 5
    assert found["chip_blocks"] > 20 and found["midi_out"] > 10, "the chip and its song played"


def test_audio_thread_stays_clean_while_textures_stream(harness, texture_engine):
    """Held textures, stolen ones, gaps; the temperature moves; parts are frozen."""
    counter = harness.with_name("count_calls.so")
    environment = {**texture_engine.environment, "LD_PRELOAD": str(counter)}
    command = [harness, "audiothread", "5"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["planted_allocations"] and found["planted_locks"], "the counter counts"
    assert (found["allocations"], found["locks"], found["system_calls"]) == (0, 0, 0)
    assert found["texture_blocks"] > 100, "textures played"


@pytest.mark.parametrize("format", ["vst3", "lv2"])
def test_the_format_around_it_stays_clean(format, plugin, harness, engine):
    """The built plugin, called as hosts call it: notes, automation, saving, the side-chain."""
    binaries = {
        "vst3": plugin / "Contents" / "x86_64-linux" / "Starling.so",
        "lv2": plugin.parents[1] / "LV2" / "Starling.lv2" / "Starling.so",
    }
    counter = harness.with_name("count_calls.so")
    environment = {**engine.environment, "LD_PRELOAD": str(counter)}
    command = [harness, "wrapper", format, binaries[format], "3"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["planted_allocations"] and found["planted_locks"], "the counter counts"
    assert (found["allocations"], found["locks"], found["system_calls"]) == (0, 0, 0)
    assert found["automation_points"] > 10 and found["blocks_with_sound"] > 10
    assert found["block_us"] > 0 and found["bare_block_us"] > 0, "the baseline plays beside it"


def test_a_plugin_exports_only_its_entry_points(plugin):
    """Hosts load many plugins into one process: no other name may clash."""
    if not shutil.which("nm"):
        pytest.skip("nm is not installed: apt install binutils")
    binary = plugin / "Contents" / "x86_64-linux" / "Starling.so"
    command = ["nm", "-D", "--defined-only", "--format=posix", binary]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    names = {line.split()[0] for line in listed.splitlines()}
    assert names == {"GetPluginFactory", "ModuleEntry", "ModuleExit"}


@pytest.fixture(scope="module")
def library(engine):
    """The engine with the presets of the built-in synth scanned."""
    scan = [Path(sys.executable).with_name("starling"), "presets", "scan", "--synth", "starling"]
    subprocess.run(scan, env=engine.environment, check=True, capture_output=True, timeout=240)
    return engine


@pytest.mark.parametrize("part", ["session", "presets", "steering", "match", "sounds"])
def test_harness_with_a_library(part, harness, library):
    """session: search by file, words, preset and side-chain; audition, export; what cannot be read.
    presets: filters, favourites, a preset across the keys, its bounce and its project.
    steering: a part of a file marked in the window, aspects moved, scores and their words.
    match: previews on the keys, variants, cancelling, an unknown synth.
    sounds: variations, knobs that turn them, morphs, a recording encoded, undo, the window.
    """
    done = subprocess.run(
        [harness, part], env=library.environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout


def test_a_first_scan(harness, own_engine):
    """An empty library says what to do; a scan shows how far it is, and can be cancelled."""
    own_engine.start()
    command = [harness, "firstscan"]
    environment = own_engine.environment
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout


def test_a_match_whose_engine_ends(harness, own_engine):
    """It says so in a sentence, and nothing hangs."""
    own_engine.start()
    scan = [Path(sys.executable).with_name("starling"), "presets", "scan", "--synth", "starling"]
    subprocess.run(scan, env=own_engine.environment, check=True, capture_output=True, timeout=240)
    code, said = attend(harness, "lostmatch", own_engine, "matching", own_engine.kill)
    assert code == 0, said


def test_textures_stream_from_the_engine(harness, texture_engine):
    """A held note, controls, a prime, frozen parts, bounces that are identical."""
    done = subprocess.run(
        [harness, "streams"],
        env=texture_engine.environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout


def test_more_textures_than_the_engine_can_make(harness, slow_texture_engine):
    """The oldest notes are ended until the others go on without gaps; a sentence says so."""
    environment = slow_texture_engine.environment
    done = subprocess.run(
        [harness, "slowstream"], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout


def test_a_texture_whose_engine_ends(harness, own_texture_engine):
    """The note fades, and goes on with the next engine while its key is still held."""

    def restart() -> None:
        own_texture_engine.kill()
        time.sleep(3.0)  # the plugin notices
        own_texture_engine.start()

    own_texture_engine.start()
    code, said = attend(harness, "loststream", own_texture_engine, "holding", restart)
    assert code == 0, said


@pytest.mark.parametrize(("part", "shipped"), [("newmodel", "drums"), ("newtexture", "rain-sea")])
def test_a_model_trained_meanwhile_plays(part, shipped, harness, own_engine):
    """It is put where `starling train` puts one; the plugin plays it without a restart."""
    own_engine.start()
    folder = own_engine.home / "data" / "models"
    code, said = attend(
        harness, part, own_engine, "listening", lambda: install_model(folder, shipped)
    )
    assert code == 0, said


def test_a_texture_trained_meanwhile_plays(harness, own_engine, tmp_path):
    """`dataset import`, then `train`, beside an open plugin: its key plays what was trained."""
    starling = Path(sys.executable).with_name("starling")
    recordings = tmp_path / "waves"
    recordings.mkdir()
    noise = 0.2 * np.random.default_rng(0).standard_normal(RATE * 24)
    soundfile.write(recordings / "a.wav", noise, RATE)
    small = ("--steps", "3", "--dim", "32", "--window", "128", "--batch", "2")
    imported = ("dataset", "import", "--as", "album", recordings)
    trained = ("train", "samplernn", "--data", "waves", *small, "-o", tmp_path / "run")

    def train() -> None:
        for command in (imported, trained):
            environment = own_engine.environment
            done = subprocess.run([starling, *command], env=environment, capture_output=True)
            assert done.returncode == 0, done.stderr

    own_engine.start()
    code, said = attend(harness, "newtexture", own_engine, "listening", train)
    assert code == 0, said
    assert "waves, " in said, "it is the one that plays"


def attend(harness, part, engine, word, act):
    """Run a part of the harness and act when it says the word; its exit code and what it said."""
    command = [harness, part]
    with subprocess.Popen(
        command, env=engine.environment, stdout=subprocess.PIPE, text=True
    ) as run:
        said = []
        for line in run.stdout:
            said.append(line)
            if line == f"{word}\n":
                act()
        return run.wait(60), "".join(said)


def install_model(folder: Path, shipped: str) -> None:
    """A shipped model under another name, weights first."""
    card = json.loads((WEIGHTS / f"{shipped}.json").read_text())
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(WEIGHTS / f"{shipped}.safetensors", folder / "mine.safetensors")
    card |= {"name": "mine", "title": "Mine", "weights": "mine.safetensors"}
    (folder / "mine.part").write_text(json.dumps(card))
    (folder / "mine.part").replace(folder / "mine.json")


def test_lv2_is_described(plugin, tmp_path):
    """Hosts find the LV2 by its URI, as an instrument with its parameters and the side-chain."""
    if not shutil.which("lv2info"):
        pytest.skip("lv2info is not installed: apt install lilv-utils")
    bundle = plugin.parents[1] / "LV2" / "Starling.lv2"
    (tmp_path / bundle.name).symlink_to(bundle)
    environment = {**os.environ, "LV2_PATH": str(tmp_path)}
    listed = subprocess.run(["lv2ls"], env=environment, capture_output=True, text=True)
    assert listed.stdout.split() == ["urn:starling:starling"]
    command = ["lv2info", "urn:starling:starling"]
    info = subprocess.run(command, env=environment, capture_output=True, text=True).stdout
    assert info.count("lv2core#AudioPort") == 4, "stereo out and the side-chain"
    assert "AtomPort" in info
    described = (bundle / "dsp.ttl").read_text()
    for expected in ("lv2:InstrumentPlugin", "Variation", "Round Robin", "Pitch Tracking"):
        assert expected in described


def test_lv2_values_are_in_their_ranges(plugin):
    """Decimal numbers, as their type says; scale points in the range; units that hosts know."""
    described = (plugin.parents[1] / "LV2" / "Starling.lv2" / "dsp.ttl").read_text()
    block = re.compile(r"\nplug:(\w+)\n\ta lv2:Parameter(.*?)(?=\n\n)", re.DOTALL)
    parameters = dict(block.findall(described))
    assert len(parameters) == len(PARAMETERS)
    for row in PARAMETERS:
        text = parameters[row.id]
        for field, value in (("minimum", row.minimum), ("maximum", row.maximum)):
            assert f"lv2:{field} {value:.6f}" in text
        points = [float(value) for value in re.findall(r"rdf:value (\S+)", text)]
        counted = row.step == 1 and row.maximum < 1000
        steps = range(round(row.minimum), round(row.maximum) + 1)
        assert points == (list(steps) if counted else [])
        unit = {"s": "s", "dB": "db", "st": "semitone12TET"}.get(row.unit)
        assert (f"units:unit units:{unit} ;" in text) == (unit is not None)


def test_vst3_parameters_are_in_their_units(plugin, harness):
    """Every parameter in its group, at its place of before: hosts store automation by both."""
    binary = plugin / "Contents" / "x86_64-linux" / "Starling.so"
    done = subprocess.run([harness, "groups", binary], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    expected = [f"{group.title}/{row.title}" for group, rows in grouped().items() for row in rows]
    assert done.stdout.splitlines() == expected


def test_lv2_parameters_are_in_their_port_groups(plugin):
    described = (plugin.parents[1] / "LV2" / "Starling.lv2" / "dsp.ttl").read_text()
    for group, rows in grouped().items():
        symbol = f"paramgroup_{group.id}"
        titled = rf"\nplug:{symbol}\n\ta pg:Group ;\n[^.]*lv2:name \"{group.title}\" \."
        assert re.search(titled, described)
        for row in rows:
            block = re.search(rf"\nplug:{row.id}\n\ta lv2:Parameter.*?\n\n", described, re.DOTALL)
            assert block and f"pg:group plug:{symbol} ;" in block[0]


def test_standalone_opens_its_window(plugin, engine, tmp_path):
    """Under a virtual display and with no sound card: the editor draws and nothing crashes."""
    for tool in ("Xvfb", "import"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed: apt install xvfb imagemagick")
    reader, writer = os.pipe()
    screen = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1120x760x24"]
    server = subprocess.Popen(screen, pass_fds=[writer], stderr=subprocess.DEVNULL)
    display = ":" + os.read(reader, 16).decode().strip()
    environment = {**engine.environment, "DISPLAY": display, "HOME": str(tmp_path)}
    before = greetings(engine.home)
    window = subprocess.Popen([plugin.parents[1] / "Standalone" / "Starling"], env=environment)
    try:
        picture = tmp_path / "editor.png"
        time.sleep(4.0)
        assert greetings(engine.home) > before, "the plugin has found the engine"
        command = ["import", "-display", display, "-window", "root", picture]
        subprocess.run(command, env=environment, check=True)
        assert window.poll() is None, "the window is still open"
        assert colours(picture) > 200, "something is drawn"
    finally:
        window.terminate()
        window.wait(20)
        server.terminate()
        server.wait(20)
        os.close(reader)
        os.close(writer)


def greetings(home: Path) -> int:
    """How many plugins have said hello to the engine of this home, by its log."""
    return sum(file.read_text().count("client joined") for file in (home / "logs").iterdir())


def colours(picture: Path) -> int:
    """How many colours a picture has."""
    from matplotlib.image import imread

    pixels = imread(picture)[..., :3].reshape(-1, 3)
    return len({tuple(pixel) for pixel in (pixels * 255).astype(int).tolist()})
