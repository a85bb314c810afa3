"""How well composers know NES-MDB's test split. Prints one JSON object as its last line.

    python3 build.py bench nes_model [MINUTES]
    python3 build.py bench nes_model 60 --threads 1 --runs FOLDER --out FOLDER

Ours, the published LSTM and VAE of NES-Music-Maker and a plain event transformer are trained for
MINUTES each on the training split, chosen by the validation split, and measured on the test split
once; the count model counts the first and is weighed on the second. A run that FOLDER holds is
taken or, where it was stopped, gone on with: each lies in FOLDER/NAME, as the commands that are
printed leave it. Further runs of ours, FOLDER/composer-ANY, of other budgets, make `by_budget`.

`nats_per_frame` is ours, of all four voices, waits and the songs' ends; `_NAME` are the others'.
`memory` is ours when it forgets after so many steps, `without_repeats` when it does not see what
the song did before. `lakhnes_perplexity` divides the same nats by LakhNES's events; `published` are
of its songs at 44.1 kHz. `curve` is [minutes, validation nats per frame] of our run. `write_30_s`
is seconds of processor time for thirty seconds of four voices on one thread, the median of seeds.
Without ../shared/data/nesmdb everything is null, and `reason` says so.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch
from baselines.timing import median, say, significant

from starling.models.artifacts import card_file, catalogue
from starling.models.composer import data as scores
from starling.models.composer import generator, grammar
from starling.models.composer.batches import prepare
from starling.models.composer.comparison import likelihood, table
from starling.models.composer.comparison.likelihood import LAKHNES, PUBLISHED, Named, Units
from starling.models.composer.generator import Task
from starling.models.composer.network import Composer
from starling.models.nes.scores.score import RATE
from starling.models.training.curves import LOG
from starling.models.training.session import CHECKPOINT

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "nesmdb"
HOME = Path(".starling/bench/nes_model").resolve()
CLI = "from starling.engine.cli.main import main; main()"
COMPOSER = "composer"
MODELS = {  # the train command of each, but for data, budget and place
    COMPOSER: ("nes", "--no-install"),
    "lstm": ("composer-baseline", "--kind", "lstm"),
    "vae": ("composer-baseline", "--kind", "vae"),
    "transformer": ("composer-baseline", "--kind", "transformer"),
}
COUNTED = ("unigram", "bigram", "5-gram", "9-gram", "counts")
MEMORIES = (1, 8, 64)
SEEDS = 5
SECONDS = 30
VALIDATION = "validation_nats_per_frame"


def command(name: str, told: argparse.Namespace) -> list[str]:
    """The train command of a model."""
    return [
        *("train", *MODELS[name], "--data", str(told.data)),
        *("--budget", f"{told.minutes:g}m", "--threads", str(told.threads)),
        *("--name", name, "--out", str(told.runs / name)),
    ]


def card_of(name: str, told: argparse.Namespace) -> Path | None:
    """The card of a model: that of a run that is there, or of one that is made now."""
    folder = told.runs / name
    card: Path = folder / f"{name}.json"
    if card.is_file():
        return card
    words = command(name, told) + (["--resume"] if (folder / CHECKPOINT).is_file() else [])
    print(f"starling {shlex.join(words)}", flush=True)
    subprocess.run([sys.executable, "-P", "-c", CLI, *words], check=False)
    return card if card.is_file() else None


def facts(card: Path, name: str) -> dict[str, object]:
    """How long a model was trained."""
    training = card_file.read_card(card)["training"]
    threads = training["settings"]["threads"]
    return {
        f"minutes_{name}": training["minutes"],
        f"steps_{name}": training["steps"],
        f"threads_{name}": threads,
    }


def curve(folder: Path) -> list[tuple[float, float]]:
    """Minutes of training and the validation's nats per frame, once for each validation."""
    path, found = folder / LOG, {}
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    for line in map(json.loads, lines):
        if VALIDATION in line:
            found.setdefault(round(line[VALIDATION], 4), round(line["elapsed"] / 60, 2))
    return [(minutes, nats) for nats, minutes in found.items()]


def write_seconds(network: Composer) -> float:
    """Processor time for SECONDS of four voices, the median of seeds; the first one warms up."""
    found = []
    for seed in range(1 + SEEDS):
        began = time.thread_time()
        generator.write(network, Task(grammar.free(int(SECONDS * RATE)), seed))
        found.append(time.thread_time() - began)
    return median(found[1:])


