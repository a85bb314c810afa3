"""The plugin follows the messages of a channel as the engine does: by one table, two machines."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from starling.models.midi.channel import ChannelState
from starling.models.midi.controllers import (
    BEND,
    HALF,
    KEY_PRESSURE,
    PARAMETERS,
    PRESSURE,
    RESET,
    SOFT,
    SOSTENUTO,
    SUSTAIN,
    ZONE,
)

pytestmark = pytest.mark.host
Message = tuple[int, int]
RANGE, FINE, COARSE = [(101, 0), (100, 0)], [(101, 0), (100, 1)], [(101, 0), (100, 2)]
DOWN = (BEND, -HALF)

# What random bytes become: mostly controllers that the machine knows, and numbers that it has.
OFTEN = (1, 6, 6, 11, 38, 38, 64, 66, 67, 96, 97, 98, 99, 100, 100, 101, 101, RESET)
SELECTED = (*PARAMETERS, 0, 3, 127)


def message(kind: int, first: int, second: int) -> Message:
    """A message of three bytes."""
    if kind < 160:
        number = OFTEN[first % len(OFTEN)]
        return number, SELECTED[second % len(SELECTED)] if 98 <= number <= 101 else second % 128
    if kind < 190:
        return first % 128, second % 128
    if kind < 220:
        return BEND, (first * 128 + second) % (2 * HALF) - HALF
    return (PRESSURE if kind < 235 else KEY_PRESSURE + first % 128), second % 128


def states(harness: Path, folder: Path, sequences: Sequence[Sequence[Message]]) -> list[str]:
    """What the plugin's machine says after each message; each sequence begins anew."""
    lines = []
    for sequence in sequences:
        lines += ["new", *(f"{number} {value}" for number, value in sequence)]
    path = folder / "messages.txt"
    path.write_text("\n".join(lines))
    command = [harness, "states", path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    return done.stdout.splitlines()


def described(state: ChannelState) -> str:
    """A state as the harness prints it."""
    words = [f"{state.pitch:.17g}", f"{state.vibrato:.17g}", str(state.parameters[ZONE][0])]
    keys = ((key, state.key_vibrato(key)) for key in range(128))
    words += [f"k{key}={vibrato:.17g}" for key, vibrato in keys if vibrato > 0]
    controls = sorted(state.controls.items())
    words += [f"{number}={value}" for number, value in controls if value and number < BEND]
    words += [f"p{pedal}=1" for pedal in (SUSTAIN, SOSTENUTO, SOFT) if state.is_down(pedal)]
    return " ".join(words)


def expected(sequences: Sequence[Sequence[Message]]) -> list[str]:
    found = []
    for sequence in sequences:
        state = ChannelState()
        for number, value in sequence:
            state.control(number, value)
            found.append(described(state))
    return found


@given(st.lists(st.binary(min_size=300, max_size=600), min_size=8, max_size=8))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_messages_leave_the_engines_state(
    harness: Path, tmp_path: Path, drawn: list[bytes]
) -> None:
    sequences = [
        [message(*each) for each in zip(*[iter(data)] * 3, strict=False)] for data in drawn
    ]
    assert states(harness, tmp_path, sequences) == expected(sequences)


@pytest.mark.parametrize(
    ("messages", "semitones"),
    [
        ([DOWN], -2.0),
        ([*RANGE, (6, 12), DOWN], -12.0),
        ([DOWN, *RANGE, (6, 12)], -12.0),  # the range counts for a bend that came before it
        ([*RANGE, (6, 2), (38, 50), DOWN], -2.5),
        ([*RANGE, (6, 2), (99, 1), (98, 32), (6, 64), DOWN], -2.0),  # that was an NRPN's
        ([*RANGE, (96, 0), DOWN], -2.01),  # RP-018: a cent
        ([*RANGE, (97, 127), DOWN], -1.99),  # and across the semitone
        ([*FINE, (6, 96), (38, 0)], 0.5),
        ([*COARSE, (6, 52)], -12.0),
        ([DOWN, (RESET, 0)], 0.0),
        ([*RANGE, (6, 12), (RESET, 0), DOWN], -12.0),  # the parameters stay
        ([*RANGE, (RESET, 0), (6, 12), DOWN], -2.0),  # but none is selected any more
    ],
)
def test_pitch(messages: list[Message], semitones: float, harness: Path, tmp_path: Path) -> None:
    last = states(harness, tmp_path, [messages])[-1]
    assert float(last.split()[0]) == pytest.approx(semitones, abs=1e-9)
