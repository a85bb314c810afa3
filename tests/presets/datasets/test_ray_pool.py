"""A real local Ray cluster, in a process of its own."""

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from starling.models.errors import MissingError
from starling.presets.datasets.items import RenderJob
from starling.presets.datasets.ray_pool import RayPool
from starling.presets.datasets.render import DatasetSpec, render
from starling.presets.datasets.sampling import Plan
from starling.presets.formats.schema import Schema

JOB = RenderJob("toy", ((60, 100, 0.5),), Plan(Schema("toy", "1", ()), "uniform", 1, 0))


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: extra cluster")
def test_a_cluster_makes_what_the_pool_makes(plugin: object, tmp_path: Path) -> None:
    """Through the command, since Ray starts threads and warns in whatever way it likes."""
    synth = str(plugin("ABORT_ON_SAW"))  # type: ignore[operator]
    render(DatasetSpec(synth, 12, shard_size=4), tmp_path / "pool", tmp_path, jobs=2)
    words = ["dataset", "render", synth, "--scheme", "uniform", "--count", "12", "--shard", "4"]
    words += ["--out", str(tmp_path / "ray"), "--on", "ray", "--jobs", "2"]
    subprocess.run(
        [sys.executable, "-P", "-c", "from starling.engine.cli.main import main; main()", *words],
        env=os.environ | {"STARLING_HOME": str(tmp_path / "home")},
        check=True,
        timeout=200,
    )
    assert sums(tmp_path / "ray") == sums(tmp_path / "pool")


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_the_command_that_brings_it_is_named() -> None:
    with pytest.raises(MissingError, match=r"pip install -e '\.\[cluster\]'"):
        RayPool(JOB)


def sums(folder: Path) -> dict[str, str]:
    files = sorted(folder.glob("shard-*"))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
