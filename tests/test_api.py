"""`import starling`: quick, complete, typed, and the same sounds as the commands make."""

import ast
import json
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, is_dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

import starling
from starling.engine.cli.main import main
from starling.models import errors as tree

ROOT = Path(__file__).resolve().parent.parent
QUERY = ROOT / "examples" / "query.wav"
SONG = ROOT / "examples" / "demo.mid"
HEAVY = {"numpy", "torch", "scipy", "dawdreamer", "click", "sqlite3", "soundfile", "pedalboard"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of its own, in which a few of the factory presets have been scanned."""
    place = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STARLING_HOME", str(place))
        yield place


@pytest.fixture(scope="module")
def library(home: Path) -> Iterator[starling.Library]:
    with starling.Library() as opened:
        heard: list[float] = []
        report = opened.scan(["starling"], progress=lambda part, text: heard.append(part))
        assert report.added == len(opened) > 50 and not report.failed
        assert heard[-1] == 1.0
        yield opened


def command(home: Path, *words: object) -> str:
    run = CliRunner(env={"STARLING_HOME": str(home)}).invoke(main, [*map(str, words)])
    assert run.exit_code == 0, run.output
    return run.stdout


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- the module ------------------------------------------------------------------------------------


def test_the_import_loads_nothing_heavy() -> None:
    loaded = python("import sys, starling, starling.errors; print(*sys.modules)").split()
    assert not HEAVY & {name.partition(".")[0] for name in loaded}


def test_the_import_is_quick() -> None:
    code = (
        "import time, typing; began = time.perf_counter(); import starling; "
        "print(time.perf_counter() - began)"
    )
    # 2 ms on an idle machine; 50 are promised
    assert statistics.median(float(python(code)) for _ in range(5)) < 0.05


def type_checked_names() -> set[str]:
    """What type checkers are shown: the imports under `if TYPE_CHECKING`."""
    tree = ast.parse(Path(starling.__file__).read_text(encoding="utf-8"))
    shown = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        name.asname or ""
        for node in shown.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }


def test_what_is_offered_is_what_all_lists() -> None:
    assert starling.__all__ == sorted(set(starling.__all__))
    code = (
        "import starling; [getattr(starling, n) for n in starling.__all__]; print(*vars(starling))"
    )
    there = {name for name in python(code).split() if not name.startswith("_")}
    imported = {"TYPE_CHECKING", "ModuleType", "importlib", "sys", "engine", "presets"}
    assert (
        there - imported
        == set(starling.__all__) - {"__version__"}
        == set(dir(starling)) - {"__version__"}
    )
    assert type_checked_names() == set(starling.__all__) - {"__version__", "errors"}
    with pytest.raises(AttributeError, match="no attribute 'genrate'"):
        _ = starling.genrate  # type: ignore[attr-defined]


def test_every_public_name_has_a_docstring() -> None:
    for name in set(starling.__all__) - {"__version__"}:
        public = getattr(starling, name)
        assert public.__doc__, name
        if name == "Library":
            methods = [each for each in vars(public) if not each.startswith("_")]
            assert all(getattr(public, each).__doc__ for each in methods)


def test_values_are_frozen_dataclasses() -> None:
    for name in set(starling.__all__) - {"__version__", "Library"}:
        public = getattr(starling, name)
        if isinstance(public, type):
            assert is_dataclass(public) and public.__dataclass_params__.frozen, name


def test_errors_are_those_of_the_tree() -> None:
    classes = {name for name, each in vars(tree).items() if isinstance(each, type)}
    assert set(starling.errors.__all__) == classes
    assert all(getattr(starling.errors, each) is getattr(tree, each) for each in classes)


def test_models_is_a_package_that_can_be_called() -> None:
    code = (
        "import starling.models.errors as errors, starling; "
        "print(starling.models()[0].name, starling.models.errors is errors)"
    )
    assert python(code).split() == ["drums", "True"]


SCRIPT = """\
import numpy as np
import starling

sound = starling.generate("drums", seed=7, kind="snare")
reveal_type(sound.audio.dtype.type)
with starling.Library() as library:
    hits = library.search(np.zeros(100, np.float32), k=3, sample_rate=44_100)
    reveal_type([hit.score for hit in hits])
reveal_type(starling.models()[0].controls)
starling.generate("drums", seed="seven")
library.match("x.wav", bugdet=3)
starling.genrate
"""


def test_a_user_s_mypy_sees_the_types(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    words = ("--strict", "--follow-imports=silent", "--cache-dir", ROOT / ".mypy_cache" / "users")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "mypy", *map(str, words), str(script)],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line.split(":", 1)[1] for line in done.stdout.splitlines() if "script.py:" in line]
    lines = {int(number): text for number, text in (line.split(":", 1) for line in said)}
    assert "float32" in lines[5] or "floating" in lines[5], done.stdout + done.stderr
    assert '"builtins.list[builtins.float]"' in lines[8] or '"list[float]"' in lines[8]
    assert "Control" in lines[9]
    assert "incompatible type" in lines[10]
    assert "bugdet" in said_of(lines, 11)
    assert "genrate" in said_of(lines, 12)


def said_of(lines: dict[int, str], number: int) -> str:
    return lines.get(number, "")


# -- sounds of models ------------------------------------------------------------------------------


def test_a_sound_has_the_bytes_of_the_command(home: Path, tmp_path: Path) -> None:
    said = json.loads(
        command(
            home,
            "generate",
            "drums",
            "--control",
            "kind=snare",
            "--control",
            "brightness=0.7",
            "--seed",
            7,
            "-o",
            tmp_path / "cli.wav",
            "--json",
        )
    )
    sound = starling.generate("drums", seed=7, kind="snare", brightness=0.7)
    path = sound.save(tmp_path / "deep" / "api.wav")
    assert path.read_bytes() == (tmp_path / "cli.wav").read_bytes()
    samples, rate = soundfile.read(tmp_path / "cli.wav", dtype="float32", always_2d=True)
    assert sound.audio.dtype == np.float32 and sound.audio.flags.c_contiguous
    np.testing.assert_array_equal(sound.audio, samples.T)
    assert (sound.sample_rate, sound.id, sound.seed) == (rate, said[0]["sound"], 7)
    assert sound.controls == said[0]["controls"]


def test_labels_and_numbers_are_the_same_control(home: Path) -> None:
    by_label = starling.generate("drums", seed=1, kind="Snare")
    for number in (2, 2.0, np.float32(2), "2"):
        assert starling.generate("drums", seed=1, kind=number).id == by_label.id


def test_without_a_seed_each_sound_is_new(home: Path) -> None:
    seeds = {starling.generate("drums", kind="kick").seed for _ in range(3)}
    assert len(seeds) == 3


def test_generating_leaves_torch_s_threads_alone(home: Path) -> None:
    code = (
        "import torch, starling; torch.set_num_threads(2); starling.generate('drums', seed=1); "
        "print(torch.get_num_threads())"
    )
    assert python(code).strip() == "2"


def test_models_are_described(home: Path) -> None:
    [drums] = [each for each in starling.models() if each.name == "drums"]
    assert (drums.kind, drums.sample_rate, drums.root) == ("oneshot", 44_100, 60)
    assert "Snare" in next(each for each in drums.controls if each.name == "kind").labels
    assert "CC0-1.0" in drums.licences
    assert drums.card.is_file()
    with pytest.raises(FrozenInstanceError):
        drums.name = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("call", "code", "says"),
    [
        (lambda: starling.generate("trumpets"), "unknown_model", "no model 'trumpets'"),
        (lambda: starling.generate("drums", seed=-1), "bad_seed", "0..2147483647"),
        (lambda: starling.generate("drums", seed="7"), "bad_seed", "whole number"),
        (lambda: starling.generate("drums", kind="oboe"), "bad_control", "Snare"),
        (lambda: starling.generate("drums", loud=1), "bad_control", "brightness"),
        (lambda: starling.generate("drums", brightness=2.0), "bad_control", "0..1"),
        (lambda: starling.render("none.mid"), "no_file", "none.mid"),
        (
            lambda: starling.render(SONG, {17: "model:drums"}),
            "bad_arguments",
            "tracks: the channel",
        ),
        (lambda: starling.render(SONG, {10: "drums"}), "bad_arguments", "tracks must be"),
        (lambda: starling.render(SONG, out="mix.mp3"), "bad_path", "out must end in .wav"),
        (lambda: starling.render(SONG, effects={"x": []}), "bad_arguments", "unknown field 'x'"),
        (lambda: starling.render(SONG, sample_rate=1), "bad_arguments", "rate must be"),
    ],
)
def test_mistakes_are_errors_of_starling(
    home: Path, call: Callable[[], object], code: str, says: str
) -> None:
    with pytest.raises(starling.errors.StarlingError, match=re.escape(says)) as caught:
        call()
    assert caught.value.code == code


def test_a_disk_that_refuses_is_an_error_of_starling(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(starling.errors.StarlingError, match="file"):
        starling.generate("drums", seed=1).save(tmp_path / "file" / "x.wav")


# -- presets ---------------------------------------------------------------------------------------


def test_the_library_is_the_commands(home: Path, library: starling.Library) -> None:
    assert library.folder == home / "data" / "library"
    words = ("list", "tag:pad", "-k", 5, "--json")
    by_command = json.loads(command(home, "presets", *words))
    assert [hit.name for hit in library.list("tag:pad", k=5)] == [row["name"] for row in by_command]
    assert len(library.list(k=1000)) == len(library)
    found = json.loads(command(home, "presets", "search", QUERY, "-k", 5, "--json"))
    assert [hit.preset for hit in library.search(QUERY, k=5)] == [row["preset"] for row in found]


def test_a_sound_finds_the_same_as_a_file_an_array_and_a_value(
    library: starling.Library, tmp_path: Path
) -> None:
    samples, rate = soundfile.read(QUERY, dtype="float32", always_2d=True)
    by_file = library.search(str(QUERY), k=10)
    assert len(by_file) == 10
    assert library.search(samples.T, sample_rate=rate) == by_file
    assert library.search(samples[:, 0], sample_rate=rate) == by_file
    assert library.search(samples.T.astype(np.float64), sample_rate=rate) == by_file
    sound = starling.generate("drums", seed=3, kind="tom")
    late = np.pad(sound.audio, ((0, 0), (100_000, 0)))  # another block of the file than the first
    soundfile.write(tmp_path / "late.wav", late.T, sound.sample_rate, subtype="FLOAT")
    assert library.search(late, k=5, sample_rate=44_100) == library.search(
        tmp_path / "late.wav", k=5
    )
    assert library.search(sound, k=1)[0].score > 0.3
    only = library.search(QUERY, k=100, filter="tag:pad")
    assert {hit.name for hit in only} == {hit.name for hit in library.list("tag:pad", k=100)}


def test_presets_are_described_marked_and_played(library: starling.Library) -> None:
    [hit] = library.list("basement tenant", k=1)
    preset = library.preset(hit)
    assert preset == library.preset(hit.preset) == library.preset(preset)
    assert preset.synth == "starling" and preset.values
    assert hit.preset not in {each.preset for each in library.similar(hit, k=3)}
    library.favourite(hit)
    assert [each.name for each in library.list("is:favourite")] == [hit.name]
    library.favourite(hit, False)
    assert library.list("is:favourite") == [] == library.quarantined()
    sound = library.audition(preset, note=36, seconds=0.5)
    assert sound.audio.shape == (2, 24_000) and sound.sample_rate == 48_000 and sound.root == 36
    assert library.audition(hit.preset, note=36, seconds=0.5).id == sound.id


def test_presets_are_exported_as_the_command_does(
    home: Path, library: starling.Library, tmp_path: Path
) -> None:
    [hit] = library.list("basement tenant", k=1)
    first = library.export(hit, tmp_path / "a", format="json")
    command(home, "presets", "export", hit.preset, "-o", tmp_path / "b", "--format", "json")
    assert first.read_bytes() == (tmp_path / "b" / first.name).read_bytes()
    assert library.export(hit, tmp_path / "a", format="json") != first  # never overwritten


def test_a_match_comes_nearer_and_can_be_kept(library: starling.Library) -> None:
    heard: list[str] = []
    samples, rate = soundfile.read(QUERY, dtype="float32")
    match = library.match(
        samples,
        "starling",
        budget=100,
        variants=2,
        keep=True,
        title="Near",
        sample_rate=rate,
        progress=lambda part, text: heard.append(text),
    )
    assert match.variants[0].loss <= match.nearest.loss and match.evaluations <= 120
    assert match.variants[0].name == "Near 1" and match.variants[0].audio.shape[0] == 2
    assert [library.preset(each).name for each in match.kept] == [v.name for v in match.variants]
    assert any("tried" in text for text in heard)


def test_a_match_can_be_cancelled(library: starling.Library) -> None:
    with pytest.raises(starling.errors.CancelledError):
        library.match(QUERY, "starling", budget=100, cancelled=lambda: True)


def test_mistakes_of_a_search_are_errors_of_starling(
    library: starling.Library, tmp_path: Path
) -> None:
    quiet, ints = np.zeros(44_100, np.float32), np.zeros((2, 10), np.int16)
    (tmp_path / "no.wav").write_text("no sound")
    for bad, rate, error, says in (
        (quiet, None, starling.errors.InputError, "needs sample_rate"),
        (quiet, 44_100, starling.errors.InputError, "silent"),
        (quiet[:0], 44_100, starling.errors.InputError, "empty"),
        (quiet + np.nan, 44_100, starling.errors.ParseError, "not numbers"),
        (np.ones((100, 65), np.float32).T[:65], 44_100, starling.errors.ParseError, "65 channels"),
        (ints, 44_100, starling.errors.InputError, "int16"),
        (quiet, 0, starling.errors.InputError, "sample_rate must be"),
        (tmp_path / "none.wav", None, starling.errors.MissingError, "none.wav"),
        (tmp_path / "no.wav", None, starling.errors.ParseError, "no.wav"),
    ):
        with pytest.raises(error, match=says):
            library.search(bad, sample_rate=rate)  # type: ignore[arg-type]
    with pytest.raises(starling.errors.InputError, match="no preset 99999"):
        library.similar(99_999)
    with pytest.raises(starling.errors.InputError, match="k must be"):
        library.list(k=0)
    with pytest.raises(starling.errors.InputError, match="unknown embedder|no embedder|embedder"):
        library.use_embedder("ears")
    with starling.Library(tmp_path / "new") as empty:
        with pytest.raises(starling.errors.MissingError, match="empty"):
            empty.list()


def test_another_embedder_is_chosen_for_the_next_scan(home: Path, tmp_path: Path) -> None:
    with starling.Library(tmp_path / "own") as library:
        library.use_embedder("classical")
        library.use_index("exact")
        assert len(library) == 0
        assert library.scan(["starling"]).added > 50
        assert library.search(QUERY, k=1)


# -- songs -----------------------------------------------------------------------------------------


def test_a_song_has_the_bytes_of_the_command(home: Path, tmp_path: Path) -> None:
    effects = {"tracks": {"10": [{"effect": "Pan", "position": -0.2}]}, "master": []}
    (tmp_path / "chain.json").write_text(json.dumps(effects))
    command(
        home,
        "render",
        SONG,
        "--track",
        '1=preset:"Fanfare Refund"',
        "--track",
        "10=model:drums:seed=5",
        "--effects",
        tmp_path / "chain.json",
        "--rate",
        22_050,
        "-o",
        tmp_path / "cli.wav",
        "--stems",
        tmp_path / "cli",
    )
    heard: list[float] = []
    song = starling.render(
        SONG,
        {"1": "preset:Fanfare Refund", 10: "model:drums:seed=5"},
        effects=effects,
        out=tmp_path / "api.wav",
        stems=tmp_path / "api",
        sample_rate=22_050,
        progress=lambda part, text: heard.append(part),
    )
    assert song.file is not None
    assert song.file.read_bytes() == (tmp_path / "cli.wav").read_bytes()
    stems = sorted(path.name for path in (tmp_path / "cli").iterdir())
    assert stems == sorted(track.file.name for track in song.tracks if track.file)
    for name in stems:
        assert (tmp_path / "api" / name).read_bytes() == (tmp_path / "cli" / name).read_bytes()
    samples, rate = soundfile.read(song.file, dtype="float32", always_2d=True)
    np.testing.assert_array_equal(song.audio, samples.T)
    assert rate == song.sample_rate == 22_050 and heard
    assert set(song.stems) == {track.channel for track in song.tracks}
    assert [track.chosen for track in song.tracks if track.channel in (1, 10)] == [False, False]


def test_presets_of_the_library_play_and_nothing_is_written_unasked(
    library: starling.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    [hit] = library.list("basement tenant", k=1)
    song = starling.render(SONG, {1: hit}, sample_rate=22_050, tail=0.0, jobs=1)
    assert song.file is None and list(tmp_path.iterdir()) == []
    assert next(t for t in song.tracks if t.channel == 1).plays == "Basement Tenant (starling)"
