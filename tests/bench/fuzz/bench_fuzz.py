"""Every parser of bytes that others made, fed with damaged bytes: 10,000 inputs in 15 s, or more.

`python3 build.py bench fuzz [--count N | --each N] [--seed N] [--only NAME] [--show INDEX]`. Each
parser of the table in `parsers.py` answers or raises what it documents, with a sentence of
printable text, within 5 s. Anything else is a finding: it is said with what makes it again, and
the bench ends with 1. Parsers run in a process of their own, which may crash.

`--guided` has atheris (`pip install atheris`) choose the inputs: it keeps those that reach new
code. The inputs of its findings are kept in a folder, which is said.
"""

import argparse
import importlib.util
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from baselines.timing import say
from mutation import mutated
from parsers import PARSERS, Parser

from starling.models.plain import plain

COUNT = 400_000
LONGEST_S = 5.0
LEAST = 20  # inputs of each parser


@dataclass(frozen=True, slots=True)
class Finding:
    """What a parser did wrong, and the input's number, which makes it again."""

    parser: str
    index: int
    what: str
    where: str = ""


def input_of(parser: Parser, seed: int, index: int) -> bytes:
    """The bytes of an input by its number."""
    return mutated(parser.corpus(), random.Random(f"{seed} {parser.name} {index}"))


def shares(count: int, each: int = 0) -> dict[str, int]:
    """How many inputs each parser gets: of `count` its share, or `each` the same number."""
    if each:
        return {parser.name: each for parser in PARSERS}
    total = sum(parser.share for parser in PARSERS)
    return {each.name: max(LEAST, -(-count * each.share // total)) for each in PARSERS}


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise a TimeoutError in what takes longer."""

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"it took over {seconds:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def judged(parser: Parser, data: bytes, folder: Path) -> tuple[str, str]:
    """What is wrong with how a parser takes an input, and where; nothing for nothing."""
    began = time.monotonic()
    try:
        with limited(LONGEST_S):
            parser.read(data, folder)
    except parser.errors as exc:
        sentence = str(exc)
        if not sentence.strip():
            return f"{type(exc).__name__} without a sentence", place(exc)
        if plain(sentence) != sentence:
            return f"a sentence with control characters: {sentence[:200]!r}", place(exc)
    except BaseException as exc:
        if isinstance(exc, KeyboardInterrupt):
            raise
        return f"{type(exc).__name__}: {str(exc)[:200]!r}", place(exc)
    seconds = time.monotonic() - began
    return (f"it took {seconds:.1f} s", "") if seconds > LONGEST_S else ("", "")


def place(exc: BaseException) -> str:
    """The last two of our own lines that an exception came through."""
    frames = [f for f in traceback.extract_tb(exc.__traceback__) if "starling" in f.filename]
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-2:]))


def fuzz(parser: Parser, first: int, count: int, seed: int, folder: Path) -> Iterator[Finding]:
    """Feed a parser with the inputs `first` to `count`; each kind of finding once."""
    corpus = parser.corpus()
    seen = set()
    number = folder / "number"
    descriptor = os.open(number, os.O_RDWR | os.O_CREAT)
    try:
        for index in range(first, count):
            os.pwrite(descriptor, index.to_bytes(8), 0)  # what was fed last, for a crash
            data = mutated(corpus, random.Random(f"{seed} {parser.name} {index}"))
            what, where = judged(parser, data, folder)
            kind = (what.partition(":")[0], where)
            if what and kind not in seen:
                seen.add(kind)
                yield Finding(parser.name, index, what, where)
    finally:
        os.close(descriptor)


def fuzz_apart(parser: Parser, count: int, seed: int) -> list[Finding]:
    """The same in a process of its own, which is started again behind an input that ended it."""
    found: list[Finding] = []
    first = 0
    while first < count:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            child = os.fork()
            if not child:
                write_findings(parser, first, count, seed, folder)
            _, status = os.waitpid(child, 0)
            told = (folder / "findings").read_text() if (folder / "findings").exists() else ""
            found += [Finding(**json.loads(line)) for line in told.splitlines()]
            if not status:
                return found
            index = int.from_bytes((folder / "number").read_bytes())
            found.append(Finding(parser.name, index, f"the process ended with {status}"))
            first = index + 1
    return found


def write_findings(parser: Parser, first: int, count: int, seed: int, folder: Path) -> None:
    """In the child: fuzz, write what was found, end."""
    status = 1
    try:
        with (folder / "findings").open("w", buffering=1) as file:
            for each in fuzz(parser, first, count, seed, folder):
                file.write(json.dumps(asdict(each)) + "\n")
        status = 0
    finally:
        os._exit(status)


def fuzz_guided(parser: Parser, count: int, seed: int) -> list[Finding]:
    """Feed a parser with inputs that atheris chooses; those of findings are kept in a folder."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    command = [sys.executable, str(Path(__file__).with_name("guided.py"))]
    done = subprocess.run(
        [*command, parser.name, str(count), str(seed), str(folder)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    told = (folder / "findings").read_text() if (folder / "findings").exists() else ""
    found = [
        Finding(parser.name, 0, f"{line['what']}; {folder / line['input']}", line["where"])
        for line in map(json.loads, told.splitlines())
    ]
    if done.returncode:
        found.append(Finding(parser.name, 0, f"the process ended: {done.stderr[-500:]}; {folder}"))
    if not found:
        shutil.rmtree(folder)
    return found


def main() -> None:
    """Feed all, say what was found."""
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=COUNT)
    options.add_argument("--each", type=int, default=0, help="inputs of each parser, not of all")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default="", help="only parsers whose name holds this")
    options.add_argument("--show", type=int, help="feed this input alone, with its traceback")
    options.add_argument("--guided", action="store_true", help="by atheris, which must be there")
    chosen = options.parse_args()
    if chosen.guided and not importlib.util.find_spec("atheris"):
        options.error("atheris is not installed: `.venv/bin/pip install atheris` (Linux, macOS)")
    feed = fuzz_guided if chosen.guided else fuzz_apart
    parsers = [each for each in PARSERS if chosen.only.lower() in each.name.lower()]
    if not parsers:
        names = ", ".join(each.name for each in PARSERS)
        options.error(f"no parser's name holds {chosen.only!r}; there are {names}")
    if chosen.show is not None:
        data = input_of(parsers[0], chosen.seed, chosen.show)
        print(repr(data[:2_000]))
        with tempfile.TemporaryDirectory() as folder:
            print(parsers[0].read(data, Path(folder)))
        return
    counts, findings, rates = shares(chosen.count, chosen.each), [], {}
    for each in parsers:
        began = time.monotonic()
        found = feed(each, counts[each.name], chosen.seed)
        findings += found
        seconds = time.monotonic() - began
        rates[each.name] = round(counts[each.name] / seconds)
        print(f"{each.name:24} {counts[each.name]:7} inputs {seconds:7.1f} s", flush=True)
        for one in found:
            print(f"  input {one.index}: {one.what} ({one.where})", flush=True)
    executions = {each.name: counts[each.name] for each in parsers}
    figures = {"executions": sum(executions.values()), "parsers": executions, "a_second": rates}
    say(
        {**figures, "findings": len(findings), "seed": chosen.seed, "guided": chosen.guided},
        threads=1,
    )
    sys.exit(bool(findings))


if __name__ == "__main__":
    main()
