"""The command line: every command has help, every error is one sentence, JSON is JSON."""

import json
import subprocess
import sys
import time
from pathlib import Path

import mido
import pytest
import soundfile
from click.testing import CliRunner, Result

from starling.engine.cli.main import COMMANDS, main
from starling.presets.library.database import LibraryDatabase


class Runner:
    """Runs `starling ...` in this process, with its own home."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *words: str, code: int = 0) -> Result:
        found = CliRunner(env={"STARLING_HOME": str(self.home)}).invoke(main, words)
        assert found.exit_code == code, found.output
        assert "Traceback" not in found.output
        return found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.chdir(tmp_path)
    return Runner(tmp_path / "home")


def test_the_list_of_commands_is_the_table(run: Runner) -> None:
    text = run("--help").output
    for name, entry in COMMANDS.items():
        assert name in text and entry.text.split()[0] in text
    assert run("--version").output.startswith("starling, version ")


def test_an_unknown_command_is_a_sentence(run: Runner) -> None:
    assert "No such command 'dance'" in run("dance", code=2).output


START = """
import sys
from starling.engine.cli.main import main
try:
    main(["--help"])
except SystemExit:
    print({"torch", "numpy", "dawdreamer"} & set(sys.modules))
"""


def test_the_start_is_quick_and_imports_nothing_heavy() -> None:
    began = time.perf_counter()
    found = subprocess.run(
        [sys.executable, "-P", "-c", START], capture_output=True, text=True, check=True
    )
    assert found.stdout.splitlines()[-1] == "set()"
    assert time.perf_counter() - began < 2  # 0.1 s on an idle machine


def test_generate_writes_the_same_file_for_the_same_seed(run: Runner, tmp_path: Path) -> None:
    words = ("generate", "drums", "--seed", "7", "--control", "kind=snare", "--json")
    [one] = json.loads(run(*words, "-o", "a.wav").stdout)
    [two] = json.loads(run(*words, "-o", "new/folder/b.wav").stdout)
    assert one["sound"] == two["sound"] and one["seed"] == 7
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "new/folder/b.wav").read_bytes()
    assert soundfile.info(tmp_path / "a.wav").duration == pytest.approx(one["seconds"], abs=1e-3)


def test_generate_counts_seeds_up(run: Runner, tmp_path: Path) -> None:
    run("generate", "drums", "--seed", "1", "--count", "3", "-o", "kit")
    names = sorted(path.name for path in (tmp_path / "kit").iterdir())
    assert names == ["drums-1.wav", "drums-2.wav", "drums-3.wav"]


def test_generate_takes_a_new_seed_each_time(run: Runner) -> None:
    seeds = {json.loads(run("generate", "drums", "--json").stdout)[0]["seed"] for _ in range(2)}
    assert len(seeds) == 2


def test_generate_makes_a_kit_from_a_midi_file(run: Runner, tmp_path: Path) -> None:
    song = mido.MidiFile()
    song.add_track().extend(mido.Message("note_on", note=key, velocity=9) for key in (36, 38, 36))
    song.save(tmp_path / "song.mid")
    rows = json.loads(run("generate", "drums", "--midi", "song.mid", "-o", "kit", "--json").stdout)
    assert [Path(row["path"]).name for row in rows] == ["drums-key036.wav", "drums-key038.wav"]
    assert rows[0]["controls"]["kind"] != rows[1]["controls"]["kind"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("generate", "nobody"), "no model 'nobody'; there are: drums"),
        (("generate", "drums", "--seed", "-1"), "seed must be 0..2147483647, got -1"),
        (("generate", "drums", "--control", "x=1"), "control must be NAME=VALUE"),
        (("generate", "drums", "--control", "kind=piano"), "one of By key, Kick"),
        (("generate", "drums", "--control", "decay=7"), "decay must be 0..1"),
        (("generate", "drums", "--count", "2", "-o", "a.wav"), "a.wav is one file"),
        (("generate", "drums", "-o", "/proc/none/a.wav"), "/proc"),
        (("generate", "drums", "--midi", "none.mid"), "no such file: none.mid"),
        (("presets", "search", "none.wav"), "starling presets scan"),
        (("presets", "list"), "starling presets scan"),
        (("presets", "similar", "5"), "no preset 5"),
        (("presets", "audition", "5"), "no preset 5"),
        (("presets", "export", "5"), "no preset 5"),
        (("presets", "scan", "--synth", "/none/x.vst3"), "x.vst3"),
        (("status",), "`starling engine` starts one"),
        (("engine", "--midi", "Nobody"), "no MIDI input 'Nobody'"),
    ],
)
def test_mistakes_are_sentences_and_exit_1(
    run: Runner, words: tuple[str, ...], sentence: str
) -> None:
    output = run(*words, code=1).stderr
    assert output.startswith("Error: ") and len(output.splitlines()) == 1
    assert sentence in output


def test_a_fault_is_a_sentence_and_its_traceback_is_in_the_log(run: Runner, tmp_path: Path) -> None:
    break_library(run.home)
    output = run("presets", "list", code=1).stderr
    assert len(output.splitlines()) == 1
    log = run.home / "logs" / "commands.jsonl"
    assert str(log) in output
    assert "ValueError" in json.loads(log.read_text())["traceback"]


def break_library(home: Path) -> None:
    """Not a mistake that anybody foresaw: a number in the library is none."""
    library = LibraryDatabase.open(home / "data" / "library")
    with library.transaction() as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES ('generation', 'many')")
    library.close()


def test_a_fault_is_a_sentence_also_when_the_log_cannot_be_written(run: Runner) -> None:
    break_library(run.home)
    (run.home / "logs").write_text("in the way")
    output = run("presets", "list", code=1).stderr
    assert output.startswith("Error: a fault of the engine's own (ValueError)")
    assert len(output.splitlines()) == 1
    assert str(run.home / "logs") in output and "many" in output


@pytest.mark.parametrize(
    "words",
    [
        ("presets", "list"),
        ("presets", "scan"),
        ("engine",),
    ],
    ids=" ".join,
)
def test_a_home_that_is_a_file_is_a_sentence(run: Runner, words: tuple[str, ...]) -> None:
    run.home.write_text("in the way")
    output = run(*words, code=1).stderr
    assert output.startswith("Error: cannot use ") and len(output.splitlines()) == 1
    assert "home" in output and ".part" not in output


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="/sys is Linux's")
def test_a_file_that_the_system_refuses_is_called_by_its_name(run: Runner) -> None:
    output = run("generate", "drums", "-o", "/sys/x.wav", code=1).stderr
    assert output.startswith("Error: cannot use /sys/x.wav: ")


def test_a_folder_in_the_file_s_place_is_called_by_its_name(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "x.wav").mkdir()
    output = run("generate", "drums", "-o", "x.wav", code=1).stderr
    assert output.startswith("Error: --out x.wav is a folder; name a file in it")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_models_lists_controls(run: Runner) -> None:
    assert "brightness" in run("models").output
    [drums] = [
        each for each in json.loads(run("models", "--json").stdout) if each["name"] == "drums"
    ]
    assert drums["controls"][0]["labels"][0] == "By key"


def test_doctor_says_what_is_missing_and_what_mends_it(run: Runner) -> None:
    findings = {each["name"]: each for each in json.loads(run("doctor", "--json", code=1).stdout)}
    assert findings["torch"]["ok"] and findings["models"]["ok"]
    assert findings["models"]["text"].startswith("drums")
    assert not findings["library"]["ok"]
    assert findings["library"]["mend"] == "starling presets scan"
    assert all(each["mend"] for each in findings.values() if not each["ok"])
    assert "starling presets scan" in run("doctor", code=1).output


def test_what_libraries_log_is_not_printed() -> None:
    """Of matplotlib's font cache, for example, nobody asked."""
    code = (
        "import logging; from starling.engine.cli.main import main; "
        "main(['models', '--json'], standalone_mode=False); "
        "logging.getLogger('matplotlib.font_manager').warning('building the font cache')"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""


def test_scripts_of_version_0_1_0_still_start() -> None:
    """They import `main` from the package, where it is a module now."""
    code = "import sys; from starling.engine.cli import main; sys.argv[1:] = ['--version']; main()"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("starling")
