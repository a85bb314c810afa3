"""The tree of commands: what holds for every one of them, read from the tree itself."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from starling.engine.cli import groups
from starling.engine.cli.main import main
from starling.engine.cli.options import CardPath

ROOT = Path(__file__).resolve().parents[3]
Row = tuple[str, click.Command]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# They start, watch or change something and confirm it in a line; all others answer with values.
WITHOUT_JSON = {
    "engine",
    "presets folders add",
    "presets folders remove",
    "presets watch",
    "dataset use",
    "dataset remove",
}


def tree(command: click.Command = main, path: tuple[str, ...] = ()) -> Iterator[Row]:
    """Every command and group with its full name."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from tree(inner, (*path, name))


ALL = dict(tree())
COMMANDS = {name: each for name, each in ALL.items() if not isinstance(each, click.Group)}
each_command = pytest.mark.parametrize("name", COMMANDS)


def options(name: str) -> list[click.Option]:
    return [each for each in COMMANDS[name].params if isinstance(each, click.Option)]


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help(name: str) -> None:
    done = CliRunner().invoke(main, [*name.split(), "--help"])
    assert done.exit_code == 0 and "Usage:" in done.output and "--help" in done.output
    assert ALL[name].help, "the docstring is the help"


def test_wherever_a_card_is_taken_a_name_is_too() -> None:
    taking = {
        (name, option.name, type(option.type))
        for name in COMMANDS
        for option in options(name)
        if (option.help or "").lower().startswith("card")
    }
    assert {kind for *_, kind in taking} == {CardPath}
    names = {name for name, *_ in taking}
    assert names == {
        *(f"evaluate {name}" for name in ("estimator", "nes", "oneshot", "proxy", "samplernn")),
        *(f"latents {name}" for name in ("draw", "encode", "edit", "morph")),
        "presets match",
        "train families",
        "train timbre",
        "train estimator",
    }


@each_command
def test_it_is_documented(name: str) -> None:
    pattern = re.compile(rf"starling {name}\b")
    pages = [page.name for page in DOCS if pattern.search(page.read_text(encoding="utf-8"))]
    assert pages, f"`starling {name}` stands in no document"


@each_command
def test_it_has_help_that_is_more_than_its_name(name: str) -> None:
    text = COMMANDS[name].get_short_help_str(limit=200)
    assert len(text.split()) >= 3 and text[0].isupper()


@each_command
def test_its_options_are_named_and_typed(name: str) -> None:
    callback = COMMANDS[name].callback
    assert callback is not None
    parameters = inspect.signature(callback).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    assert kinds <= {inspect.Parameter.POSITIONAL_OR_KEYWORD}, "no *args and no **words"
    gathered = callback.__dict__.get("gathered", {})  # several options as one parameter
    names = {each for name in parameters for each in gathered.get(name, (name,))}
    assert names == {each.name for each in COMMANDS[name].params if each.expose_value}
    for parameter in parameters.values():
        assert parameter.annotation not in (inspect.Parameter.empty, "Any"), parameter.name


@each_command
def test_its_output_is_called_out(name: str) -> None:
    for option in options(name):
        if option.name in {"out", "output", "to"} and not option.hidden:
            assert option.opts == ["-o", "--out"], option.opts
        if option.name == "end":
            continue  # `--from` and `--to` of a part of a sound
        shown = {"--output", "--to", "--dest", "--folder"} & set(option.opts)
        assert not shown or option.hidden, f"{shown} is called -o/--out"


@each_command
def test_it_answers_scripts_in_json(name: str) -> None:
    has_json = any(option.name == "as_json" for option in options(name))
    assert has_json != (name in WITHOUT_JSON)


@each_command
def test_an_option_of_one_name_is_of_one_kind(name: str) -> None:
    """A seed is drawn from one range; `generate` lets the recipe refuse what lies outside."""
    for option in options(name):
        if option.name == "seed" and name != "generate":
            assert isinstance(option.type, click.IntRange)
            assert (option.type.min, option.type.max) == (0, 2**31 - 1)
        if option.name in {"as_json", "resume"}:
            assert option.is_flag


def test_the_two_groups_hold_what_their_tables_name() -> None:
    assert set(groups.train.commands.values()) == set(groups.TRAINERS)
    assert set(groups.evaluate.commands.values()) == set(groups.EVALUATIONS)
