"""The renderer's processes: what they write is private, and goes with them."""

import os
from pathlib import Path

import pytest

from starling.engine.render.worker_pool import Workers
from starling.models.errors import CancelledError
from starling.presets.synths.plugin import find_amsynth

RATE = 44_100
ENDLESS = {"job": "plugin", "plugin": "amsynth", "values": None, "rate": RATE, "midi": ""}
needs_amsynth = pytest.mark.skipif(find_amsynth() is None, reason="amsynth is not installed")


@needs_amsynth
@pytest.mark.parametrize("name", ["amsynth", "path"])
def test_amsynth_sees_no_settings_of_the_user_and_leaves_none(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mido

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    song = tmp_path / "song.mid"
    file = mido.MidiFile()
    file.tracks.append(mido.MidiTrack([mido.Message("note_on", note=60, velocity=90)]))
    file.save(song)
    plugin = "amsynth" if name == "amsynth" else str(find_amsynth())
    out = tmp_path / "track.f32"
    header = {**ENDLESS, "plugin": plugin, "midi": str(song), "frames": RATE // 10}
    with Workers(1) as workers:
        workers.submit_alone({**header, "out": str(out)}, timeout_s=60).result()
    assert out.stat().st_size == 2 * 4 * (RATE // 10)
    assert not list(tmp_path.rglob("*amsynth*"))


def test_closing_ends_a_job_and_every_process() -> None:
    workers = Workers(1)
    [worker] = workers._all
    pid = worker._child.pid
    future = workers.submit({"job": "voices", "slots": [], "frames": 10**9, "rate": RATE})
    workers.close()
    assert future.cancelled() or future.exception() is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises((CancelledError, RuntimeError)):
        workers.submit({"job": "effects"})
