"""Render a data set: presets of a synth with what they sound like. Sharded, resumable.

A run that was stopped or killed goes on with the shards that are missing or damaged, and ends with
the same checksums as one that was not.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from starling.models.dsp.mel import FEATURE_VERSION, SAMPLE_RATE
from starling.models.errors import InputError
from starling.presets.datasets import shards as files
from starling.presets.datasets.items import Check, DatasetItem, ItemRenderer, RenderJob
from starling.presets.datasets.local_pool import LocalPool
from starling.presets.datasets.real_presets import RealPresets, gather
from starling.presets.datasets.sampling import BankMixture, Plan, Scheme
from starling.presets.datasets.sampling_rules import Rule, read_rules
from starling.presets.datasets.splits import Split
from starling.presets.sandbox.client import Notes
from starling.presets.scan.synth_facts import SynthFacts, synth_facts

CHUNK = 16  # items a task: a second's work, so that progress moves and workers end together
SHARD = 512  # presets: with 8 notes 27 MB, a minute's work
ONE_NOTE = ((60, 100, 0.65),)  # as a scan renders presets
MAX_NOTES = 64
MAX_COUNT = 100_000_000
MAX_SHARD = 8_192

Task = TypeVar("Task")
Result = TypeVar("Result")
Progress = Callable[[float, str], None]


class WorkerPool(Protocol):
    """Workers that make items; `LocalPool`, or a cluster's."""

    def run(
        self,
        work: Callable[[ItemRenderer, Sequence[int]], list[DatasetItem]],
        tasks: Iterator[Sequence[int]],
    ) -> Iterator[list[DatasetItem]]:
        """Do work for each task, in no certain order."""


Pools = Callable[[RenderJob], AbstractContextManager[WorkerPool]]


@dataclass(frozen=True, slots=True)
class DatasetSpec:
    """What is to be rendered. `count` 0 is all presets of scheme `real`; `split` None is all."""

    synth: str
    count: int
    scheme: Scheme = "uniform"
    notes: Notes = ONE_NOTE
    seed: int = 0
    split: Split | None = "train"
    mix: BankMixture = field(default_factory=BankMixture)
    rules: Path | None = None
    banks: tuple[Path, ...] = ()
    check: Check = "sample"
    shard_size: int = SHARD


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a run did, and what there is now. `renders` and `seconds` are those of this run."""

    count: int
    shards: int
    made: int
    tries: int
    rejected: dict[str, int]
    renders: int
    seconds: float


def render(
    spec: DatasetSpec,
    folder: Path,
    cache: Path,
    *,
    jobs: int | None = None,
    pools: Pools | None = None,
    progress: Progress = lambda fraction, text: None,
    niceness: int = 0,
) -> Rendered:
    """Render what is missing of the data set in a folder, or start one.

    Raises InputError for an order that makes no sense and for a folder of another data set,
    MissingError, PluginError.
    """
    _check(spec)
    facts = synth_facts(spec.synth, cache)
    rules = read_rules(spec.rules, facts.schema) if spec.rules else {}
    requested = _recipe(spec, facts, rules)
    job = RenderJob(
        facts.name, spec.notes, Plan(facts.schema, spec.scheme, spec.count, spec.seed),
        spec.check, spec.shard_size, cache, niceness,
    )  # fmt: skip
    files.require_ours(folder)
    kept = files.read_recipe(folder)
    if kept is None:
        folder.mkdir(parents=True, exist_ok=True)
        real_presets = _gathered(spec, facts, job, jobs, progress)
        requested |= {"count": spec.count or len(real_presets.source_presets(spec.split).values)}
        if spec.scheme != "uniform":
            files.write_sources(folder, real_presets)
        files.write_recipe(folder, requested | {"reals": _counts(real_presets)})
    else:
        files.require_same(folder, kept, requested | {"count": spec.count or None})
        requested = kept
        real_presets = files.read_sources(folder) if spec.scheme != "uniform" else RealPresets(())
    source_presets = real_presets.source_presets(spec.split) if spec.scheme != "uniform" else None
    if spec.scheme == "real" and source_presets and requested["count"] > len(source_presets.values):
        raise InputError(f"count must be 0..{len(source_presets.values)}, got {requested['count']}")
    plan = replace(
        job.plan, count=requested["count"], source_presets=source_presets, mix=spec.mix, rules=rules
    )
    opened = pools or (lambda made: LocalPool(made, jobs))
    return _fill(requested, folder, replace(job, plan=plan), opened, progress)


def _check(spec: DatasetSpec) -> None:
    """Raise InputError that names the field, the value and what is allowed."""
    least = 0 if spec.scheme == "real" else 1
    legal: tuple[tuple[str, float, float, float], ...] = (
        ("count", spec.count, least, MAX_COUNT),
        ("shard size", spec.shard_size, 1, MAX_SHARD),
        ("seed", spec.seed, 0, 2**31 - 1),
        ("notes", len(spec.notes), 1, MAX_NOTES),
        *(("note", note, 0, 127) for note, _, _ in spec.notes),
        *(("velocity", velocity, 1, 127) for _, velocity, _ in spec.notes),
        *(("note's seconds", seconds, 0.01, 1.0) for _, _, seconds in spec.notes),
    )
    for name, value, low, high in legal:
        if not low <= value <= high:
            raise InputError(f"{name} must be {low:g}..{high:g}, got {value:g}", code="bad_order")


def _recipe(spec: DatasetSpec, facts: SynthFacts, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """The content of dataset.json, as JSON reads it back."""
    listed = ("name", "minimum", "maximum", "default", "kind", "steps", "labels")
    parameters = [
        {name: getattr(p, name) for name in listed} | {"labels": list(p.labels)}
        for p in facts.schema.parameters
    ]
    sampling: dict[str, Any] = {"scheme": spec.scheme}
    sampling["rules"] = {name: _plain(rule) for name, rule in rules.items()}
    if spec.scheme != "uniform":
        sampling |= {"split": spec.split or "all"}
    if spec.scheme == "bank":
        sampling |= {"mix": asdict(spec.mix)}
    return {
        "format": files.FORMAT,
        "synth": facts.name,
        "stamp": facts.stamp,
        "schema_hash": facts.schema.hash,
        "schema": {"version": facts.schema.version, "parameters": parameters},
        "notes": [list(note) for note in spec.notes],
        "seconds": 1.0,
        "sample_rate": SAMPLE_RATE,
        "sampling": sampling,
        "determinism": spec.check,
        "seed": spec.seed,
        "count": spec.count,
        "shard_size": spec.shard_size,
        "front": FEATURE_VERSION,
    }


def _plain(rule: Rule) -> dict[str, Any]:
    """A rule's fields as JSON has them, 0 included."""
    lists = {"interval": rule.interval, "weights": rule.weights}
    found: dict[str, Any] = {name: list(values) for name, values in lists.items() if values}
    return found | ({} if rule.fixed is None else {"fixed": rule.fixed})


