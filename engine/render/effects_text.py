"""docs/effects.md, derived from the table of effects.

`python -m starling.engine.render.effects_text ROOT` writes it; with `--check` it only compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

from starling.engine.render.effects_table import EFFECTS, Effect

PLACE = "docs/effects.md"
HEAD = """\
<!-- Written by engine/render/effects_text.py from engine/render/effects_table.py. -->

# Effects of a song

`starling render song.mid --effects chain.json` puts effects on parts and on the mix:

```json
{
  "tracks": {
    "10": [{"effect": "Compressor", "ratio": 3}, {"effect": "Pan", "position": -0.2}],
    "Lead": [{"effect": "Delay", "delay_seconds": 0.375}]
  },
  "master": [{"effect": "Reverb", "room_size": 0.3}, {"effect": "BrickwallLimiter"}]
}
```

A part is named by its number, its name or its MIDI channel (`ch10`), as in `--track`. Effects apply
in the order written; a parameter that is left out takes its default. They are those of
[pedalboard](https://spotify.github.io/pedalboard/), under its names, and `Pan`.
"""


def markdown() -> str:
    """The whole page."""
    return "\n".join([HEAD, *map(_section, EFFECTS.values())])


def _section(effect: Effect) -> str:
    rows = (
        f"| `{knob.name}` | {knob.allowed} | "
        f"{knob.default if isinstance(knob.default, str) else format(knob.default, 'g')} |"
        for knob in effect.knobs
    )
    head = (f"## {effect.name}", "", "| parameter | takes | default |", "|---|---|---|")
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    page = Path(sys.argv[1]) / PLACE
    if "--check" not in sys.argv:
        page.write_text(markdown(), encoding="utf-8")
    elif not page.is_file() or page.read_text(encoding="utf-8") != markdown():
        sys.exit(f"stale: {page}; run python3 build.py docs")