def by_budget(told: argparse.Namespace, judge: Judge) -> list[dict[str, object]]:
    """Our runs of other budgets, the shortest first."""
    found = []
    for folder in sorted(told.runs.glob(f"{COMPOSER}-*")):
        for path in folder.glob("*.json"):
            network = likelihood.load(catalogue.read(path))
            rows = judge.rows(folder.name, network)
            trained, metrics = (card_file.read_card(path)[key] for key in ("training", "metrics"))
            found.append(
                {
                    "minutes": trained["minutes"],
                    "threads": trained["settings"]["threads"],
                    "validation": metrics.get(VALIDATION),
                    "test": significant(rows[folder.name]["nats_per_frame"]),
                }
            )
    return sorted(found, key=lambda each: float(str(each["minutes"])))


class Judge:
    """The test split, and what is measured on it."""

    def __init__(self, data: Path) -> None:
        self.songs = scores.test(data)
        self.units, self.prepared = Units.of(self.songs), prepare(self.songs)

    def rows(self, name: str, network: Any, **ablation: Any) -> dict[str, Named]:
        """A model's rows."""
        found = likelihood.of_model(name, network, self.songs, self.prepared, **ablation)
        return {row: self.units.named(figures) for row, figures in found}

    def counted(self, data: Path) -> dict[str, Named]:
        """The rows of what needs no network."""
        found = likelihood.counted(scores.load(data), self.songs, self.prepared)
        return {row: self.units.named(figures) for row, figures in found}


def of_ours(found: dict[str, Named], network: Composer, folder: Path) -> dict[str, object]:
    """What is said of our composer alone."""
    mine = found[COMPOSER]
    ablation = {
        row.rpartition(" ")[2]: significant(each["nats_per_frame"])
        for row, each in found.items()
        if row.startswith(f"{COMPOSER}, memory")
    }
    blind = found[f"{COMPOSER}, without repeats"]["nats_per_frame"]
    return {
        **{name: significant(mine[name]) for name in ("nats_per_event", "nats_per_second")},
        "lakhnes_perplexity": significant(mine[LAKHNES]),
        "memory": {**ablation, "whole": significant(mine["nats_per_frame"])},
        "without_repeats": significant(blind),
        "write_30_s": significant(write_seconds(network)),
        "curve": curve(folder),
    }


def measure(told: argparse.Namespace) -> dict[str, object]:
    """Everything, as printed; what a model that has not learned lacks is null, with a reason."""
    made: dict[str, object] = {"minutes": told.minutes, "published": PUBLISHED}
    reasons: dict[str, str] = {}
    cards = {name: card_of(name, told) for name in MODELS}
    judge = Judge(told.data)
    found = judge.counted(told.data)
    for name, card in cards.items():
        if card is None:
            reasons[name] = f"no model was made in {told.minutes:g} minutes"
            continue
        made |= facts(card, name)
        network = likelihood.load(catalogue.read(card))
        ours = name == COMPOSER
        ablation = {"memories": MEMORIES, "without_repeats": True} if ours else {}
        found |= judge.rows(name, network, **ablation)
        if ours:
            made |= of_ours(found, network, card.parent)
    for name in (*MODELS, *COUNTED):
        nats = found.get(name, {}).get("nats_per_frame")
        key = "nats_per_frame" if name == COMPOSER else f"nats_per_frame_{name}"
        if name != "vae":
            made[key] = None if nats is None else significant(nats)
    vae = found.get("vae", {})
    made |= {f"{key}_vae": significant(value) for key, value in vae.items()}
    made["by_budget"] = by_budget(told, judge)
    shown = table.markdown(table.HEADS, table.nats(found))
    print("\n".join([shown, *table.others(found)]), flush=True)
    if told.out:
        told.out.mkdir(parents=True, exist_ok=True)
        (told.out / "table.md").write_text(shown + "\n", encoding="utf-8")
    return {**made, "reasons": reasons}


def main() -> None:
    """Train what is not there, measure, print the JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("minutes", type=float, nargs="?", default=2.0, help="of each training")
    parser.add_argument("--threads", type=int, default=1, help="of each training")
    parser.add_argument("--runs", type=Path, default=HOME, help="where the runs lie")
    parser.add_argument("--data", type=Path, default=DATA, help="a folder with three splits")
    parser.add_argument("--out", type=Path, help="folder for table.md")
    told = parser.parse_args()
    if not told.data.is_dir():
        say({"nats_per_frame": None, "reason": "../shared/data/nesmdb is not on this machine"})
        return
    torch.set_num_threads(1)
    say(measure(told), threads=told.threads)


if __name__ == "__main__":
    main()
