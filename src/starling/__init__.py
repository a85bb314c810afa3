"""Starling: a note plays a sound that never existed, a sound finds the presets nearest to it.

The import name only. The code lives in three packages, which import each other in one direction:
`starling.engine` -> `starling.presets` -> `starling.models`.
"""

__version__ = "0.1.0"
