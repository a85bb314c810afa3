"""The items of a rendered data set: drawn, played, drawn again while they are silent. No files.

An `ItemRenderer` is one warm sandbox. Which one makes an item, and when, changes nothing of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import CancelledError, PluginError, StarlingError
from starling.presets.datasets.sampling import Plan, SampledPreset, draws
from starling.presets.features.log_mel_record import is_audible, level_of, mel_of
from starling.presets.sandbox.client import NoteRecords, Notes, Sandbox, Untried

Check = Literal["all", "sample", "none"]  # which items are rendered twice

MAX_TRIES = 50  # draws of one item; of real synths about one in ten is silent
SAMPLE = 8  # items of each shard that are rendered twice
AGAIN = 2  # times that a preset may take its process down before it is given up
TIMEOUT_S = 30.0  # of one note, which takes 20 ms: a busy machine must not change what is kept
SILENT, FAILED = "silent", "plugin_failed"


@dataclass(frozen=True, slots=True)
class RenderJob:
    """What is made of each item. `cache` is the folder of plugins' introspected schemas."""

    synth: str
    notes: Notes
    plan: Plan
    check: Check = "sample"
    shard_size: int = 512
    cache: Path | None = None
    niceness: int = 0

    def twice(self, item: int) -> bool:
        """Whether an item is rendered twice, to see if it comes out the same."""
        return self.check == "all" or (self.check == "sample" and item % self.shard_size < SAMPLE)


@dataclass(frozen=True, slots=True)
class DatasetItem:
    """One preset that sounds: the fields of a data set's row, and what was refused first."""

    index: int
    parameters: NDArray[np.float32]  # (P,)
    log_mel: NDArray[np.float16]  # (notes, 64, 51)
    level: NDArray[np.float32]  # (notes,)
    determinism: float
    source: int
    kind: int
    tries: int
    rejected: dict[str, int]


class ItemRenderer:
    """Makes items with one sandbox, which starts at the first and again after a crash."""

    def __init__(self, job: RenderJob) -> None:
        self._job = job
        self._box = Sandbox(job.synth, timeout_s=TIMEOUT_S, cache=job.cache, niceness=job.niceness)

    def items(self, indices: Sequence[int]) -> list[DatasetItem]:
        """The items of these indices, in order.

        Raises PluginError when the synth stays silent however often one is drawn, MissingError.
        """
        attempts = [_Attempt(index, draws(self._job.plan, index)) for index in indices]
        waiting = attempts
        while waiting:
            for attempt, result in zip(waiting, self._render(waiting), strict=True):
                attempt.take(result, self._job)
            waiting = [attempt for attempt in waiting if attempt.item is None]
        return [attempt.item for attempt in attempts if attempt.item]

    def _render(self, attempts: Sequence[_Attempt]) -> list[NoteRecords | StarlingError]:
        names = self._job.plan.schema.names()
        values = [dict(zip(names, a.sampled.values.tolist(), strict=True)) for a in attempts]
        return self.render(values, [self._job.twice(attempt.index) for attempt in attempts])

    def render(
        self, presets: Sequence[dict[str, float]], twice: Sequence[bool] = ()
    ) -> list[NoteRecords | StarlingError]:
        """The records of each preset's notes, or why there are none.

        Raises what is not the presets' fault: MissingError, CancelledError, a machine that is full.
        """
        results: list[NoteRecords | StarlingError] = []
        requested = twice or [False] * len(presets)
        for result in self._box.listen(presets, self._job.notes, requested):
            if isinstance(result, Untried):
                raise result.reason
            if isinstance(result, CancelledError):
                raise result
            results.append(result)
        return results

    def interrupt(self) -> None:
        """End what another thread waits for; it raises CancelledError there."""
        self._box.interrupt()

    def close(self) -> None:
        """End the sandbox's process."""
        self._box.close()


class _Attempt:
    """An item on its way: what is drawn now, and what was drawn before."""

    def __init__(self, index: int, drawings: Iterator[SampledPreset]) -> None:
        self.index = index
        self._drawings = drawings
        self.sampled = next(drawings)
        self.item: DatasetItem | None = None
        self._tries = 1
        self._failures = 0  # of this drawing
        self._rejected: Counter[str] = Counter()

    def take(self, result: NoteRecords | StarlingError, job: RenderJob) -> None:
        """Keep what was rendered, or draw again. Raises PluginError after MAX_TRIES."""
        if isinstance(result, NoteRecords) and is_whole(result, len(job.notes)):
            self.item = self._made(result)
            return
        reason = SILENT if isinstance(result, NoteRecords) else result.code
        self._failures += 1
        if reason != SILENT and self._failures < AGAIN:
            return  # it may have died of its neighbour, or of a machine out of breath
        self._rejected[reason] += 1
        if self._tries >= MAX_TRIES:
            how = "silent" if isinstance(result, NoteRecords) else f"not playable ({result})"
            raise PluginError(f"{job.synth}: {MAX_TRIES} presets in a row were {how}")
        self._tries, self._failures = self._tries + 1, 0
        self.sampled = next(self._drawings)

    def _made(self, rendered: NoteRecords) -> DatasetItem:
        return DatasetItem(
            self.index,
            self.sampled.values.astype(np.float32),
            mel_of(rendered.records).astype(np.float16),
            level_of(rendered.records).astype(np.float32),
            rendered.difference,
            self.sampled.source,
            self.sampled.kind,
            self._tries,
            dict(self._rejected),
        )


def is_whole(rendered: NoteRecords, notes: int) -> bool:
    """Whether every note is audible."""
    return len(rendered.records) == notes and is_audible(rendered.records[-1])
