"""The built VST3 in pedalboard and in DawDreamer, with a real engine beside them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytestmark = pytest.mark.host

KINDS = ("pedalboard", "dawdreamer")
NOTE = [[60, 127, 0.25, 0.5]]
BEAT = [[36 + 2 * (n % 3), 100, 0.2 * n, 0.15] for n in range(12)]
FRESH = {"Mode": 1.0}
RATE = 44_100
GRID = 2.0**-23  # the plugin keeps sounds as 24-bit PCM, so that FLAC brings them back exactly


def variation(number: int) -> dict[str, float]:
    return {"Variation": number / 999_999}


def first_frame(audio: np.ndarray) -> int:
    return int(np.flatnonzero(np.abs(audio[0]) > 0)[0])


@pytest.mark.parametrize("kind", KINDS)
def test_note_plays_the_generated_sound(kind, engine, open_host, tmp_path):
    """What the host renders is the model's sound, sample for sample, from the note's frame on."""
    host = open_host(kind, engine.home)
    host.ask(set=variation(7))
    audio = host.render(NOTE, 1.5)
    engine.generate("drums", 7, tmp_path / "sound.wav")
    stored, rate = soundfile.read(tmp_path / "sound.wav", dtype="float32")
    assert rate == RATE
    stored = stored if stored.ndim == 1 else stored[:, 0]
    begin = int(0.25 * RATE)
    size = int(0.45 * RATE)  # until shortly before the key is lifted
    assert not audio[:, :begin].any()
    assert np.abs(audio[0, begin : begin + size] - stored[:size]).max() <= GRID
    assert np.array_equal(audio[0], audio[1])


@pytest.mark.parametrize("kind", KINDS)
def test_bounces_are_bit_identical(kind, engine, open_host):
    """Twice in one session, and once more in a new one that holds nothing yet."""
    host = open_host(kind, engine.home)
    host.ask(set={**FRESH, **variation(21)})
    first, second = host.render(BEAT, 3.0), host.render(BEAT, 3.0)
    other = open_host(kind, engine.home)
    other.ask(set={**FRESH, **variation(21)})
    third = other.render(BEAT, 3.0)
    assert np.abs(first).max() > 0.05
    assert np.array_equal(first, second)
    assert np.array_equal(first, third)


def test_two_instances_do_not_mix(engine, open_host):
    """Each plays its own variation, however their requests alternate."""
    hosts = [open_host(kind, engine.home) for kind in KINDS]
    for number, host in enumerate(hosts):
        host.ask(set={**FRESH, **variation(50 + number)})
    first = [host.render(BEAT, 3.0) for host in hosts]
    again = [host.render(BEAT, 3.0) for host in reversed(hosts)][::-1]
    assert np.abs(first[0]).max() > 0.05 and not np.array_equal(first[0], first[1])
    assert all(map(np.array_equal, first, again))


TEXTURE = {"Texture": 1.0}
HELD = [[60, 127, 0.25, 1.5], [67, 100, 0.75, 0.5], [60, 127, 2.0, 0.5]]


@pytest.mark.parametrize("kind", KINDS)
def test_held_note_plays_a_texture(kind, texture_engine, open_host):
    """From the note's own frame on, for as long as its key is held."""
    host = open_host(kind, texture_engine.home)
    host.ask(set={**TEXTURE, **variation(7)})
    audio = host.render([[60, 127, 0.25, 1.5]], 3.0)[0]
    begin, end = int(0.25 * RATE), int(1.75 * RATE)
    assert not audio[:begin].any()
    assert np.abs(audio[begin : begin + 2000]).max() > 0.01
    held = np.abs(audio[begin + 2000 : end]).reshape(-1, 50).max(axis=1)
    assert (np.convolve(held, np.ones(20), "valid") > 0.1).all(), "no gap"
    assert not audio[end + int(0.5 * RATE) :].any(), "the release has ended"


@pytest.mark.parametrize("kind", KINDS)
def test_bounced_textures_are_bit_identical(kind, texture_engine, open_host):
    """Twice in one session, and once more in a new one."""
    host = open_host(kind, texture_engine.home)
    host.ask(set={**TEXTURE, **variation(21)})
    first, second = host.render(HELD, 3.0), host.render(HELD, 3.0)
    other = open_host(kind, texture_engine.home)
    other.ask(set={**TEXTURE, **variation(21)})
    assert np.abs(first).max() > 0.05
    assert np.array_equal(first, second)
    assert np.array_equal(first, other.render(HELD, 3.0))


