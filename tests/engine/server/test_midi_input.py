"""MIDI over mido's real socket port on loopback, and from files."""

import queue
import socket
import time
from pathlib import Path

import mido
import pytest
from mido.sockets import connect

from starling.engine.server.engine import Engine
from starling.engine.server.midi_input import MidiInput, keys_of_file, open_port
from starling.models.errors import MissingError, ParseError


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_notes_that_begin_are_heard() -> None:
    heard: queue.Queue[int] = queue.Queue()
    number = free_port()
    midi = MidiInput(open_port(f"127.0.0.1:{number}"), heard.put)
    with connect("127.0.0.1", number) as out:
        out.send(mido.Message("note_on", note=36, velocity=100))
        out.send(mido.Message("note_on", note=36, velocity=0))
        out.send(mido.Message("control_change", control=64, value=127))
        out.send(mido.Message("note_off", note=36))
        out.send(mido.Message("note_on", note=38, velocity=1))
        assert [heard.get(timeout=5), heard.get(timeout=5)] == [36, 38]
    midi.close()
    assert heard.empty()


def test_a_note_makes_the_sound_of_its_key(engine: Engine) -> None:
    number = free_port()
    midi = MidiInput(
        open_port(f"localhost:{number}"), lambda key: engine.background.prefetch("beep", key)
    )
    with connect("127.0.0.1", number) as out:
        for key in (36, 38, 36):
            out.send(mido.Message("note_on", note=key, velocity=100))
        end = time.monotonic() + 5
        while len(engine.parts.store) < 2 and time.monotonic() < end:
            time.sleep(0.01)
    midi.close()
    assert len(engine.parts.store) == 2


def test_an_unknown_port_names_those_that_there_are() -> None:
    with pytest.raises(MissingError, match=r"no MIDI input 'Nobody'; there are: "):
        open_port("Nobody")


def test_a_port_in_use_is_a_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(MissingError, match="cannot be opened"):
            open_port(f"127.0.0.1:{other.getsockname()[1]}")


def test_the_keys_of_a_file_are_distinct_and_in_order(tmp_path: Path) -> None:
    song = mido.MidiFile(type=1)
    for keys in ((38, 36), (36, 42)):
        track = mido.MidiTrack()
        for key in keys:
            track.append(mido.Message("note_on", note=key, velocity=90, time=10))
            track.append(mido.Message("note_on", note=key, velocity=0, time=10))
        song.tracks.append(track)
    song.save(tmp_path / "song.mid")
    assert keys_of_file(tmp_path / "song.mid") == [36, 38, 42]


@pytest.mark.parametrize("data", [b"", b"text", b"MThd\0\0\0\6", b"MThd" + bytes(60)])
def test_what_is_no_midi_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.mid"
    path.write_bytes(data)
    with pytest.raises(ParseError, match=r"bad\.mid is not a Standard MIDI File"):
        keys_of_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"none\.mid"):
        keys_of_file(tmp_path / "none.mid")
