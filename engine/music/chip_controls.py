"""The chip's own controls beside those of a composer: duty, mode and level of its voices. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starling.models.artifacts.catalogue import Control, ModelCard
from starling.models.nes.chip.play import FULL, Voicing
from starling.models.nes.scores.score import VOICES

DUTIES = ("12.5 %", "25 %", "50 %", "75 %")
MODES = ("Long", "Short")
TIMBRES = (
    Control("p1_duty", "P1 duty", 0, 3, 2, DUTIES),
    Control("p2_duty", "P2 duty", 0, 3, 1, DUTIES),  # the two pulses stay apart
    Control("no_mode", "Noise", 0, 1, 0, MODES),
)
# A held noise covers the others; the triangle has no volume: its level is on or off.
USUAL_LEVELS = {"p1": 12, "p2": 9, "tr": FULL, "no": 6}
LEVELS = tuple(
    Control(f"{voice}_level", f"{voice.upper()} level", 0, FULL, usual)
    for voice, usual in USUAL_LEVELS.items()
)
CONTROLS = (*TIMBRES, *LEVELS)


def played(card: ModelCard) -> ModelCard:
    """A composer's card with the controls of the chip that plays what it writes."""
    return replace(card, controls=(*card.controls, *CONTROLS))


def whole(controls: Mapping[str, float]) -> dict[str, float]:
    """Controls with the levels as the chip has them: in sixteen steps."""
    levels = {each.name for each in LEVELS}
    return {name: round(value) if name in levels else value for name, value in controls.items()}


def voicings(controls: Mapping[str, float]) -> dict[str, Voicing]:
    """How each voice is played; a level of 0 mutes it.

    >>> voicings({each.name: each.default for each in CONTROLS})["p2"]
    Voicing(duty=1, level=9, mute=False)
    """
    return {voice: _voicing(voice, controls) for voice in VOICES}


def _voicing(voice: str, controls: Mapping[str, float]) -> Voicing:
    timbre = controls.get("no_mode" if voice == "no" else f"{voice}_duty")
    level = int(controls[f"{voice}_level"])
    return Voicing(None if timbre is None else int(timbre), level)