def _counts(real_presets: RealPresets) -> dict[str, int]:
    names = ("silent", "duplicates", "unreadable")
    return {"kept": len(real_presets.presets)} | {
        name: getattr(real_presets, name) for name in names
    }


def _gathered(
    spec: DatasetSpec, facts: SynthFacts, job: RenderJob, jobs: int | None, progress: Progress
) -> RealPresets:
    """The real presets that the spec needs, rendered on this machine.

    All of a split's own are rendered at each of the notes; to draw around, one note will do.
    """
    if spec.scheme == "uniform":
        return RealPresets(())
    notes = [*ONE_NOTE, *(note for note in spec.notes if note not in ONE_NOTE)]
    gather_job = replace(job, notes=notes if spec.scheme == "real" else ONE_NOTE)
    with LocalPool(gather_job, jobs) as pool:
        return gather(facts, spec.banks, pool, gather_job, progress)


def _fill(
    recipe: Mapping[str, Any], folder: Path, job: RenderJob, pools: Pools, progress: Progress
) -> Rendered:
    """Make the shards that are not there or not whole."""
    total = files.shard_count(recipe)
    missing = [n for n in range(total) if files.shard_state(folder, n) != "complete"]
    progress(0.0, f"{total - len(missing)} of {total} shards are there")
    began = time.monotonic()
    meter = _Meter(sum(len(files.shard_items(recipe, n)) for n in missing), len(job.notes))
    if missing:
        with pools(job) as pool:
            for items in pool.run(ItemRenderer.items, _tasks(recipe, missing)):
                meter.add(items)
                progress(meter.fraction, meter.sentence(time.monotonic() - began))
                for number, whole in meter.collect(recipe, items):
                    files.write_shard(folder, number, whole)
    abouts = [files.shard_about(folder, number) or {} for number in range(total)]
    rejected: Counter[str] = Counter()
    for about in abouts:
        rejected.update(about.get("rejected", {}))
    tries = sum(about.get("tries", 0) for about in abouts)
    seconds = time.monotonic() - began
    return Rendered(
        int(recipe["count"]), total, len(missing), tries, dict(rejected), meter.renders, seconds
    )


def _tasks(recipe: Mapping[str, Any], shards: Sequence[int]) -> Iterator[Sequence[int]]:
    for number in shards:
        items = files.shard_items(recipe, number)
        for start in range(0, len(items), CHUNK):
            yield items[start : start + CHUNK]


class _Meter:
    """Counts items as they come, and puts those of a shard together."""

    def __init__(self, wanted: int, notes: int) -> None:
        self._wanted = wanted
        self._notes = notes
        self._held: dict[int, list[DatasetItem]] = {}  # by shard
        self._done = 0
        self._tries = 0

    def add(self, items: Sequence[DatasetItem]) -> None:
        self._done += len(items)
        self._tries += sum(item.tries for item in items)

    def collect(
        self, recipe: Mapping[str, Any], items: Sequence[DatasetItem]
    ) -> Iterator[tuple[int, list[DatasetItem]]]:
        """The shard that these items complete, in order."""
        number = items[0].index // int(recipe["shard_size"])
        held = self._held.setdefault(number, [])
        held.extend(items)
        if len(held) == len(files.shard_items(recipe, number)):
            yield number, sorted(self._held.pop(number), key=lambda item: item.index)

    @property
    def fraction(self) -> float:
        return self._done / max(self._wanted, 1)

    @property
    def renders(self) -> int:
        """Notes played; of a refused preset about one, since a silent note is its last."""
        return self._done * self._notes + (self._tries - self._done)

    def sentence(self, seconds: float) -> str:
        refused = self._tries - self._done
        rate = self.renders / max(seconds, 1e-3)
        text = f"{self._done} of {self._wanted} presets, {rate:.0f} renders/s"
        return f"{text}, {refused} silent ones drawn again" if refused else text
