"""The override file of `dataset render --sampling`: how some parameters are to be drawn.

{"parameters": {"master_vol": {"fixed": 0.67},
                "reverb_wet": {"interval": [0, 0.4]},
                "osc1_waveform": {"weights": [1, 2, 2, 0.5, 0]}}}
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starling.models import json_text
from starling.models.errors import InputError, MissingError, ParseError
from starling.presets.formats.schema import Parameter, Schema

MAX_BYTES = 2**20
FIELDS = ("fixed", "interval", "weights")


@dataclass(frozen=True, slots=True)
class Rule:
    """How one parameter is drawn: at one value, within an interval, its steps by weight."""

    fixed: float | None = None
    interval: tuple[float, float] | None = None
    weights: tuple[float, ...] = ()


def read_rules(path: Path, schema: Schema) -> dict[str, Rule]:
    """The rules of a file, checked against the synth's parameters.

    Raises MissingError, ParseError when it is no such file, InputError naming the parameter.
    """
    try:
        text = path.read_bytes()[: MAX_BYTES + 1]
        content = json_text.parsed(text)
        parameters = content["parameters"]
        assert isinstance(parameters, dict) and len(text) <= MAX_BYTES
    except FileNotFoundError as exc:
        raise MissingError(f"no sampling file at {path}") from exc
    except OSError as exc:
        raise ParseError(f"{path.name} cannot be read: {exc.strerror}") from exc
    except (ValueError, KeyError, TypeError, RecursionError, AssertionError) as exc:
        why = f": {exc}" if isinstance(exc, ValueError) else ""
        raise ParseError(f'{path.name} is no JSON object with "parameters"{why}') from exc
    return checked_rules(parameters, schema)


def checked_rules(parameters: Mapping[str, Any], schema: Schema) -> dict[str, Rule]:
    """Rules as JSON has them, by the parameter's name. Raises InputError naming the parameter."""
    known = {parameter.name: parameter for parameter in schema.parameters}
    for name in parameters:
        if name not in known:
            schema.validate({name: 0.0})  # says which one was meant
    return {name: _rule(known[name], fields) for name, fields in parameters.items()}


def _rule(parameter: Parameter, fields: object) -> Rule:
    if not isinstance(fields, dict) or not fields or set(fields) - set(FIELDS):
        raise _refused(parameter, f"must be an object of {', '.join(FIELDS)}", fields)
    fixed, interval, weights = (fields.get(field) for field in FIELDS)
    if interval is not None and weights is not None:
        raise _refused(parameter, "an interval or weights, not both", fields)
    return Rule(
        None if fixed is None else parameter.canonical(fixed),
        None if interval is None else _interval(parameter, interval),
        () if weights is None else _weights(parameter, weights),
    )


def _interval(parameter: Parameter, pair: object) -> tuple[float, float]:
    if not (isinstance(pair, list) and len(pair) == 2):
        raise _refused(parameter, "interval must be [low, high]", pair)
    low, high = (parameter.canonical(end) for end in pair)
    if low > high:
        raise _refused(parameter, "interval must be [low, high]", pair)
    return low, high


def _weights(parameter: Parameter, weights: object) -> tuple[float, ...]:
    allowed = f"weights must be {parameter.steps} numbers of 0 or more, not all 0"
    if parameter.kind != "discrete":
        raise _refused(parameter, "weights are for discrete parameters only", weights)
    if not (isinstance(weights, list) and len(weights) == parameter.steps):
        raise _refused(parameter, allowed, weights)
    good = all(
        isinstance(w, int | float) and not isinstance(w, bool) and math.isfinite(w) and w >= 0
        for w in weights
    )
    if not good or not any(weights):
        raise _refused(parameter, allowed, weights)
    return tuple(float(weight) for weight in weights)


def _refused(parameter: Parameter, allowed: str, got: object) -> InputError:
    sentence = f"sampling of {parameter.name}: {allowed}, got {str(got)[:60]}"
    return InputError(sentence, code="bad_sampling")
