"""What a channel's messages have set: one state machine for all that plays MIDI. Pure.

It takes messages one after the other and answers at any time: the pitch, the pedals, each
controller. What follows from it (notes held by a pedal, curves) is the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from starling.models.midi.controllers import (
    BEND,
    BEND_RANGE,
    COARSE_TUNE,
    DATA,
    DATA_LOW,
    DECREMENT,
    FINE_TUNE,
    HALF,
    INCREMENT,
    INITIAL,
    KEY_PRESSURE,
    MODULATION,
    MODULATION_RANGE,
    NRPN_HIGH,
    NRPN_LOW,
    PARAMETERS,
    PEDAL_DOWN,
    PRESSURE,
    RESET,
    RESETS,
    RPN_HIGH,
    RPN_LOW,
    Parameter,
)

NULL = (127, 127)  # no parameter is selected
HIGHEST = 127


def _parameters(bend_range: int) -> dict[int, list[int]]:
    """Two data bytes of each registered parameter."""
    found = {each.number: [each.high, each.low] for each in PARAMETERS.values()}
    found[BEND_RANGE][0] = bend_range
    return found


@dataclass(slots=True)
class ChannelState:
    """The values of a channel; `controls` by number, `BEND`, `PRESSURE` and key pressures too.

    >>> state = ChannelState()
    >>> state.control(BEND, 8191)
    >>> round(state.pitch, 2)
    2.0
    """

    controls: dict[int, int] = field(default_factory=partial(dict, INITIAL))
    parameters: dict[int, list[int]] = field(
        default_factory=partial(_parameters, PARAMETERS[BEND_RANGE].high)
    )
    registered: bool = False  # whether data entry is for a registered parameter
    selected: list[int] = field(default_factory=partial(list, NULL))  # its number: high, low

    def control(self, number: int, value: int) -> None:
        """Take a controller's value; data entry goes to the parameter that is selected."""
        if number in (RPN_HIGH, RPN_LOW, NRPN_HIGH, NRPN_LOW):
            self._select(number, value)
        elif number in (DATA, DATA_LOW, INCREMENT, DECREMENT):
            self._enter(number, value)
        elif number == RESET:
            self.reset()
        else:
            self.controls[number] = value

    def reset(self) -> None:
        """Reset all controllers (121); volume, pan, the parameters and the program stay."""
        self.controls.update(RESETS)
        for number in [each for each in self.controls if each >= KEY_PRESSURE]:
            del self.controls[number]
        self.registered, self.selected = False, list(NULL)

    def set_bend_range(self, semitones: int) -> None:
        """Set the range that an MPE zone gives its member channels."""
        self.parameters[BEND_RANGE] = [semitones, 0]

    @property
    def pitch(self) -> float:
        """Semitones from the bend and the tuning."""
        high, low = self.parameters[BEND_RANGE]
        bend = self.controls[BEND] / HALF * (high + low / 100)
        high, low = self.parameters[FINE_TUNE]
        tuning = (high * 128 + low - HALF) / HALF + (self.parameters[COARSE_TUNE][0] - 64)
        return bend + tuning

    @property
    def vibrato(self) -> float:
        """Semitones of vibrato to either side, by the modulation wheel and the pressure."""
        amount = self.controls[MODULATION] + self.controls[PRESSURE]
        return min(1.0, amount / HIGHEST) * self._modulation_range

    def key_vibrato(self, key: int) -> float:
        """What the pressure on one key adds to the vibrato, in semitones."""
        return self.controls.get(KEY_PRESSURE + key, 0) / HIGHEST * self._modulation_range

    def is_down(self, pedal: int) -> bool:
        """Whether a pedal is down."""
        return self.controls[pedal] >= PEDAL_DOWN

    @property
    def _modulation_range(self) -> float:
        high, low = self.parameters[MODULATION_RANGE]
        return high + low / 128

    @property
    def _parameter(self) -> Parameter | None:
        """The registered parameter that is selected, if we know it."""
        high, low = self.selected
        return PARAMETERS.get(high * 128 + low) if self.registered else None

    def _select(self, number: int, value: int) -> None:
        registered = number in (RPN_HIGH, RPN_LOW)
        if registered != self.registered:
            self.registered, self.selected = registered, list(NULL)
        self.selected[number in (RPN_LOW, NRPN_LOW)] = value

    def _enter(self, number: int, value: int) -> None:
        parameter = self._parameter
        if parameter is None:
            return
        data = self.parameters[parameter.number]
        if number == DATA:
            data[:] = value, 0  # a high byte sets its low one to 0
        elif number == DATA_LOW:
            data[1] = value
        else:
            _step(parameter, data, 1 if number == INCREMENT else -1)


def _step(parameter: Parameter, data: list[int], by: int) -> None:
    """Data increment and decrement (RP-018): the value that comes with them does not count."""
    if parameter.step_byte == 0:
        data[0] = min(HIGHEST, max(0, data[0] + by))
        return
    size = parameter.low_end + 1
    value = min(HIGHEST * size + size - 1, max(0, data[0] * size + min(data[1], size - 1) + by))
    data[:] = divmod(value, size)
