"""What repeats, recency and the grammar add to a network's logits: a table for each kind of hint.

A hint names a class of a head; its table says, by how sure the hint is and how it fits what the
step has decided so far, how much that class gains. What the grammar excludes loses everything.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from starling.models.composer.context.layout import (
    BEGIN,
    CONFIDENCES,
    GLOBALS,
    LATE,
    PITCH_AGES,
    PITCHED,
    PITCHES,
    PLACE,
    POINTERS,
    RECENT,
    RECENT_WAITS,
)
from starling.models.composer.context.meter import FINE, SIXTEENTHS, TENTHS
from starling.models.composer.context.steps import MOST_WAIT, VOICES
from starling.models.composer.songs import CLASSES, LOWEST

HEADS = 1 + VOICES  # the wait, then each voice
END = CLASSES[0] + 1  # the class of the first voice's head that ends a song
SIZES = (MOST_WAIT + 1, CLASSES[0] + 2, *(count + 1 for count in CLASSES[1:]))  # of the heads
NEVER = -1e4  # a logit that leaves no probability
SPEED = 5.0  # tables learn so many times faster than the network
NEAR = 2  # frames: predictions that are further off than this are all one
JUST = 0.6  # frames: as near as 24 Hz comes to a beat, and the places in a bar
OFFSETS = 3  # a predicted wait also speaks for one frame less and more


@dataclass(frozen=True, slots=True)
class Hints:
    """The parts of rows (N, WIDTH) that name classes, as integers."""

    wait: Tensor  # (N,) the one before; BEGIN at a song's first step
    state: Tensor  # (N, 4)
    remaining: Tensor  # (N, 4, K) frames to a predicted change
    values: Tensor  # (N, 4, K) its class + 1; 0: no prediction
    sure: Tensor  # (N, 4, K)
    steps: Tensor  # (N, M, 5) predicted steps as classes of the heads; -1: none
    steps_sure: Tensor  # (N, M)
    recent: Tensor  # (N, 4, R) class + 1; 0: none
    recent_waits: Tensor  # (N, W); 0: none
    pitch: Tensor  # (N, 12)
    meter: Tensor  # (N, 2); 0: not known

    @classmethod
    def of(cls, rows: Tensor) -> Hints:
        """From rows (N, WIDTH) of integers."""
        count = len(rows)
        state = rows[:, PLACE["state"]]
        pointer = rows[:, PLACE["pointer"]].view(count, VOICES, len(POINTERS), 3)
        steps = rows[:, PLACE["global"]].view(count, len(GLOBALS), 2 + VOICES)
        known = steps[..., -1:] > 0
        change = torch.where(steps[..., 1:-1] == state[:, None] + 1, 0, steps[..., 1:-1])
        return cls(
            rows[:, PLACE["wait"].start],
            state,
            pointer[..., 0] + LATE - 1,
            pointer[..., 1],
            pointer[..., 2],
            torch.where(known, torch.cat([steps[..., :1], change], -1), -1),
            steps[..., -1],
            rows[:, PLACE["recent"]].view(count, VOICES, RECENT),
            rows[:, PLACE["recent wait"]],
            rows[:, PLACE["pitch"]],
            rows[:, PLACE["meter"]],
        )


def _table(*shape: int) -> nn.Parameter:
    """A table that begins without effect."""
    return nn.Parameter(torch.zeros(*shape))


class Copying(nn.Module):
    """Additions to the logits of every head, and how the network's state moves them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        kinds, steps = len(POINTERS), len(GLOBALS)
        self.steps = _table(HEADS, steps, 2, CONFIDENCES)  # by whether it agreed so far
        self.waits = _table(VOICES, kinds, OFFSETS, CONFIDENCES)
        self.changes = _table(VOICES, kinds, 2 * NEAR + 1, CONFIDENCES)
        self.keeps = _table(VOICES, kinds, 2 * NEAR + 1, CONFIDENCES)
        self.recent = _table(VOICES, RECENT)
        self.recent_waits = _table(RECENT_WAITS)
        self.pitch = _table(PITCHED, PITCH_AGES)
        self.grid = _table(SIXTEENTHS, 2)  # of a beat: where a wait ends, and whether just there
        self.gates = nn.ModuleList(
            nn.Linear(width, steps + (VOICES * kinds if head == 0 else kinds))
            for head in range(HEADS)
        )
        for gate in self.gates:
            for parameter in gate.parameters():
                nn.init.zeros_(parameter)
        for voice in range(PITCHED):  # the pitch class of each note
            notes = (LOWEST[voice] + torch.arange(CLASSES[voice] - 1)) % PITCHES
            self.register_buffer(f"notes{voice}", notes, persistent=False)

    def forward(self, head: int, hidden: Tensor, hints: Hints, chosen: Tensor) -> Tensor:
        """Additions (N, SIZES[head]) where `chosen` (N, 5) holds what the earlier heads decided."""
        gates = self.gates[head](hidden)
        places, gains = self._steps(head, hints, chosen, gates[:, : len(GLOBALS)])
        more = self._wait if head == 0 else self._voice
        dense, other_places, other_gains = more(head, hints, chosen, gates[:, len(GLOBALS) :])
        every = torch.cat([places, *other_places], 1), torch.cat([gains, *other_gains], 1)
        return dense.scatter_add(1, *every)

    def _steps(
        self, head: int, hints: Hints, chosen: Tensor, gates: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What the global pointers name, (N, M) places and gains."""
        agreed = (hints.steps[..., :head] == chosen[:, None, :head]).all(-1).long()
        named = hints.steps[..., head]
        kinds = torch.arange(named.shape[1], device=named.device)
        gains = SPEED * self.steps[head][kinds, agreed, hints.steps_sure] + gates
        return named.clamp(min=0), gains * (named >= 0)

    def _wait(
        self, head: int, hints: Hints, chosen: Tensor, gates: Tensor
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """Waits until predicted changes, recent waits; 0 is for a song's first step only."""
        count = len(gates)
        known = hints.values > 0
        voices, kinds = _grid(VOICES, len(POINTERS), gates.device)
        gains = SPEED * self.waits[voices, kinds, :, hints.sure]  # (N, 4, K, 3)
        gains = gains + gates.view(count, VOICES, -1, 1)
        near = torch.arange(OFFSETS, device=gates.device) - 1
        waits = hints.remaining[..., None] + near
        legal = known[..., None] & (waits >= 1) & (waits <= MOST_WAIT)
        recent = SPEED * self.recent_waits * (hints.recent_waits > 0)
        dense = SPEED * self._on_grid(hints.meter)
        dense[:, 0] = NEVER * (hints.wait != BEGIN)
        places = [waits.clamp(0, MOST_WAIT).view(count, -1), hints.recent_waits]
        return dense, places, [(gains * legal).view(count, -1), recent]

    def _on_grid(self, meter: Tensor) -> Tensor:
        """Additions (N, waits) by the sixteenth on which a wait ends, where the meter is known."""
        waits = torch.arange(SIZES[0], device=meter.device)
        frames = meter[:, :1].clamp(min=1) / (TENTHS * SIXTEENTHS)  # of a sixteenth
        ends = (meter[:, 1:] - 1) / FINE + waits / frames
        nearest = ends.round()
        just = ((ends - nearest).abs() * frames <= JUST).long()
        gains = self.grid[nearest.long() % SIXTEENTHS, just]
        return gains * (meter[:, :1] > 0)

    def _voice(
        self, head: int, hints: Hints, chosen: Tensor, gates: Tensor
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """Predicted and recent classes; the present one is excluded, and that nothing happens."""
        voice = head - 1
        known, sure = hints.values[:, voice] > 0, hints.sure[:, voice]
        due = (hints.remaining[:, voice] - chosen[:, :1]).clamp(-NEAR, NEAR) + NEAR
        kinds = torch.arange(sure.shape[1], device=sure.device)
        gains = (SPEED * self.changes[voice][kinds, due, sure] + gates) * known
        keeps = SPEED * self.keeps[voice][kinds, due, sure] * known
        recent = SPEED * self.recent[voice] * (hints.recent[:, voice] > 0)
        dense = gates.new_zeros(len(sure), SIZES[head])
        dense[:, 0] = keeps.sum(1) + NEVER * self._must_change(head, chosen)
        if voice < PITCHED:
            notes = self.get_buffer(f"notes{voice}")
            dense[:, 2 : 2 + len(notes)] = SPEED * self.pitch[voice][hints.pitch[:, notes]]
        present = hints.state[:, voice, None] + 1
        never = torch.full_like(present, NEVER, dtype=dense.dtype)
        places = [hints.values[:, voice], hints.recent[:, voice], present]
        return dense, places, [gains, recent, never]

    def _must_change(self, head: int, chosen: Tensor) -> Tensor:
        """Where the last voice has to change, (N,): nothing else did, nor is it a chained wait."""
        if head < HEADS - 1:
            return torch.zeros(len(chosen), device=chosen.device)
        still = (chosen[:, 1:head] == 0).all(1) & (chosen[:, 0] < MOST_WAIT)
        return still.float()


def _grid(rows: int, columns: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Indices (rows, 1) and (columns,) that broadcast to every pair."""
    return torch.arange(rows, device=device)[:, None], torch.arange(columns, device=device)
