"""The page of the effects is that of the table."""

from pathlib import Path

from starling.engine.render.effects_table import EFFECTS
from starling.engine.render.effects_text import PLACE, markdown

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_fresh_and_names_all() -> None:
    page = (ROOT / PLACE).read_text(encoding="utf-8")
    assert page == markdown(), "python3 build.py docs writes it"
    for effect in EFFECTS.values():
        assert f"## {effect.name}\n" in page
        assert all(f"| `{knob.name}` | {knob.allowed} |" in page for knob in effect.knobs)
