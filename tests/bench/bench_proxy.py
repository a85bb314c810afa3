"""How well preset encoders find the sounds of real presets (amsynth's) that they never met.

    python3 build.py bench proxy [--minutes 4] [--count 12000] [--encoders highway,tokens]
    python3 build.py bench proxy --seeds 3 --table DIR      the whole table, on drawn presets too
    python3 build.py bench proxy --data DIR --valid DIR --test DIR       renders that are there
    python3 build.py bench proxy --test DIR --ours CARD --published CARD [--published CARD]
    python3 build.py bench proxy --synth dexed --banks DIR               a folder of DX7 cartridges

Published protocol (JAES 73(9), 561-577, 2025): each preset of the banks kept for the test ranks the
sounds of all of them by L1. Ours and the published encoders learn from the same renders for the
same minutes; the best of theirs by MRR on the validation banks is the one that ours is held
against. With several seeds each figure is the mean over them. Renders and models stay in
.starling/bench/proxy: a second run goes on with them.

Baseline of how fast it is, in turns on one core: ours encodes held-out presets, and the multiply-
adds of its network's matrix products at the speed of a float32 product (ratio_to_arithmetic).
"""

import argparse
from pathlib import Path
from statistics import mean

from baselines.arithmetic import compare
from baselines.timing import say, significant

from starling.engine.cli.target_embedder import embedding
from starling.models.proxy import data as proxy_data
from starling.models.proxy import encoder as proxy
from starling.models.proxy import evaluate, publish
from starling.models.proxy import train as train_proxy
from starling.models.proxy.evaluate import ProxyRow
from starling.models.proxy.network import Config
from starling.models.proxy.published_networks import TITLES
from starling.models.proxy.settings import Settings, for_encoder
from starling.models.training.session import Session
from starling.presets.datasets import render as dataset
from starling.presets.datasets.sampling import Scheme
from starling.presets.datasets.splits import Split

HOME = Path(".starling/bench/proxy").resolve()
NOTES = ((60, 100, 0.65), (48, 100, 0.65), (72, 80, 0.4))
SCHEMES: dict[str, tuple[Scheme, Split]] = {
    "train": ("bank", "train"),
    "validation": ("real", "validation"),
    "test": ("real", "test"),
    "drawn": ("uniform", "train"),  # every parameter by itself: the published synthetic presets
}
DRAWN = 1024
ENCODED = 1024  # presets at once, when it is timed
ROUNDS = 20


def rendered(name: str, given: Path | None, told: argparse.Namespace) -> Path:
    """The folder of a set: the one given, else our own, rendered as far as it is missing."""
    if given:
        return given
    scheme, split = SCHEMES[name]
    count = {"bank": told.count, "uniform": DRAWN}.get(scheme, 0)
    banks = tuple(told.banks)
    order = dataset.DatasetSpec(
        told.synth, count, scheme, NOTES, split=split, banks=banks, check="none"
    )
    folder: Path = HOME / told.synth / name
    print(f"rendering what is missing of {name}", flush=True)
    dataset.render(order, folder, HOME / "schemas")
    return folder


def train(
    encoder: str,
    seed: int,
    data: proxy_data.ProxyData,
    valid: proxy_data.ProxyData,
    told: argparse.Namespace,
) -> proxy.Proxy:
    """One encoder for its minutes: the network that validated best, from its card."""
    settings = Settings(minutes=told.minutes, seed=seed, threads=told.threads)
    settings = for_encoder(encoder, data.space.synth, settings)
    out = HOME / told.synth / f"{encoder}-{told.minutes:g}m-{data.manifest[:8]}-{seed}"
    config = Config(size=data.vectors.shape[2])
    resume = (out / "checkpoint.safetensors").is_file()
    print(f"training {encoder}, seed {seed}, for {told.minutes:g} minutes", flush=True)
    result = train_proxy.train(encoder, data, valid, config, settings, out, Session(resume))
    training = {"seed": seed, "minutes": round(result.elapsed / 60, 1), "steps": result.step}
    return proxy.load_proxy(
        publish.publish(out, encoder, result.model, training, {}, dict(result.figures))
    )


def sets(told: argparse.Namespace) -> tuple[proxy_data.ProxyData, proxy_data.ProxyData]:
    """What is learned from and what the best is chosen by, as the embedder hears them."""
    chosen = embedding(told.embedder, told.embedder_weights)
    learned = proxy_data.load(rendered("train", told.data, told), chosen)
    return learned, proxy_data.load(rendered("validation", told.valid, told), chosen)


def models(told: argparse.Namespace) -> list[proxy.Proxy]:
    """Ours first, then the published: from cards, or trained now."""
    if told.ours:
        return [proxy.load_proxy(card) for card in (told.ours, *told.published)]
    data, valid = sets(told)
    seeds = range(told.seed, told.seed + told.seeds)
    names = (proxy.OURS, *told.encoders.split(","))
    return [train(name, seed, data, valid, told) for name in names for seed in seeds]


