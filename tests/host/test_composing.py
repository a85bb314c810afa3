"""Composing in the plugin with a real engine: in the harness, and in DawDreamer."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.nes.chip.transcribe import transcribe
from starling.models.nes.scores import arrange
from starling.models.nes.scores.score import separated
from starling.models.nes.vgm import vgm

pytestmark = pytest.mark.host

TEMPO, BARS = 120.0, 3  # of what the harness writes: a bar of its prompt and two more
RATE = 44_100
PHRASE = [[60 + 4 * n, 100, 0.5 * n, 0.25] for n in range(4)]  # a bar


@pytest.fixture(scope="module")
def song(harness, composer_engine, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the harness says of composing, and the folder with the files of its song."""
    folder = tmp_path_factory.mktemp("song")
    command = [harness, "compose", folder]
    environment = composer_engine.environment
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    return done.stdout, folder


def file_of(folder: Path, suffix: str) -> Path:
    """The song's one file of this kind."""
    [file] = folder.glob(f"*{suffix}")
    return file


def test_a_phrase_is_continued_played_sent_and_saved(song):
    """The harness's checks: prompt, continuation, MIDI out, a project without an engine, cancel."""
    said, _ = song
    assert " 0 failed" in said


def test_the_files_of_a_song_hold_its_notes(song):
    """The .vgm's registers, transcribed, are the .mid's notes; the .wav is as long and sounds."""
    _, folder = song
    rate = 12 * TEMPO / 60  # the composer's frames of a beat at this tempo
    notes = separated(arrange.read(file_of(folder, ".mid"), rate=rate).score)
    found = vgm.parse(file_of(folder, ".vgm").read_bytes())
    heard = separated(transcribe(found.writes, rate=rate))[: len(notes)]
    assert notes.any(axis=0).sum() >= 3, "three voices at least"
    assert (heard == notes[: len(heard)]).mean() > 0.9
    samples, wav_rate = soundfile.read(file_of(folder, ".wav"))
    assert wav_rate == RATE and np.abs(samples).max() > 0.05
    assert len(samples) == pytest.approx(BARS * 4 * 60 / TEMPO * RATE, abs=RATE // 10)


def test_a_phrase_is_continued_in_a_real_host(composer_engine, open_host, tmp_path):
    """Record, play, Compose, as host parameters: the song is heard, and again without an engine."""
    host = open_host("dawdreamer", composer_engine.home)
    host.ask(set={"Release": 0.0, "Record Prompt": 1.0})
    host.render(PHRASE, 2.0)
    host.ask(set={"Record Prompt": 0.0})
    end = time.monotonic() + 60.0
    while not host.render([], 0.5).any():
        assert time.monotonic() < end, "nothing was composed"
        host.ask(set={"Compose": 1.0})  # ignored while it composes, and until the engine is found
        time.sleep(0.5)
    time.sleep(2.0)  # what was pressed last has given the same song again
    audio = host.render([], 8.0)
    assert np.abs(audio[0, : RATE // 5]).max() > 0.05, "the song begins with the host"
    host.ask(save=str(tmp_path / "project"))
    host.close()

    again = open_host("dawdreamer", tmp_path / "elsewhere")
    again.ask(load=str(tmp_path / "project"))
    assert np.array_equal(again.render([], 8.0), audio)
