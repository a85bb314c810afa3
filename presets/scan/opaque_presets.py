"""Presets that only their plugin can read, read by it: as positions of its parameters.

One whose sound is more than that (samples, wavetables, hidden settings) keeps its file as state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from starling.models.errors import PluginError
from starling.presets.formats.bank import Bank, BankPreset
from starling.presets.sandbox.plugin_state import PluginState, PluginStates
from starling.presets.scan.synth_facts import SynthFacts
from starling.presets.synths.introspect import Introspection

__all__ = ["is_of", "is_same_plugin", "read_opaque"]

VST3 = ".vst3"
VST3_PRESET = ".vstpreset"
REMARK = "read through {}"


def read_opaque(
    bank: Bank, suffix: str, plugins: Sequence[SynthFacts], states: PluginStates
) -> tuple[Bank, SynthFacts | None]:
    """The bank with the positions that its plugin gives, and that plugin if it is one of these.

    A preset that already comes as its plugin's state needs only that plugin: it has the positions
    that the plugin starts with.
    """
    opaque = any(preset.opaque for preset in bank.presets)
    if not opaque and not any(preset.state for preset in bank.presets):
        return bank, None
    for facts in plugins:
        path = Path(facts.name)
        fits = (path.suffix.lower() == VST3) == (suffix.lower() == VST3_PRESET)
        if facts.found and fits and is_of(bank, states.of(path)):
            state = states.of(path)
            initial = _initial_positions(facts.found)
            presets = tuple(_read(preset, suffix, state, initial) for preset in bank.presets)
            remarks = (*bank.remarks, *([REMARK.format(path.name)] if opaque else ()))
            return replace(bank, presets=presets, remarks=remarks), facts
    return bank, None


def is_of(bank: Bank, state: PluginState, unknown: bool = False) -> bool:
    """Whether a bank is for a plugin, by the identity that both state.

    `unknown` is the answer where the plugin cannot say who it is: it crashes, or does not start.
    """
    try:
        return is_same_plugin(bank.plugin, state.identity())
    except PluginError:
        return unknown


def is_same_plugin(stated: str, own: str) -> bool:
    """Whether what a file states is what a plugin calls itself.

    A VST3's class id (32 digits) also tells its VST2's four letters: JUCE puts them at its end,
    Steinberg's own scheme after the letters VST.

    >>> is_same_plugin("Abcd", "ABCDEF019182FAEB4D616B6541626364")
    True
    """
    if len(stated) != 4 or len(own) != 32:
        return stated == own
    code, class_id = stated.encode("latin-1"), bytes.fromhex(own)
    return class_id[12:] == code or (class_id[:3] == b"VST" and class_id[3:7] == code)


def _initial_positions(found: Introspection) -> tuple[float, ...]:
    values = found.schema.defaults().values()
    return tuple(found.normalised(index, value) for index, value in enumerate(values))


def _read(
    preset: BankPreset, suffix: str, state: PluginState, initial: tuple[float, ...]
) -> BankPreset:
    if preset.state:
        return replace(preset, floats=initial, problem="")
    if not preset.opaque:
        return preset
    try:
        loaded = state.load(preset.opaque, suffix)
    except PluginError as exc:
        return replace(preset, problem=str(exc))
    kept = b"" if loaded.is_whole else preset.opaque
    return replace(preset, floats=loaded.positions, problem="", opaque=b"", state=kept)
