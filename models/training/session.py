"""How a run is started and watched, and what is checked of its folder before any work."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from starling.models.errors import InputError, MissingError

CHECKPOINT = "checkpoint.safetensors"
Report = Callable[[float, int, dict[str, float]], None]  # used share of the budget, step, figures


@dataclass(frozen=True, slots=True)
class Session:
    """One sitting at a run: whether it goes on, who watches, who may stop it, when it began.

    `began` is the moment (time.monotonic) from which the budget's minutes count; 0 for the
    trainer's own start. KeyboardInterrupt and `cancelled` end a run early, with everything saved.
    """

    resume: bool = False
    report: Report = lambda fraction, step, figures: None
    cancelled: Callable[[], bool] = lambda: False
    began: float = 0.0


QUIET = Session()  # a new run without a watcher


@contextmanager
def postponed_interrupt() -> Iterator[Callable[[], bool]]:
    """Ctrl-C requests an end at the next safe place, by what is yielded; a second one is at once.

    A step that is cut short would leave weights and optimiser of different steps. Outside the main
    thread, where Python delivers no signals, nothing changes.
    """
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


def check_folder(out: Path, *, resume: bool, state: str = CHECKPOINT) -> None:
    """Raise InputError (code `bad_out`) for a folder that cannot take a run or holds one already.

    `state` is the file that a resumed run goes on from; MissingError where it is absent. The
    further processes of a run on several devices find the first one's folder.
    """
    if resume and not (out / state).is_file():
        what = "checkpoint" if state == CHECKPOINT else Path(state).stem
        raise MissingError(
            f"no {what} at {out / state}; train without --resume first", code="no_file"
        )
    if not resume and (out / state).exists() and "LOCAL_RANK" not in os.environ:
        raise InputError(
            f"{out} holds a run already: --resume goes on with it, --out names another folder",
            code="bad_out",
        )
    require_folder(out)


def require_folder(out: Path, option: str = "--out") -> None:
    """Raise InputError (code `bad_out`) for what is no folder that can be written to."""
    place = next(each for each in (out, *out.absolute().parents) if each.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise InputError(f"{option} {out} is no folder that can be written to", code="bad_out")


def require_file(out: Path, option: str = "--out") -> None:
    """Raise InputError (code `bad_out`) where no file can be written."""
    if out.is_dir():
        raise InputError(f"{option} {out} is a folder; name a file in it", code="bad_out")
    require_folder(out.parent, option)
