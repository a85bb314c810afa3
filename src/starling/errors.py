"""The errors that `starling` raises: those of `starling.models.errors`, which has the tree."""

from starling.models.errors import (
    CancelledError,
    InputError,
    MissingError,
    ParseError,
    PluginError,
    StarlingError,
)

__all__ = [
    "CancelledError",
    "InputError",
    "MissingError",
    "ParseError",
    "PluginError",
    "StarlingError",
]