def best(published: list[proxy.Proxy]) -> str:
    """The published encoder that validated best, by the mean over its seeds."""
    scores: dict[str, list[float]] = {}
    for each in published:
        found = float(each.card["metrics"].get("valid_mrr", 0.0))
        scores.setdefault(evaluate.title(each), []).append(found)
    return max(scores, key=lambda name: mean(scores[name]))


def measure(told: argparse.Namespace) -> dict[str, object]:
    """The figures of the bar, and what they rest on."""
    trained = models(told)
    chosen = embedding(trained[0].embedding, told.embedder_weights)
    folders = [rendered("test", told.test, told)]
    folders += [rendered("drawn", None, told)] if told.table else []
    pools = [
        pool
        for folder in folders
        for pool in evaluate.ranking_pools(folder, proxy_data.load(folder, chosen))
    ]
    real = next(pool for pool in pools if pool.name.endswith("real"))
    learned = sets(told)[0] if told.table and not told.ours else None
    rows = evaluate.evaluate(trained, pools, learned)
    if told.table:
        report(told.table, rows, trained, pools)
    theirs = best([each for each in trained if each.encoder != proxy.OURS])
    return figures([row for row in rows if row.pool == real.name], theirs) | {
        "near_duplicates_removed": real.duplicates,
        "embedder": trained[0].embedding,
        "minutes": trained[0].card["training"].get("minutes"),
        "seeds": sum(each.encoder == proxy.OURS for each in trained),
        **speed(trained[0], real.data),
    }


def speed(ours: proxy.Proxy, held_out: proxy_data.ProxyData) -> dict[str, float]:
    """Presets a second on one core, and the time over that of the multiply-adds alone."""
    values = held_out.values[:ENCODED]
    found = compare([lambda: ours.predict(values, held_out.notes[0])], ROUNDS)
    return {
        "encoded_at_once": len(values),
        "encoded_per_s": round(len(values) / found.seconds),
        "multiply_adds": round(found.multiply_adds / len(values)),
        "multiply_adds_per_s": significant(found.multiply_adds_per_s),
        "ratio_to_arithmetic": significant(found.ratio),
    }


def report(
    folder: Path,
    rows: list[ProxyRow],
    trained: list[proxy.Proxy],
    pools: list[evaluate.RankingPool],
) -> None:
    """The tables and figures of `starling evaluate proxy`."""
    from starling.models.proxy import plots
    from starling.models.proxy import report as proxy_report

    for path in proxy_report.write(folder, rows) + plots.draw(folder, rows, trained, pools):
        print(path, flush=True)


def figures(rows: list[ProxyRow], theirs: str) -> dict[str, object]:
    """What is compared, each the mean over seeds."""
    names = dict.fromkeys(row.name for row in rows)
    at = {
        name: {
            key: mean(row.figures[key] for row in rows if row.name == name and key in row.figures)
            for key in next(row.figures for row in rows if row.name == name)
        }
        for name in names
    }
    ours = at["ours"]
    tried = [name for name in names if name in TITLES.values()]
    return {
        "hc_mrr": round(ours["mrr"], 4),
        "hc_mrr_interval": [round(ours["mrr_low"], 3), round(ours["mrr_high"], 3)],
        "hc_miss_ratio": round((1 - ours["mrr"]) / (1 - at[theirs]["mrr"]), 4),
        "published_best": theirs,
        "published_mrr": {name: round(at[name]["mrr"], 4) for name in tried},
        "gallery": int(ours["gallery"]),
        "l1": round(ours["l1"], 4),
        "published_l1": round(at[theirs]["l1"], 4),
        "audio_to_preset_r1": round(ours["back_r1"], 4),
        "oracle_mrr": round(at["oracle: second note"]["mrr"], 4),
    }


def main() -> None:
    """Measure, say it in words, print the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=4.0, help="of training, each")
    parser.add_argument("--count", type=int, default=12_000, help="presets to learn from")
    parser.add_argument("--encoders", default=",".join(TITLES), help="published ones")
    parser.add_argument("--embedder", default="")
    parser.add_argument("--embedder-weights", type=Path, help="its card, if not shipped")
    parser.add_argument("--synth", default="amsynth")
    parser.add_argument("--banks", type=Path, action="append", default=[])
    parser.add_argument("--seed", type=int, default=0, help="the first")
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--table", type=Path, help="folder for tables and figures")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--valid", type=Path)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--ours", type=Path)
    parser.add_argument("--published", type=Path, action="append", default=[])
    told = parser.parse_args()
    if bool(told.ours) != bool(told.published):
        parser.error("--ours and --published go together")
    found = measure(told)
    print(
        f"{found['gallery']} held-out presets: MRR {found['hc_mrr']} of ours, "
        f"{found['published_best']} the best published of {found['published_mrr']}; "
        f"{found['encoded_per_s']} encoded a second on one core, {found['ratio_to_arithmetic']} "
        "times their multiply-adds alone"
    )
    say(found, told.threads or None)


if __name__ == "__main__":
    main()
