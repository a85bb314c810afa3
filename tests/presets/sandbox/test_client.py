"""Real plugins that crash, hang, print and stay silent, in real processes."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from starling.models.errors import CancelledError, InputError, MissingError, PluginError
from starling.presets.features.embedders import CLASSICAL
from starling.presets.sandbox.client import Embedded, RenderRequest, Sandbox

Builder = Callable[..., Path]
VALUES = {"level": 0.5}
PLAY = (60, 100, 0.2, 0.3, 44_100)  # note, velocity, held, seconds, rate


def test_a_plugin_plays(plugin: Builder) -> None:
    with Sandbox(str(plugin("GOOD"))) as box:
        audio = box.render(VALUES, *PLAY)
    assert audio.shape == (2, 13_230) and audio.dtype == np.float32
    assert np.abs(audio).max() == pytest.approx(0.25, abs=0.01)
    assert not audio[:, -4_000:].any(), "the key was released after 0.2 s"


@pytest.mark.parametrize("flags", [(), ("-DTHREADED",)], ids=["forks", "renews the instance"])
def test_a_render_does_not_depend_on_the_one_before(
    plugin: Builder, flags: tuple[str, ...]
) -> None:
    """The plugin's phase runs on for ever; a plugin with threads cannot be forked."""
    with Sandbox(str(plugin("GOOD", *flags)), timeout_s=5) as box:
        first = box.render(VALUES, *PLAY)
        box.render({"level": 1.0, "wave": 2.0}, 47, 100, 0.25, 0.3, 44_100)
        assert box.render(VALUES, *PLAY).tobytes() == first.tobytes()


def test_a_crash_names_the_plugin_and_the_next_call_works(plugin: Builder) -> None:
    with Sandbox(str(plugin("ABORT_IN_RENDER"))) as box:
        for _ in range(2):
            with pytest.raises(PluginError, match=r"abort_in_render.*crashed \(SIGABRT\)"):
                box.render(VALUES, *PLAY)
        assert box.schema.names() == ("level", "wave", "tone", "mute")


def test_a_crash_without_a_fork_ends_the_process_and_starts_another(plugin: Builder) -> None:
    with Sandbox(str(plugin("ABORT_IN_RENDER", "-DTHREADED"))) as box:
        for _ in range(2):
            with pytest.raises(PluginError, match=r"crashed \(SIGABRT\): .*Assertion"):
                box.render(VALUES, *PLAY)


@pytest.mark.parametrize("flags", [(), ("-DTHREADED",)], ids=["forks", "renews the instance"])
def test_a_hang_ends_after_the_time_limit(plugin: Builder, flags: tuple[str, ...]) -> None:
    with Sandbox(str(plugin("HANG_IN_RENDER", *flags)), timeout_s=0.5) as box:
        start = time.monotonic()
        with pytest.raises(PluginError, match=r"hang_in_render.* hung"):
            box.render(VALUES, *PLAY)
        assert time.monotonic() - start < 8
        assert box.schema.names()[0] == "level"


def test_silence_is_an_error(plugin: Builder) -> None:
    with (
        Sandbox(str(plugin("SILENT"))) as box,
        pytest.raises(PluginError, match=r"silent\.so made no sound at note 60, velocity 100"),
    ):
        box.render(VALUES, *PLAY)


def test_samples_that_are_not_numbers_are_an_error(plugin: Builder) -> None:
    with (
        Sandbox(str(plugin("NOT_NUMBERS"))) as box,
        pytest.raises(PluginError, match="samples that are not numbers"),
    ):
        box.render(VALUES, *PLAY)


def test_a_plugin_that_aborts_on_loading(plugin: Builder) -> None:
    with (
        Sandbox(str(plugin("ABORT_ON_OPEN"))) as box,
        pytest.raises(PluginError, match=r"abort_on_open\.so crashed \(SIGABRT\)"),
    ):
        box.render(VALUES, *PLAY)


def test_a_plugin_that_prints_does_not_disturb_the_pipe(plugin: Builder) -> None:
    with Sandbox(str(plugin("NOISY"))) as box:
        assert box.render(VALUES, *PLAY).shape == (2, 13_230)


def test_bad_names_are_sentences(tmp_path: Path) -> None:
    text = tmp_path / "text.so"
    text.write_text("no plugin")
    with Sandbox("nonsense") as box, pytest.raises(InputError, match="'nonsense' is no synth"):
        _ = box.schema
    with Sandbox("/none/such.vst3") as box, pytest.raises(MissingError, match="no plugin at"):
        _ = box.schema
    with Sandbox(str(text)) as box, pytest.raises(PluginError, match=r"text\.so cannot be loaded"):
        _ = box.schema


