"""Starling: a note plays a sound that never existed, a sound finds the presets nearest to it.

    starling.generate("drums", seed=7, kind="snare").save("snare.wav")

docs/api.md has a page on it. What is named here is imported when it is used, so that
`import starling` takes a moment only. The code lives in three packages, which import each other in
one direction: `starling.engine` -> `starling.presets` -> `starling.models`.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from starling import errors as errors

if TYPE_CHECKING:
    from starling.engine.api.composing import compose as compose
    from starling.engine.api.generation import generate as generate
    from starling.engine.api.generation import models as models
    from starling.engine.api.library import Library as Library
    from starling.engine.api.rendering import render as render
    from starling.engine.api.values import Match as Match
    from starling.engine.api.values import Model as Model
    from starling.engine.api.values import Piece as Piece
    from starling.engine.api.values import RenderedTrack as RenderedTrack
    from starling.engine.api.values import Rendering as Rendering
    from starling.engine.api.values import Sound as Sound
    from starling.models.artifacts.catalogue import Control as Control
    from starling.presets.library.preset import Preset as Preset
    from starling.presets.library.preset import SearchHit as SearchHit
    from starling.presets.match.variants import Variant as Variant
    from starling.presets.scan.update import ScanReport as ScanReport

__version__ = "0.1.0"
__all__ = [
    "Control",
    "Library",
    "Match",
    "Model",
    "Piece",
    "Preset",
    "RenderedTrack",
    "Rendering",
    "ScanReport",
    "SearchHit",
    "Sound",
    "Variant",
    "__version__",
    "compose",
    "errors",
    "generate",
    "models",
    "render",
]

if not TYPE_CHECKING:  # type checkers read the names above, and so find those that do not exist
    _MODULES = {  # where a name is imported from at its first use
        "Control": "models.artifacts.catalogue",
        "Library": "engine.api.library",
        "Match": "engine.api.values",
        "Model": "engine.api.values",
        "Piece": "engine.api.values",
        "Preset": "presets.library.preset",
        "RenderedTrack": "engine.api.values",
        "Rendering": "engine.api.values",
        "ScanReport": "presets.scan.update",
        "SearchHit": "presets.library.preset",
        "Sound": "engine.api.values",
        "Variant": "presets.match.variants",
        "compose": "engine.api.composing",
        "generate": "engine.api.generation",
        "render": "engine.api.rendering",
    }

    def __getattr__(name: str) -> object:
        """Import what is used for the first time."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        """What is public."""
        return __all__

    class _Models(ModuleType):
        """The package `starling.models`, which can be called too: `starling.models()` lists them.

        Importing a package's module sets the package as an attribute, whatever stood there before.
        """

        def __call__(self) -> object:
            """As `starling.engine.api.generation.models`."""
            from starling.engine.api.generation import models

            return models()

    sys.modules[f"{__name__}.models"].__class__ = _Models  # `errors` has imported it
