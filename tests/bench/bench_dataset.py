"""How fast data sets are rendered, and whether stopping and a Ray cluster change anything.

`python3 build.py bench dataset`. Two processes; renders of 1 s at 44.1 kHz with their log-mels. The
same job three times: in one go, killed and resumed, and on a local Ray cluster killed and resumed.

Baseline for amsynth: bare DawDreamer plays the same drawn presets in as many processes, with no
sandbox and no log-mels (ratio_to_bare: seconds of a render of ours over one of its).
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from baselines.bare_notes import render_bare, write_programs
from baselines.timing import say, significant

from starling.models.errors import MissingError
from starling.presets.datasets.render import DatasetSpec, render
from starling.presets.datasets.sampling import Plan, draws
from starling.presets.scan.synth_facts import synth_facts
from starling.presets.synths.plugin import find_amsynth

HOME = Path(".starling/bench/dataset").resolve()
SYNTHS = ("amsynth", "starling", "dexed")
PRESETS = {"amsynth": 500, "starling": 500, "dexed": 1_000}  # some seconds each on an idle machine
JOBS = 2
SAME = DatasetSpec("starling", 192, shard_size=16)  # what is stopped and resumed
COMMAND = "from starling.engine.cli.main import main; main()"


def installed(synth: str) -> bool:
    try:
        synth_facts(synth, HOME / "schemas")
    except MissingError as exc:
        print(f"left out: {exc}", flush=True)
        return False
    return True


def rate(synth: str) -> float:
    """Renders a second with the processes' start, but not what a synth does once on a machine."""
    render(DatasetSpec(synth, JOBS, check="none"), fresh("first"), HOME / "schemas", jobs=JOBS)
    folder = fresh(f"rate-{synth}")
    done = render(
        DatasetSpec(synth, PRESETS[synth], check="none"), folder, HOME / "schemas", jobs=JOBS
    )
    return done.renders / done.seconds


def bare_rate() -> float:
    """Renders a second of the same presets of amsynth by bare DawDreamer."""
    plugin = find_amsynth()
    assert plugin is not None
    schema = synth_facts("amsynth", HOME / "schemas").schema
    plan = Plan(schema, "uniform", PRESETS["amsynth"], 0)
    values = (next(draws(plan, item)).values for item in range(plan.count))
    folder = fresh("bare")
    named = (
        {p.name: float(v) for p, v in zip(schema.parameters, each, strict=True)} for each in values
    )
    count = write_programs(named, folder)
    return count / render_bare(plugin, folder, JOBS)


def fresh(name: str) -> Path:
    folder = HOME / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def sums(folder: Path) -> dict[str, str]:
    files = sorted(folder.glob("shard-*"))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def killed_and_resumed(folder: Path, *words: str) -> dict[str, str]:
    """Kill the real command after a few shards, run it again, and hand back all checksums."""
    command = [sys.executable, "-P", "-c", COMMAND, "dataset", "render", SAME.synth, *words]
    command += ["--scheme", SAME.scheme, "--count", str(SAME.count), "--out", str(folder)]
    command += ["--shard", str(SAME.shard_size), "--jobs", str(JOBS)]
    environment = os.environ | {"STARLING_HOME": str(HOME)}
    first = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    while len(list(folder.glob("shard-*.json"))) < 3 and first.poll() is None:
        time.sleep(0.02)
    first.kill()
    first.wait()
    there = len(list(folder.glob("shard-*.json")))
    print(f"{' '.join(words) or 'pool'}: killed with {there} of 12 shards", flush=True)
    assert 0 < there < SAME.count // SAME.shard_size, "it was killed in the middle"
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return sums(folder)


def main() -> None:
    """Measure, say it in words, print the JSON."""
    figures: dict[str, object] = {"jobs": JOBS, "cores": os.cpu_count()}
    for synth in filter(installed, SYNTHS):
        figures[f"renders_per_s_{synth}"] = round(rate(synth), 1)
        print(f"{synth}: {figures[f'renders_per_s_{synth}']} renders a second", flush=True)
    if "renders_per_s_amsynth" in figures:
        bare = bare_rate()
        figures["renders_per_s_bare"] = round(bare, 1)
        figures["ratio_to_bare"] = significant(bare / float(str(figures["renders_per_s_amsynth"])))
    whole = fresh("whole")
    render(replace(SAME), whole, HOME / "schemas", jobs=JOBS)
    figures["shards"] = len(sums(whole)) // 2
    figures["resumed_identical"] = killed_and_resumed(fresh("resumed")) == sums(whole)
    figures["ray_identical"] = killed_and_resumed(fresh("ray"), "--on", "ray") == sums(whole)
    say(figures, JOBS)


if __name__ == "__main__":
    main()
