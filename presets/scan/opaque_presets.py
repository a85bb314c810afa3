"""Presets that only their plugin can read, read by it: as positions of its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from starling.models.errors import PluginError
from starling.presets.formats.bank import Bank, BankPreset
from starling.presets.sandbox.plugin_state import PluginState, PluginStates
from starling.presets.scan.synth_facts import SynthFacts

__all__ = ["read_opaque"]

VST3 = ".vst3"
VST3_PRESET = ".vstpreset"
REMARK = "read through {}: what its presets hold beside parameters is not heard"


def read_opaque(
    bank: Bank, suffix: str, plugins: Sequence[SynthFacts], states: PluginStates
) -> tuple[Bank, SynthFacts | None]:
    """The bank with the positions that its plugin gives, and that plugin if it is one of these."""
    if not any(preset.opaque for preset in bank.presets):
        return bank, None
    for facts in plugins:
        path = Path(facts.name)
        fits = (path.suffix.lower() == VST3) == (suffix.lower() == VST3_PRESET)
        if facts.found and fits and _is_of(bank, states.of(path)):
            state = states.of(path)
            presets = tuple(_read(preset, suffix, state) for preset in bank.presets)
            remarks = (*bank.remarks, REMARK.format(path.name))
            return replace(bank, presets=presets, remarks=remarks), facts
    return bank, None


def _is_of(bank: Bank, state: PluginState) -> bool:
    try:
        return state.identity() == bank.plugin
    except PluginError:
        return False  # a plugin that cannot say who it is takes no presets


def _read(preset: BankPreset, suffix: str, state: PluginState) -> BankPreset:
    if not preset.opaque:
        return preset
    try:
        return replace(preset, floats=state.load(preset.opaque, suffix), problem="", opaque=b"")
    except PluginError as exc:
        return replace(preset, problem=str(exc))