def test_bounces_of_a_trained_texture_are_bit_identical(engine, open_host):
    """The shipped network, twice in one host and once in another."""
    first, other = (open_host(kind, engine.home) for kind in KINDS)
    for host in (first, other):
        host.ask(set={**TEXTURE, **variation(21)})
    notes = [[60, 127, 0.25, 0.75], [67, 100, 0.5, 0.25]]
    before, after = first.render(notes, 1.5), first.render(notes, 1.5)
    begin = int(0.25 * RATE)
    assert not before[:, :begin].any() and np.abs(before[:, begin:]).max() > 0.01
    assert np.array_equal(before, after)
    assert np.array_equal(before, other.render(notes, 1.5))


def test_a_frozen_texture_plays_where_there_is_no_engine(
    harness, texture_engine, open_host, tmp_path
):
    """Frozen in the harness; its project opens there again, and in hosts, bit for bit."""
    elsewhere = tmp_path / "elsewhere"
    for part, home in (("freeze", texture_engine.home), ("reopen", elsewhere)):
        environment = {**texture_engine.environment, "STARLING_HOME": str(home)}
        command = [harness, part, tmp_path]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stdout
    bounce = np.fromfile(tmp_path / "bounce", "<f4")
    for kind in KINDS:
        host = open_host(kind, elsewhere)
        host.ask(load=str(tmp_path / "project"))
        audio = host.render([[60, 127, 0.25, 0.75]], 1.5)[0]
        assert np.abs(audio).max() > 0.05
        assert np.array_equal(audio, bounce[: len(audio)])


CHIP = {"NES Chip": 1.0, "Release": 0.0}
TIMER_253 = 1_789_773 / (16 * 254)  # Hz: the chip's nearest to A4


@pytest.mark.parametrize("kind", KINDS)
def test_the_nes_chip_needs_no_engine(kind, open_host, tmp_path):
    """A note plays the chip's first pulse from its own frame on, at the frequency of its timer."""
    host = open_host(kind, tmp_path / "nothing")
    host.ask(set=CHIP)
    audio = host.render([[69, 127, 0.25, 0.5]], 1.5)[0]
    begin, end = int(0.25 * RATE), int(0.75 * RATE)
    assert not audio[:begin].any()
    assert np.abs(audio[begin : begin + 100]).max() > 0.05
    held = audio[begin + 2000 : end]
    spectrum = np.abs(np.fft.rfft(held * np.hanning(len(held)), 16 * len(held)))
    assert abs(np.argmax(spectrum) * RATE / (16 * len(held)) - TIMER_253) < 0.2
    assert np.abs(audio[end + 2000 :]).max() < 1e-4, "the note has ended"


@pytest.mark.parametrize("kind", KINDS)
def test_bounces_of_the_nes_chip_are_bit_identical(kind, open_host, tmp_path):
    """Twice in one session, and once more in a new one."""
    host = open_host(kind, tmp_path / "nothing")
    host.ask(set={**CHIP, "Chip Voices": 1.0})
    notes = [[30 + 5 * n, 60 + 5 * n, 0.1 * n, 0.3] for n in range(12)]  # all four voices
    first, second = host.render(notes, 3.0), host.render(notes, 3.0)
    other = open_host(kind, tmp_path / "nothing")
    other.ask(set={**CHIP, "Chip Voices": 1.0})
    assert np.abs(first).max() > 0.05
    assert np.array_equal(first, second)
    assert np.array_equal(first, other.render(notes, 3.0))


