"""Draw the rooms of the house from what imports what: `python3 docs/rooms.py [--check]`.

Writes docs/images/rooms.svg and the list of rooms in docs/architecture.md; with --check it only
compares. Standard library only; `build.py docs` and `build.py check` run it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("engine", "presets", "models")
PICTURE = ROOT / "docs" / "images" / "rooms.svg"
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- rooms: written by docs/rooms.py -->", "<!-- end of rooms -->"

WIDE, HIGH = 104, 34  # of a box
ACROSS, DOWN = 142, 46  # from box to box
LEFT, TOP = 112, 26
INK, LINE, PAPER = "#2b2b2b", "#8a8a8a", "#ffffff"
COLOURS = {"plugin": "#f3e3c3", "engine": "#dbe9f6", "presets": "#dff0dc", "models": "#f0dfee"}

Room = tuple[str, str]  # folder, name


def sources(folder: str) -> Iterator[Path]:
    """The Python files of a folder that lie in a room."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        if "__pycache__" not in path.parts and path.parent != ROOT / folder:
            yield path


def room_of(path: Path) -> Room:
    """models/dsp/mel.py -> ("models", "dsp")."""
    folder, room = path.relative_to(ROOT).parts[:2]
    return folder, room


@cache
def rooms() -> dict[Room, set[Room]]:
    """Every room and the rooms of the same folder that its files import."""
    found: dict[Room, set[Room]] = {}
    for path in (each for folder in FOLDERS for each in sources(folder)):
        here = room_of(path)
        names = found.setdefault(here, set())
        for module in imported(path):
            parts = module.split(".")
            if parts[0] == "starling" and len(parts) > 2 and parts[1] == here[0]:
                names.add((parts[1], parts[2]))
    return {room: (names & found.keys()) - {room} for room, names in found.items()}


def imported(path: Path) -> Iterator[str]:
    """Full names of what a file imports, at any depth of the code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def depth(room: Room) -> int:
    """How many rooms the longest way down from a room passes: 0 for one that imports no other."""
    return max((depth(other) + 1 for other in rooms()[room]), default=0)


@cache
def below(room: Room) -> frozenset[Room]:
    """All rooms that can be reached from a room."""
    direct = rooms()[room]
    return frozenset(direct).union(*(below(other) for other in direct))


def arrows() -> list[tuple[Room, Room]]:
    """The imports that no longer way shows already."""
    return [
        (room, other)
        for room, direct in sorted(rooms().items())
        for other in sorted(direct)
        if not any(other in below(between) for between in direct)
    ]


def sign(folder: Path) -> str:
    """What a room says that it holds: the sentence of its __init__.py."""
    return ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""


def columns(folder: str) -> list[list[str]]:
    """Rooms by column, highest first: each imports only to its right."""
    names = [name for where, name in rooms() if where == folder]
    deepest = max(depth((folder, name)) for name in names)
    return [
        sorted(name for name in names if depth((folder, name)) == level)
        for level in range(deepest, -1, -1)
    ]


def plugin_rooms() -> list[str]:
    """The C++ rooms below plugin/Source, in order of their names."""
    source = ROOT / "plugin" / "Source"
    return sorted(path.name for path in source.iterdir() if path.is_dir())


# -- the picture -----------------------------------------------------------------------------------


def strips() -> dict[str, list[list[str]]]:
    """All strips of the picture from top to bottom, in columns."""
    return {"plugin": [[name] for name in plugin_rooms()], **{f: columns(f) for f in FOLDERS}}


def layout() -> tuple[dict[Room, tuple[int, int]], dict[str, tuple[int, int]], int]:
    """Corners of all boxes, top and height of each strip, and the picture's height."""
    boxes: dict[Room, tuple[int, int]] = {}
    bands: dict[str, tuple[int, int]] = {}
    top = TOP
    widest = max(len(each) for each in strips().values())
    for folder, columns_here in strips().items():
        high = max(len(column) for column in columns_here) * DOWN
        first = widest - len(columns_here) if folder in FOLDERS else 0
        for at, column in enumerate(columns_here, first):
            offset = (high - len(column) * DOWN) // 2
            for row, name in enumerate(column):
                boxes[folder, name] = (LEFT + at * ACROSS, top + offset + row * DOWN + 6)
        bands[folder] = (top, high)
        top += high + TOP
    return boxes, bands, top


