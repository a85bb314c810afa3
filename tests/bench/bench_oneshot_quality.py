"""How good the shipped one-shots are, beside the published dense GAN trained on the same sounds.

    python3 build.py bench oneshot_quality
    python3 build.py bench oneshot_quality --minutes 42 --table DIR
    python3 build.py bench oneshot_quality --drums-baseline CARD --meows-baseline CARD

Recordings lie in ../shared/data (drums, catmeows). A dense GAN without a card is trained first, as
long as the shipped model was by its card, and kept in .starling/bench/oneshot_quality. Prints one
JSON object as its last line; what could not be measured is null, and `reasons` says why. Frechet
ratios are ours over the dense GAN's; `low` ones with all sounds low-passed at its 4 kHz.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

from baselines.timing import say

from starling.models.artifacts import card_file, catalogue
from starling.models.errors import StarlingError
from starling.models.evaluation import evaluate, report
from starling.models.evaluation.evaluate import ALL, HALVES, HELD_OUT, Evaluation
from starling.models.training.session import CHECKPOINT

DATA = Path(__file__).parents[3] / "shared" / "data"
SETS = {"drums": DATA / "drums", "meows": DATA / "catmeows"}  # model: what it learnt from
HOME = Path(".starling/bench/oneshot_quality").resolve()
BASELINE = "dense-gan"
MINUTES = 30.0  # of training the dense GAN, where the card of ours does not say
CLI = "from starling.engine.cli.main import main; main()"
REAL = {  # the same figures of recordings, by the row that has them
    HALVES: ("frechet", "kernel", "two_sample_accuracy", "two_sample_accuracy_mel"),
    ALL: ("voiced_share", "f0_range"),
}
FIGURES = {  # names in the output and in the table, of both sets
    "frechet": "frechet",
    "frechet_low": "frechet_low",
    "kernel": "kernel",
    "nearest_neighbour_ratio": "nearest_neighbour_ratio",
    "nearest_neighbour_ratio_mel": "nearest_neighbour_ratio_mel",
    "two_sample_accuracy": "two_sample_accuracy",
    "two_sample_accuracy_mel": "two_sample_accuracy_mel",
    "two_sample_auc": "two_sample_auc",
    "diversity": "spread_ratio",
    "density": "density",
    "coverage": "coverage",
    "control_spearman": "control_spearman",
    "voiced_share": "voiced_share",
    "f0_range": "f0_range",
}
ACCURACY = {
    "class_accuracy_ratio": "class_accuracy_ratio",
    "class_accuracy_generated": "class_accuracy",
    "class_accuracy_generated_all": "class_accuracy_all",
}
DRUMS_ALONE = ("nearest_neighbour_ratio", "two_sample_accuracy", "control_spearman")  # plain names


def baseline(name: str, card: Path, told: argparse.Namespace) -> Path:
    """The card of the dense GAN for a set: the one given, the one kept, or trained now."""
    given: Path | None = getattr(told, f"{name}_baseline")
    kept = HOME / name / f"{BASELINE}.json"
    if given or kept.is_file():
        return given or kept
    training = card_file.read_card(card)["training"]
    minutes = told.minutes or float(training.get("minutes", MINUTES))
    words = ["train", "baseline", "--model", "dense_gan", "--data", str(SETS[name])]
    words += ["--name", BASELINE, "--budget", f"{minutes:g}m", "--out", str(kept.parent)]
    words += ["--seed", str(training.get("seed", 0))]
    words += ["--resume"] if (kept.parent / CHECKPOINT).is_file() else []
    print(f"training the dense GAN on {SETS[name].name} for {minutes:g} minutes", flush=True)
    subprocess.run([sys.executable, "-P", "-c", CLI, *words], check=True)
    return kept


def judged(name: str, told: argparse.Namespace, reasons: dict[str, str]) -> Evaluation | None:
    """The evaluation of one shipped model and its baseline, if it can be had."""
    card = catalogue.catalogue().get(name)
    if card is None:
        reasons[name] = f"no model named {name} is shipped"
    elif not SETS[name].is_dir():
        reasons[name] = f"../shared/data/{SETS[name].name} is not on this machine"
    else:
        cards = [card.path]
        try:
            cards.append(baseline(name, card.path, told))
        except (StarlingError, subprocess.CalledProcessError) as error:
            reasons[f"frechet_ratio_{name}"] = f"the dense GAN could not be trained: {error}"
        print(f"evaluating {name}", flush=True)
        return evaluate.evaluate(SETS[name], cards, each=told.each)
    print(reasons[name], flush=True)
    return None


def figures(name: str, found: Evaluation | None, reasons: dict[str, str]) -> dict[str, Any]:
    """The figures of one set under the names of the output; null where there is none."""
    rows = {row.name: row.figures for row in found.rows} if found else {}
    models = [row.figures for row in found.rows if row.is_model] if found else []
    ours = models[0] if models else {}
    theirs = models[1] if len(models) > 1 else {}
    made: dict[str, Any] = {f"{out}_{name}": ours.get(key) for out, key in FIGURES.items()}
    if len(models) > 1 and "frechet" not in theirs:
        reasons[f"frechet_ratio_{name}"] = "the dense GAN makes silence"
    for key in ("frechet", "frechet_low"):
        both = ours.get(key) is not None and theirs.get(key)
        made[f"{key}_dense_gan_{name}"] = theirs.get(key)
        made[f"{key.replace('frechet', 'frechet_ratio')}_{name}"] = (
            ours[key] / theirs[key] if both else None
        )
    for place, keys in REAL.items():
        made |= {f"{key}_real_{name}": rows.get(place, {}).get(key) for key in keys}
    made[f"sounds_{name}"] = ours.get("sounds")
    made[f"headline_{name}"] = ours.get("headline")
    return made


def measure(told: argparse.Namespace) -> dict[str, Any]:
    """Everything, as printed."""
    reasons: dict[str, str] = {}
    result: dict[str, Any] = {}
    for name in SETS:
        found = judged(name, told, reasons)
        result |= figures(name, found, reasons)
        if found and told.table:
            for path in report.write(told.table / name, found):
                print(path, flush=True)
        if name == "drums":
            rows = {row.name: row.figures for row in found.rows} if found else {}
            ours = next((row.figures for row in found.rows if row.is_model), {}) if found else {}
            result |= {out: ours.get(key) for out, key in ACCURACY.items()}
            result["class_accuracy_real"] = rows.get(HELD_OUT, {}).get("class_accuracy")
            result["class_accuracy_real_all"] = rows.get(HELD_OUT, {}).get("class_accuracy_all")
            result |= {key: result.pop(f"{key}_drums") for key in DRUMS_ALONE}
    return {**report.rounded(result), "reasons": reasons}


def main() -> None:
    """Measure, say it in words, print the JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=0.0, help="of training a dense GAN")
    parser.add_argument("--drums-baseline", type=Path, help="card of a trained one")
    parser.add_argument("--meows-baseline", type=Path, help="card of a trained one")
    parser.add_argument("--each", type=int, default=0, help="sounds a class; 0: as recordings")
    parser.add_argument("--table", type=Path, help="folder for the tables")
    found = measure(parser.parse_args())
    print(
        f"drums: recognised {found['class_accuracy_ratio']} times as often as real ones, FD-timbre "
        f"{found['frechet_ratio_drums']} of the dense GAN's; meows {found['frechet_ratio_meows']}"
    )
    say(found)


if __name__ == "__main__":
    main()
