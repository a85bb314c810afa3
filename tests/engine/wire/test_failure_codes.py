import errno
import sqlite3
import subprocess
import sys

import pytest

from starling.engine.wire.failure_codes import TRANSLATIONS, code_and_sentence, is_fault, translated
from starling.engine.wire.protocol import CODES
from starling.models import errors
from starling.models.errors import InputError, MissingError, ParseError, StarlingError

FOREIGN = {
    "store_full": OSError(errno.ENOSPC, "No space left on device"),
    "missing": ModuleNotFoundError("No module named 'dawdreamer'"),
    "deadline": TimeoutError(),
    "no_access": PermissionError(errno.EACCES, "Permission denied", "/x.wav"),
    "internal": KeyError("x"),
}


def test_every_class_of_the_tree_has_a_code_of_the_wire() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    assert len(classes) == 6
    for each in classes:
        assert code_and_sentence(each("a sentence"))[0] in CODES


def test_every_translation_leads_to_a_code_of_the_wire() -> None:
    assert {code for _, code, _ in TRANSLATIONS} <= set(CODES)


@pytest.mark.parametrize("code", FOREIGN)
def test_foreign_exceptions_become_sentences(code: str) -> None:
    found, sentence = code_and_sentence(FOREIGN[code])
    assert found == code
    assert sentence and "{" not in sentence
    assert is_fault(FOREIGN[code]) == (code == "internal")


@pytest.mark.parametrize(
    "exc",
    [
        OSError(errno.ENOMEM, "Cannot allocate memory", "vectors.f32"),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
        sqlite3.OperationalError("out of memory"),
    ],
    ids=lambda exc: str(exc)[:30],
)
def test_too_little_memory_is_called_so(exc: Exception) -> None:
    code, sentence = code_and_sentence(exc)
    assert code == "no_memory" and not is_fault(exc)
    assert sentence.startswith("there is too little memory")


def test_a_limit_of_memory_is_named() -> None:
    pytest.importorskip("resource")
    code = (
        "import resource; from starling.engine.wire import failure_codes as codes; "
        "resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000)); "
        "print(codes.code_and_sentence(MemoryError())[1])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert "too little memory (1.50 GB by `ulimit -v`, RLIMIT_AS); close" in done.stdout, (
        done.stderr
    )


def test_other_errors_of_those_classes_are_what_they_were() -> None:
    assert code_and_sentence(RuntimeError("shape mismatch"))[0] == "internal"
    assert code_and_sentence(ImportError("no module named x"))[0] == "missing"
    assert code_and_sentence(OSError(errno.EBADF, "Bad file descriptor"))[0] == "internal"


def test_an_error_of_no_file_is_a_fault() -> None:
    assert code_and_sentence(OSError(errno.EMFILE, "Too many open files"))[0] == "internal"
    assert code_and_sentence(FOREIGN["no_access"])[1] == "cannot use /x.wav: Permission denied"


def test_a_full_database_is_a_full_disk() -> None:
    assert (
        code_and_sentence(sqlite3.OperationalError("database or disk is full"))[0] == "store_full"
    )
    assert code_and_sentence(sqlite3.OperationalError("no such column: x"))[0] == "internal"


@pytest.mark.parametrize(
    ("exc", "code", "words"),
    [
        (sqlite3.DatabaseError("database disk image is malformed"), "bad_file", "presets scan"),
        (sqlite3.DatabaseError("file is not a database"), "bad_file", "presets scan"),
        (sqlite3.OperationalError("database is locked"), "no_access", "try again"),
        (sqlite3.OperationalError("disk I/O error"), "no_access", "disk I/O error"),
        (sqlite3.OperationalError("unable to open database file"), "no_access", "refuses"),
        (MemoryError(), "no_memory", "too little memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "no_memory", "too little memory"),
        (RuntimeError("can't start new thread"), "no_memory", "too little memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "no_memory", "too little"),
    ],
)
def test_a_library_or_a_machine_in_trouble_is_no_fault(
    exc: Exception, code: str, words: str
) -> None:
    found, sentence = code_and_sentence(exc)
    assert found == code and words in sentence and not is_fault(exc)


def test_a_code_that_the_wire_does_not_know_becomes_its_class_s() -> None:
    assert code_and_sentence(MissingError("no model card", code="no_file")) == (
        "missing",
        "no model card",
    )


def test_translated_raises_our_own_and_keeps_the_cause() -> None:
    with pytest.raises(StarlingError) as caught, translated():
        raise FOREIGN["store_full"]
    assert caught.value.code == "store_full"
    assert caught.value.__cause__ is FOREIGN["store_full"]
    with pytest.raises(ParseError), translated():
        raise ParseError("stays")
    with pytest.raises(ZeroDivisionError), translated():
        raise ZeroDivisionError
    assert isinstance(InputError("x"), ValueError)


def test_no_sentence_commands_a_terminal() -> None:
    sentence = "no preset '\x1b[31mBass\0' in \udc80\nbank"
    shown = "no preset '\ufffd[31mBass\ufffd' in \ufffd\nbank"
    assert code_and_sentence(ParseError(sentence)) == ("bad_file", shown)
