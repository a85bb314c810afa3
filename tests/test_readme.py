"""The documents tell the truth: their commands exist, their links lead somewhere."""

import re
import shlex
from pathlib import Path

import click
import pytest

from starling.engine.cli.main import main

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = re.compile(r"^```(?:sh|bash|console)?\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)


def commands(page: Path, program: str) -> list[list[str]]:
    """Every command line of a program that a page shows, in words."""
    found: list[list[str]] = []
    for block, span in CODE.findall(page.read_text(encoding="utf-8")):
        text = (block or span).replace("\\\n", " ")
        for line in text.splitlines():
            line = line.strip().removeprefix(".venv/bin/")
            if line.startswith(program):
                found.append(shlex.split(line.removeprefix(program), comments=True))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)|src=\"([^\"]+)\"", page.read_text()):
        link = target[0] or target[1]
        if "://" not in link:
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_build_verbs_exist(page: Path) -> None:
    shown = (ROOT / "build.py").read_text(encoding="utf-8")
    for words in commands(page, "python3 build.py"):
        if words and words[0] not in {"VERB"}:
            assert f'    "{words[0]}": (' in shown, words
        if words[:1] == ["bench"] and len(words) > 1 and words[1] != "NAME":
            assert any((ROOT / "tests" / "bench").rglob(f"bench_{words[1]}.py")), words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_starling_commands_exist_with_their_options(page: Path) -> None:
    for words in commands(page, "starling "):
        command: click.Command = main
        context = click.Context(main)
        while isinstance(command, click.Group) and words and words[0][0].isalpha():
            inner = command.get_command(context, words[0])
            assert inner is not None, f"{page.name}: starling ... {words[0]}"
            command, words = inner, words[1:]
        shown = [each for each in command.params if not getattr(each, "hidden", False)]
        known = {name for parameter in shown for name in parameter.opts} | {"--help"}
        for word in words:
            if word.startswith("-"):
                assert word.split("=")[0] in known, f"{page.name}: {command.name} {word}"


def test_the_readme_shows_the_two_commands_and_both_pictures() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for needed in ("python3 build.py demo", "python3 build.py test", ".png"):
        assert needed in text


def test_ten_files_lead_from_the_note_to_the_sound() -> None:
    listed = re.findall(r"^\d+\. `([^`]+)`", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(listed) == 10
    assert all((ROOT / path).is_file() for path in listed)
    page = (ROOT / "docs" / "architecture.md").read_text()
    assert re.findall(r"^\d+\. \[[^]]+\]\(\.\./([^)]+)\)", page, re.MULTILINE) == listed