def picture() -> str:
    """The rooms as SVG: a strip for each folder, imports from left to right."""
    boxes, bands, high = layout()
    wide = LEFT + ACROSS * max(len(each) for each in strips().values())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" '
        f'font-family="sans-serif" fill="{INK}">',
        "<title>The rooms of Starling: each imports only to its right and from strips below"
        "</title>",
        f'<rect width="{wide}" height="{high}" fill="{PAPER}"/>',
    ]
    for folder, (top, tall) in bands.items():
        parts.append(
            f'<rect x="6" y="{top - 4}" width="{wide - 12}" height="{tall + 8}" rx="8" '
            f'fill="{COLOURS[folder]}" opacity="0.45"/>'
        )
        parts.append(f'<text x="18" y="{top + tall // 2 + 5}" font-size="17">{folder}/</text>')
    parts += [link(boxes[one], boxes[other]) for one, other in arrows()]
    parts += [box(room, corner) for room, corner in boxes.items()]
    tops = [top for top, _ in bands.values()]
    parts += [down(56, top - TOP + 4, top - 6) for top in tops[1:]]
    return "\n".join([*parts, "</svg>"]) + "\n"


def box(room: Room, corner: tuple[int, int]) -> str:
    """A room; its sign shows where a browser's pointer rests on it."""
    x, y = corner
    folder, name = room
    note = sign(ROOT / folder / name) if folder in FOLDERS else f"C++: plugin/Source/{name}"
    return (
        f'<g><title>{escape(note)}</title><rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" '
        f'rx="6" fill="{COLOURS[folder]}" stroke="{INK}"/><text x="{x + WIDE // 2}" '
        f'y="{y + HIGH // 2 + 5}" font-size="14" text-anchor="middle">{name}</text></g>'
    )


def link(one: tuple[int, int], other: tuple[int, int]) -> str:
    """A line from the right side of one box to the left side of another."""
    x1, y1 = one[0] + WIDE, one[1] + HIGH // 2
    x2, y2 = other[0], other[1] + HIGH // 2
    bend = (x2 - x1) // 2
    return (
        f'<path d="M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}" fill="none" '
        f'stroke="{LINE}" stroke-width="1.3"/>'
        f'<path d="M{x2 - 6} {y2 - 3} L{x2} {y2} L{x2 - 6} {y2 + 3}" fill="{LINE}"/>'
    )


def down(x: int, top: int, bottom: int) -> str:
    """The way from one strip to the next."""
    return (
        f'<path d="M{x} {top} V{bottom}" stroke="{INK}" stroke-width="2"/>'
        f'<path d="M{x - 4} {bottom - 5} L{x} {bottom} L{x + 4} {bottom - 5}" fill="{INK}"/>'
    )


# -- the page --------------------------------------------------------------------------------------


def listed() -> str:
    """Every room with its sign and its files, as tables for the page."""
    parts = []
    for folder in FOLDERS:
        parts += [f"\n### {folder}/\n", "| room | what it holds | files |", "|---|---|---|"]
        for room in (name for column in columns(folder) for name in column):
            parts += rows(ROOT / folder / room, f"{folder}/{room}")
    return "\n".join(parts) + "\n"


def rows(path: Path, name: str) -> Iterator[str]:
    """One row for a room, and one for each room inside it."""
    files = [each.stem for each in sorted(path.glob("*.py")) if each.name != "__init__.py"]
    yield f"| [{name}](../{name}) | {sign(path)} | {', '.join(files)} |"
    for inner in sorted(each.parent for each in path.glob("*/__init__.py")):
        yield from rows(inner, f"{name}/{inner.name}")


def page() -> str:
    """docs/architecture.md with the list of rooms as they are now."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{listed()}\n{END}{rest.partition(END)[2]}"


def main() -> int:
    """Write both files, or say which is stale."""
    made = {PICTURE: picture(), PAGE: page()}
    stale = [path for path, text in made.items() if current(path) != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale: run `python3 build.py docs`")
        return int(bool(stale))
    for path in stale:
        path.write_text(made[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def current(path: Path) -> str:
    """What a file holds now; nothing where it is absent."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
