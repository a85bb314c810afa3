"""The compiled library: compiled where a compiler is there, refused where it does not fit."""

import subprocess
from pathlib import Path

import pytest

from starling.models.errors import MissingError
from starling.models.kernels import compile as building
from starling.models.kernels import library

needs_compiler = pytest.mark.skipif(not building.compiler(), reason="there is no C++ compiler")


@needs_compiler
def test_what_build_py_compiled_is_found_and_says_what_it_can_do() -> None:
    assert library.available()
    assert library.instruction_sets()[-1] == "portable"


@needs_compiler
def test_a_compiled_library_appears_whole_and_loads(tmp_path: Path) -> None:
    assert building.compile_library(tmp_path) == ""
    [made] = tmp_path.iterdir()
    assert made.name == library.path().name
    assert library.Library(made).instruction_sets() == library.instruction_sets()


def test_without_a_compiler_a_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert building.compile_library(tmp_path) == "there is no C++ compiler"
    assert not list(tmp_path.iterdir())


def test_a_compiler_that_fails_leaves_the_library_that_there_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / library.path().name
    kept.write_bytes(b"before")
    monkeypatch.setenv("CXX", str(tmp_path / "no-such-compiler"))
    assert "cannot be compiled" in building.compile_library(tmp_path)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]


@needs_compiler
def test_an_instruction_set_that_the_compiler_does_not_know_is_left_out(tmp_path: Path) -> None:
    source = tmp_path / "avx2.cpp"
    source.write_text("#ifdef __AVX2__\n#error only without its flags\n#endif\nint made = 1;\n")
    target = tmp_path / "avx2.o"
    assert building.compile_file(building.compiler(), source, target) == ""
    assert target.is_file()


@needs_compiler
def test_a_library_of_another_version_is_refused(tmp_path: Path) -> None:
    source, made = tmp_path / "other.cpp", tmp_path / "libother.so"
    source.write_text('extern "C" int samplernn_abi() { return 99; }\n')
    subprocess.run(
        [*building.compiler(), "-shared", "-fPIC", str(source), "-o", str(made)], check=True
    )
    with pytest.raises(MissingError, match=r"libother\.so is of version 99, not \d+"):
        library.Library(made)


@needs_compiler
def test_a_library_of_before_the_sound_chip_is_refused_for_it_alone(tmp_path: Path) -> None:
    source, made = tmp_path / "older.cpp", tmp_path / "libolder.so"
    source.write_text('extern "C" int samplernn_abi() { return 2; }\n')
    subprocess.run(
        [*building.compiler(), "-shared", "-fPIC", str(source), "-o", str(made)], check=True
    )
    with pytest.raises(MissingError, match=r"libolder\.so cannot be used here .*apu_abi"):
        library.Library(made, library.APU)
    assert library.available(library.APU)


def test_a_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "libdamaged.so"
    damaged.write_bytes(b"not a library")
    with pytest.raises(MissingError, match=r"libdamaged\.so cannot be used here"):
        library.Library(damaged)


def test_the_sources_are_all_that_the_library_is_made_from() -> None:
    text = building.sources()
    for path in building.FOLDER.rglob("*"):
        if path.suffix in {".cpp", ".h"}:
            assert path.read_text("utf-8") in text
