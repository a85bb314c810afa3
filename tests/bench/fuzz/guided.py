"""One parser under atheris, which keeps the inputs that reach code that none reached before.

`python guided.py PARSER RUNS SEED FOLDER`: `bench fuzz --guided` starts it, a process for each
parser. FOLDER gets a line of JSON for each kind of finding, beside the input that makes it.
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["starling"]):
    from parsers import PARSERS

from bench_fuzz import judged

MOST = 1 << 16  # bytes of an input
CRASH_S = 60  # of one input: what Python's own limit could not end


def main() -> None:
    """Run; libFuzzer ends the process."""
    name, runs, seed, where = sys.argv[1:]
    [parser] = [each for each in PARSERS if each.name == name]
    folder, scratch = Path(where), Path(tempfile.mkdtemp(dir=where))
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, known in enumerate(parser.corpus()):
        (corpus / f"known{number}").write_bytes(known)
    seen: set[tuple[str, str]] = set()

    def feed(data: bytes) -> None:
        what, place = judged(parser, data, scratch)
        kind = (what.partition(":")[0], place)
        if not what or kind in seen:
            return
        seen.add(kind)
        made = folder / f"input-{hashlib.sha256(data).hexdigest()[:12]}"
        made.write_bytes(data)
        with (folder / "findings").open("a") as file:
            file.write(json.dumps({"input": made.name, "what": what, "where": place}) + "\n")

    options = [f"-runs={runs}", f"-seed={seed}", f"-max_len={MOST}", f"-timeout={CRASH_S}"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/", str(corpus)], feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