def test_an_unknown_parameter_is_the_callers_mistake(plugin: Builder) -> None:
    with (
        Sandbox(str(plugin("GOOD"))) as box,
        pytest.raises(InputError, match="has no parameter 'levle'; did you mean 'level'"),
    ):
        box.render({"levle": 1.0}, *PLAY)


def test_embedding_goes_on_after_a_failure(plugin: Builder) -> None:
    """A muted note between two audible ones costs only itself."""
    notes = [RenderRequest({}), RenderRequest({"mute": 1.0}), RenderRequest({"wave": 1.0})]
    with Sandbox(str(plugin("GOOD"))) as box:
        first, muted, last = box.embed(notes, CLASSICAL)
    assert isinstance(first, Embedded) and first.vector.shape == (CLASSICAL.size,)
    assert isinstance(muted, InputError) and muted.code == "silent"
    assert isinstance(last, Embedded) and np.abs(first.vector - last.vector).max() > 0.1


def test_embedding_goes_on_after_the_process_died(plugin: Builder) -> None:
    with Sandbox(str(plugin("ABORT_IN_RENDER", "-DTHREADED"))) as box:
        results = list(box.embed([RenderRequest({}), RenderRequest({})], CLASSICAL))
    assert [type(result) for result in results] == [PluginError, PluginError]


def test_giving_up_on_a_batch_leaves_the_sandbox_usable(plugin: Builder) -> None:
    with Sandbox(str(plugin("GOOD"))) as box:
        for _ in box.embed([RenderRequest({})] * 5, CLASSICAL):
            break
        assert box.render(VALUES, *PLAY).shape == (2, 13_230)


def test_one_process_renders_batch_after_batch(plugin: Builder) -> None:
    """Even if the caller never asks for more than the last result; a start costs 60 notes."""
    with Sandbox(str(plugin("GOOD"))) as box:
        processes = set()
        for _ in range(3):
            results = box.embed([RenderRequest({})] * 2, CLASSICAL)
            assert isinstance(next(results), Embedded) and isinstance(next(results), Embedded)
            results.close()
            processes.add(box._process)
        assert len(processes) == 1


def test_interrupt_ends_a_render_from_another_thread(plugin: Builder) -> None:
    with Sandbox(str(plugin("HANG_IN_RENDER")), timeout_s=30) as box:
        _ = box.schema
        timer = threading.Timer(0.3, box.interrupt)
        timer.start()
        with pytest.raises(CancelledError):
            box.render(VALUES, *PLAY)
        timer.join()


def children_of(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            if f"PPid:\t{pid}\n" in status.read_text():
                found.append(int(status.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
def test_a_hanging_fork_does_not_outlive_a_killed_worker(plugin: Builder) -> None:
    with Sandbox(str(plugin("HANG_IN_RENDER")), timeout_s=30) as box:
        _ = box.schema
        assert box._process is not None
        worker = box._process._child.pid

        def render_in_vain() -> None:
            with pytest.raises(PluginError):
                box.render({}, *PLAY)

        render = threading.Thread(target=render_in_vain)
        render.start()
        deadline = time.monotonic() + 10
        while not (forks := children_of(worker)) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(worker, signal.SIGKILL)
        render.join(timeout=10)
        assert len(forks) == 1 and not render.is_alive()
        while Path(f"/proc/{forks[0]}").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not Path(f"/proc/{forks[0]}").exists()


def test_the_process_is_gone_after_close(plugin: Builder) -> None:
    box = Sandbox(str(plugin("GOOD")))
    _ = box.schema
    assert box._process is not None
    pid = box._process._child.pid
    box.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_amsynth_renders_the_same_bytes_without_a_display(
    amsynth_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noise oscillators share a generator in the process: only a fork starts them afresh."""
    monkeypatch.delenv("DISPLAY", raising=False)
    noise = {"osc1_waveform": 3.0, "osc_mix": -1.0, "reverb_wet": 0.5, "lfo_waveform": 4.0}
    with Sandbox("amsynth") as box:
        first = box.render(noise, *PLAY)
        box.render({"osc1_waveform": 4.0, "lfo_freq": 3.0}, *PLAY)
        again = box.render(noise, *PLAY)
    with Sandbox("amsynth") as box:
        elsewhere = box.render(noise, *PLAY)
    assert first.tobytes() == again.tobytes() == elsewhere.tobytes()


def test_amsynth_leaves_no_settings_behind(
    amsynth_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with Sandbox("amsynth") as box:
        box.render({}, *PLAY)
    assert not list(tmp_path.rglob("*amsynth*"))
