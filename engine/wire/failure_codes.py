"""The edge where exceptions become `/starling/fail`: THE table from exception to wire code."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starling.engine.wire.protocol import CODES
from starling.models.errors import InputError, MissingError, StarlingError
from starling.presets.library.faults import FAULTS, primary_code

OUT_OF_MEMORY = (
    "allocate memory",
    "out of memory",
    "failed to map segment",  # of a shared library
    "start new thread",  # whose stack has no room
    "bad_alloc",
)
FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def _is_full(exc: BaseException) -> bool:
    return isinstance(exc, OSError) and exc.errno in FULL_DISK


def _is_refused(exc: BaseException) -> bool:
    return isinstance(exc, OSError) and exc.filename is not None and exc.strerror is not None


def _is_out_of_memory(exc: BaseException) -> bool:
    """Python's own error, the system's, or that of torch, a library, a thread without room."""
    if isinstance(exc, RuntimeError | ImportError | sqlite3.OperationalError):
        return any(words in str(exc).lower() for words in OUT_OF_MEMORY)
    return isinstance(exc, MemoryError) or (isinstance(exc, OSError) and exc.errno == errno.ENOMEM)


def memory_limit() -> str:
    """The limit that a shell or a service sets this process, as text; empty where there is none."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return ""
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    if allowed == resource.RLIM_INFINITY:
        return ""
    return f" ({allowed / 1e9:.2f} GB by `ulimit -v`, RLIMIT_AS)"


def _is(*kinds: type[BaseException]) -> Callable[[BaseException], bool]:
    return lambda exc: isinstance(exc, kinds)


def _is_database(codes: frozenset[int]) -> Callable[[BaseException], bool]:
    return lambda exc: primary_code(exc) in codes


TOO_LITTLE = (
    "there is too little memory{limit}; close another program, raise the limit if there is one, or "
    "ask for less at once"
)
# Read from the top: the first row that matches an exception gives its code and its sentence.
TRANSLATIONS: tuple[tuple[Callable[[BaseException], bool], str, str], ...] = (
    *((_is_database(codes), code, sentence) for codes, code, sentence in FAULTS),
    (_is_full, "store_full", "the disk is full: {exc}; free some space and ask again"),
    (_is_out_of_memory, "no_memory", TOO_LITTLE),  # also of a library that is there, and too large
    (_is(ImportError), "missing", "{exc}; `python3 build.py setup` installs what is needed"),
    (_is(FileNotFoundError), "missing", "no such file: {exc.filename}"),
    (_is(TimeoutError), "deadline", "the request took longer than allowed"),
    (_is_refused, "no_access", "cannot use {exc.filename}: {exc.strerror}"),
)
FAULT = "a fault of the engine's own ({kind}); the log has the details"


def code_and_sentence(exc: BaseException) -> tuple[str, str]:
    """The code and the sentence that travel in `/starling/fail` for any exception."""
    if isinstance(exc, StarlingError):
        return (exc.code if exc.code in CODES else exc.default_code), str(exc)
    for matches, code, sentence in TRANSLATIONS:
        if matches(exc):
            return code, sentence.format(exc=exc, limit=memory_limit())
    return "internal", FAULT.format(kind=type(exc).__name__)


def is_fault(exc: BaseException) -> bool:
    """Whether the log must hold a traceback: no row of the table foresaw this exception."""
    return code_and_sentence(exc)[0] == "internal"


CLASS_OF_CODE: dict[str, type[StarlingError]] = {
    "missing": MissingError,
    "bad_arguments": InputError,
}


@contextmanager
def translated() -> Iterator[None]:
    """Turn the foreign exceptions of TRANSLATIONS into StarlingErrors; others pass unchanged."""
    try:
        yield
    except StarlingError:
        raise
    except Exception as exc:
        code, sentence = code_and_sentence(exc)
        if code == "internal":
            raise
        raise CLASS_OF_CODE.get(code, StarlingError)(sentence, code=code) from exc
