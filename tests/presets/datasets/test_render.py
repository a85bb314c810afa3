"""Data sets of a tiny real plugin: whole, resumed, damaged, refused."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from starling.models.datasets.rendered_presets import RenderedSet
from starling.models.errors import InputError, MissingError, ParseError, PluginError
from starling.presets.datasets.render import DatasetSpec, render
from starling.presets.datasets.report import info, verify
from starling.presets.formats import fxp

Builder = Callable[..., Path]
NOTES = ((60, 100, 0.3), (72, 90, 0.2))


@pytest.fixture
def order(plugin: Builder) -> DatasetSpec:
    return DatasetSpec(str(plugin("GOOD")), 12, notes=NOTES, shard_size=5)


def sums(folder: Path) -> dict[str, str]:
    files = sorted(folder.glob("shard-*"))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_data_set_is_written_and_read(order: DatasetSpec, tmp_path: Path) -> None:
    seen: list[float] = []
    done = render(
        order, tmp_path / "set", tmp_path, jobs=2, progress=lambda part, text: seen.append(part)
    )
    assert (done.count, done.shards, done.made) == (12, 3, 3)
    assert done.rejected == {"silent": done.tries - 12} and done.tries > 12, "half are muted"
    assert seen[-1] == 1.0
    found = RenderedSet.open(tmp_path / "set")
    assert found.parameters.shape == (12, 4) and found.log_mel.shape == (12, 2, 64, 51)
    assert not found.parameters[:, 3].any(), "a muted preset is silent"
    assert (found.level > 0).all() and set(found.kind.tolist()) == {4}
    assert (found.determinism[:5] == 0).all(), "each render starts in the same memory"
    figures = info(tmp_path / "set")
    assert (figures.complete, figures.checked, figures.different) == (3, 12, 0)
    assert figures.kinds == {"uniform": 12} and verify(tmp_path / "set") == {}


def test_neither_jobs_nor_the_order_of_work_change_it(order: DatasetSpec, tmp_path: Path) -> None:
    render(order, tmp_path / "one", tmp_path, jobs=1)
    render(order, tmp_path / "two", tmp_path, jobs=2)
    assert sums(tmp_path / "one") == sums(tmp_path / "two")
    other = replace(order, seed=1)
    render(other, tmp_path / "other", tmp_path, jobs=1)
    assert sums(tmp_path / "one") != sums(tmp_path / "other")


def test_a_damaged_shard_is_named_and_mended(order: DatasetSpec, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    render(order, folder, tmp_path)
    whole = sums(folder)
    data = bytearray((folder / "shard-00001.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "shard-00001.safetensors").write_bytes(data)
    (folder / "shard-00002.json").unlink()
    states = {"shard-00001.safetensors": "corrupt", "shard-00002.safetensors": "missing"}
    assert verify(folder) == states
    with pytest.raises(ParseError, match=r"shard-00001\.safetensors is damaged .* makes it again"):
        RenderedSet.open(folder)
    assert render(order, folder, tmp_path).made == 2
    assert sums(folder) == whole and verify(folder) == {}
    assert render(order, folder, tmp_path).made == 0


def test_a_killed_run_goes_on(order: DatasetSpec, tmp_path: Path) -> None:
    order = replace(order, count=64, shard_size=4)
    render(order, tmp_path / "whole", tmp_path)
    folder = tmp_path / "killed"
    words = ["dataset", "render", order.synth, "--scheme", "uniform", "--count", "64"]
    words += ["--notes", "60:100:0.3,72:90:0.2", "--shard", "4", "--out", str(folder)]
    code = (  # Ctrl-C counts, wherever the tests were started
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from starling.engine.cli.main import main; main()"
    )
    for end in (signal.SIGKILL, signal.SIGINT):
        run = subprocess.Popen(
            [sys.executable, "-P", "-c", code, *words],
            env=os.environ | {"STARLING_HOME": str(tmp_path / "home")},
            stderr=subprocess.PIPE,
            text=True,
        )
        before = len(list(folder.glob("shard-*.json")))
        while len(list(folder.glob("shard-*.json"))) <= before and run.poll() is None:
            time.sleep(0.01)
        run.send_signal(end)
        said = run.communicate()[1]
        assert len(sums(folder)) < len(sums(tmp_path / "whole")), "it was stopped early enough"
    assert run.returncode == 1 and "stopped; the same command goes on" in said
    assert 0 < render(order, folder, tmp_path).made < 16
    assert sums(folder) == sums(tmp_path / "whole")
    assert not list(folder.glob("*.part"))


def test_a_folder_of_something_else_is_refused(order: DatasetSpec, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    render(order, folder, tmp_path)
    for other in (
        replace(order, seed=5),
        replace(order, count=13),
        replace(order, notes=NOTES[:1]),
    ):
        with pytest.raises(InputError, match=r"holds another data set: its (seed|count|notes) is"):
            render(other, folder, tmp_path)
    strange = tmp_path / "songs"
    strange.mkdir()
    (strange / "song.wav").touch()
    with pytest.raises(InputError, match=r"song\.wav, which is no part of a data set"):
        render(order, strange, tmp_path)
    (folder / "dataset.json").write_text('{"format": 9}')
    with pytest.raises(ParseError, match="has the format 9"):
        render(order, folder, tmp_path)
    with pytest.raises(MissingError, match="no data set in"):
        info(strange)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"count": 0}, r"count must be 1\.\.1e\+08, got 0"),
        ({"notes": ()}, r"notes must be 1\.\.64, got 0"),
        ({"notes": ((128, 100, 0.5),)}, r"note must be 0\.\.127, got 128"),
        ({"notes": ((60, 0, 0.5),)}, r"velocity must be 1\.\.127, got 0"),
        ({"notes": ((60, 1, float("nan")),)}, r"note's seconds must be 0\.01\.\.1, got nan"),
        ({"synth": "nonsense"}, "'nonsense' is no synth"),
    ],
)
def test_bad_orders_are_sentences(change: dict, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=sentence):
        render(replace(DatasetSpec("starling", 4), **change), tmp_path / "set", tmp_path)
    assert not (tmp_path / "set").exists()


def test_a_synth_that_is_always_silent_is_given_up(plugin: Builder, tmp_path: Path) -> None:
    order = DatasetSpec(str(plugin("SILENT")), 2, check="none")
    with pytest.raises(PluginError, match="50 presets in a row were silent"):
        render(order, tmp_path / "set", tmp_path, jobs=1)


def test_presets_that_crash_are_drawn_again(plugin: Builder, tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"parameters": {"mute": {"fixed": 0}}}))
    order = DatasetSpec(str(plugin("ABORT_ON_SAW")), 12, rules=rules, shard_size=6)
    done = render(order, tmp_path / "set", tmp_path, jobs=2)
    assert done.rejected == {"plugin_failed": done.tries - 12} and done.tries > 12
    waves = RenderedSet.open(tmp_path / "set").parameters[:, 1]
    assert waves.max() < 2, "the third wave crashes"


def test_presets_are_drawn_around_the_users_banks(plugin: Builder, tmp_path: Path) -> None:
    """Six files of three presets, one of them muted, two that sound the same."""
    banks = tmp_path / "banks"
    banks.mkdir()
    for number in range(6):
        wave, tone = number % 3 * 0.5, number / 6
        levels = [(0.5, 0.0), (0.9, 0.0), (0.7, 1.0)]
        programs = [
            fxp.Program(b"Bad!", f"p{number}{at}", 4, (level, wave, tone, mute))
            for at, (level, mute) in enumerate(levels)
        ]
        (banks / f"bank{number}.fxb").write_bytes(fxp.write_bank(programs))
    order = DatasetSpec(
        str(plugin("GOOD")), 16, "bank", NOTES[:1], split=None, banks=(banks,), shard_size=16
    )
    render(order, tmp_path / "set", tmp_path)
    real_presets = info(tmp_path / "set").reals
    assert (
        real_presets["silent"] == 6
        and real_presets["duplicates"] >= 6
        and real_presets["kept"] >= 3
    )
    found = RenderedSet.open(tmp_path / "set")
    real = found.kind == 0
    assert (
        real.sum() == real_presets["kept"] and len(set(found.source[real].tolist())) == real.sum()
    )
    sources = json.loads((tmp_path / "set" / "sources.json").read_text())
    assert any(source["also"] for source in sources), "duplicates are reported"
    assert np.ptp(found.parameters[~real, 0]) > 0
    alone = replace(order, count=0, scheme="real")
    assert render(alone, tmp_path / "real", tmp_path).count == real_presets["kept"]


def test_a_synth_without_banks_says_what_to_do(plugin: Builder, tmp_path: Path) -> None:
    order = DatasetSpec(str(plugin("SILENT")), 4, "bank")
    with pytest.raises(MissingError, match="give a folder of banks with --banks"):
        render(order, tmp_path / "set", tmp_path)