@pytest.mark.parametrize("kind", KINDS)
def test_fresh_notes_differ(kind, engine, open_host):
    """The same key four times is four round-robin steps, each with a sound of its own."""
    host = open_host(kind, engine.home)
    host.ask(set={**FRESH, **variation(33)})
    audio = host.render([[38, 127, 0.5 * n, 0.4] for n in range(4)], 2.0)[0]
    hits = [audio[int(0.5 * n * RATE) :][: int(0.3 * RATE)] for n in range(4)]
    assert all(np.abs(hit).max() > 0.05 for hit in hits)
    for a in range(4):
        for b in range(a):
            assert not np.allclose(hits[a], hits[b], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", [{}, FRESH], ids=["play", "fresh"])
def test_project_sounds_without_engine(kind, mode, own_engine, open_host, tmp_path):
    """State saved, engine killed, state loaded in a new process with no engine to be found."""
    own_engine.start()
    host = open_host(kind, own_engine.home)
    host.ask(set={**mode, **variation(5)})
    before = host.render(BEAT, 3.0)
    host.ask(save=str(tmp_path / "project"))
    host.close()
    own_engine.kill()

    again = open_host(kind, tmp_path / "elsewhere")
    again.ask(load=str(tmp_path / "project"))
    after = again.render(BEAT, 3.0)
    assert np.abs(before).max() > 0.05
    assert np.array_equal(before, after)


def test_a_fresh_project_that_was_never_played_sounds_without_engine(
    own_engine, open_host, tmp_path
):
    """No key has a sound of its own: Play mode's, which the project holds, stands in."""
    own_engine.start()
    host = open_host("pedalboard", own_engine.home)
    host.ask(set={**FRESH, **variation(5)})
    host.render([], 0.5)
    time.sleep(2.0)  # the worker fetches the sound that Play mode would play
    host.ask(save=str(tmp_path / "project"))
    host.close()
    own_engine.kill()

    again = open_host("pedalboard", tmp_path / "elsewhere")
    again.ask(load=str(tmp_path / "project"))
    assert np.abs(again.render(BEAT, 3.0)).max() > 0.05


def test_engine_dies_and_returns(own_engine, open_host):
    """A bounce during the outage plays what is held; after the restart new sounds come again."""
    own_engine.start()
    host = open_host("pedalboard", own_engine.home)
    host.ask(set=variation(1))
    before = host.render(NOTE, 1.0)
    own_engine.kill()
    time.sleep(2.0)  # the plugin notices that the process is gone
    host.ask(set=variation(2))
    outage = host.render(NOTE, 1.0)
    assert np.array_equal(outage, before)

    own_engine.start()
    end = time.monotonic() + 15.0
    while np.array_equal(after := host.render(NOTE, 1.0), before):
        assert time.monotonic() < end, "the plugin did not find the new engine"
        time.sleep(0.5)
    assert np.abs(after).max() > 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_no_engine_is_silence(kind, open_host, tmp_path):
    """Nothing installed, nothing saved: no crash, no waiting, no sound."""
    host = open_host(kind, tmp_path / "nothing")
    began = time.monotonic()
    audio = host.render(BEAT, 3.0)
    assert not audio.any()
    assert time.monotonic() - began < 5.0


def write_launch(home: Path, command: list[str]) -> None:
    config = home / "config"
    config.mkdir(parents=True)
    launch = {"command": command, "env": {"STARLING_HOME": str(home)}}
    (config / "launch.json").write_text(json.dumps(launch))


@pytest.mark.parametrize("leftover", [False, True], ids=["new", "pid of another program"])
def test_plugin_starts_the_engine(leftover, own_engine, open_host):
    """By the command in launch.json, also when an old engine.json names a pid that lives on; the
    engine outlives the plugin and answers others.
    """
    command = [str(Path(sys.executable).with_name("starling")), "engine"]
    write_launch(own_engine.home, command)
    if leftover:
        own_engine.runtime.parent.mkdir(parents=True)
        stale = {"port": 9, "pid": os.getpid(), "token": "x", "protocol": 1, "version": "0.1.0"}
        own_engine.runtime.write_text(json.dumps(stale))
    host = open_host("pedalboard", own_engine.home)
    try:
        audio = host.render(NOTE, 1.0)
        assert np.abs(audio).max() > 0.05
    finally:
        os.kill(json.loads(own_engine.runtime.read_text())["pid"], signal.SIGTERM)


def test_engine_that_ends_at_once(open_host, tmp_path):
    """A command in launch.json that fails: a bounce does not wait for it for long."""
    write_launch(tmp_path / "home", ["/bin/false"])
    host = open_host("pedalboard", tmp_path / "home")
    began = time.monotonic()
    assert not host.render(NOTE, 1.0).any()
    assert time.monotonic() - began < 10.0


def test_stale_runtime_file_is_ignored(open_host, tmp_path):
    """An engine.json whose process is gone, on a port where nobody answers."""
    run = tmp_path / "home" / "run"
    run.mkdir(parents=True)
    stale = {"port": 9, "pid": 2**22 + 1, "token": "x", "protocol": 1, "version": "0.1.0"}
    (run / "engine.json").write_text(json.dumps(stale))
    host = open_host("pedalboard", tmp_path / "home")
    began = time.monotonic()
    assert not host.render(NOTE, 1.0).any()
    assert time.monotonic() - began < 5.0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"port": "x"}', '{"port": 70000, "pid": 1}'])
def test_damaged_runtime_file_is_ignored(text, open_host, tmp_path):
    run = tmp_path / "home" / "run"
    run.mkdir(parents=True)
    (run / "engine.json").write_text(text)
    assert not open_host("dawdreamer", tmp_path / "home").render(NOTE, 1.0).any()
