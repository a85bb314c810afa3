"""The real presets of a synth, for training: read from banks, rendered, split, without duplicates.

Presets that are silent or sound as good as the same as another one are left out, the latter also
across splits: the training keeps its copy, so that no test contains what was trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import MissingError, StarlingError
from starling.presets.datasets.items import ItemRenderer, RenderJob, is_whole
from starling.presets.datasets.local_pool import LocalPool
from starling.presets.datasets.sampling import SourcePresets
from starling.presets.datasets.splits import SPLITS, Split, near_duplicates, splits_of
from starling.presets.features.log_mel_record import mel_of
from starling.presets.library.sources import NewPreset
from starling.presets.sandbox.client import NoteRecords
from starling.presets.sandbox.plugin_state import PluginStates
from starling.presets.scan.preset_files import files_to_scan, new_presets, read_source
from starling.presets.scan.synth_facts import SynthFacts

CHUNK = 16  # presets a request
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class RealPreset:
    """A real preset: values in the schema's order; `also` names those that sound the same."""

    id: str
    name: str
    bank: str
    split: Split
    values: tuple[float, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RealPresets:
    """The presets that are kept, and how many were not, and why."""

    presets: tuple[RealPreset, ...]
    silent: int = 0
    duplicates: int = 0
    unreadable: int = 0

    def source_presets(self, split: Split | None) -> SourcePresets:
        """The presets of a split, or all. Raises MissingError when there are none."""
        rows = [row for row, real in enumerate(self.presets) if split in (None, real.split)]
        if not rows:
            raise MissingError(
                f"no real presets in the split {split}; give a folder of banks with --banks, or "
                "draw with --scheme uniform",
                code="no_presets",
            )
        values = np.array([self.presets[row].values for row in rows], np.float64)
        return SourcePresets(values, np.array(rows, np.int64))


def read_presets(facts: SynthFacts, folders: Iterable[Path]) -> tuple[list[NewPreset], int]:
    """The playable presets of a synth's installed banks and of folders; how many are not.

    Of presets with equal values the first counts.
    """
    found: dict[tuple[float, ...], NewPreset] = {}
    unreadable = 0
    with PluginStates() as states:
        for path in files_to_scan([facts.name], folders).files:
            try:
                bank = read_source(path, [facts], states=states)
            except StarlingError:
                unreadable += 1
                continue
            if bank.synth != facts.name:
                continue
            for preset in new_presets(bank, facts):
                if preset.problem or preset.state:  # a state is more than values
                    unreadable += 1
                else:
                    found.setdefault(tuple(preset.values.values()), preset)
    return list(found.values()), unreadable


def gather(
    facts: SynthFacts, folders: Iterable[Path], pool: LocalPool, job: RenderJob, progress: Progress
) -> RealPresets:
    """Read the real presets, render each at the job's notes, drop those that sound alike.

    Raises MissingError when the synth has no banks.
    """
    presets, unreadable = read_presets(facts, folders)
    order = _by_split(presets)
    rendered = _render([presets[at] for at, _ in order], pool, job, progress)
    kept = [row for row, sound in enumerate(rendered) if sound is not None]
    mels = [sound for sound in rendered if sound is not None]
    first = near_duplicates(np.stack(mels)) if mels else np.zeros(0, np.int64)
    real_presets: list[RealPreset] = []
    for number, row in enumerate(kept):
        if first[number] >= 0:
            continue
        at, split = order[row]
        twins = [presets[order[kept[t]][0]] for t in np.flatnonzero(first == number)]
        also = tuple(f"{twin.name} ({twin.bank})" for twin in twins)
        real_presets.append(_real(presets[at], split, also))
    duplicates = len(kept) - len(real_presets)
    return RealPresets(tuple(real_presets), len(presets) - len(kept), duplicates, unreadable)


def _by_split(presets: Sequence[NewPreset]) -> list[tuple[int, Split]]:
    """Positions and splits, the training's first: of duplicates the first is kept."""
    splits = splits_of([(preset.bank, preset.name) for preset in presets])
    return sorted(enumerate(splits), key=lambda pair: (SPLITS.index(pair[1]), pair[0]))


def _real(preset: NewPreset, split: Split, also: tuple[str, ...]) -> RealPreset:
    identity = preset.fingerprint[:16]
    values = tuple(preset.values.values())
    return RealPreset(identity, preset.name, preset.bank, split, values, also)


def _render(
    presets: Sequence[NewPreset], pool: LocalPool, job: RenderJob, progress: Progress
) -> list[NDArray[np.float32] | None]:
    """The log-mel (64, 51) of each preset's first note; None if one of the notes is silent."""
    sounds: list[NDArray[np.float32] | None] = [None] * len(presets)
    done = 0

    def work(
        renderer: ItemRenderer, rows: range
    ) -> tuple[range, list[NoteRecords | StarlingError]]:
        return rows, renderer.render([dict(presets[row].values) for row in rows])

    for rows, results in pool.run(work, _chunks(len(presets))):
        for row, result in zip(rows, results, strict=True):
            if isinstance(result, NoteRecords) and is_whole(result, len(job.notes)):
                sounds[row] = mel_of(result.records)[0]
        done += len(rows)
        progress(done / len(presets), f"heard {done} of {len(presets)} real presets")
    return sounds


def _chunks(count: int) -> Iterator[range]:
    return (range(at, min(at + CHUNK, count)) for at in range(0, count, CHUNK))
