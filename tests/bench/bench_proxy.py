"""How well preset encoders find the sounds of real presets (amsynth's) that they never met.

    python3 build.py bench proxy [--minutes 15] [--count 12000] [--encoders highway,tokens]
    python3 build.py bench proxy --data DIR --valid DIR --test DIR       renders that are there
    python3 build.py bench proxy --test DIR --ours CARD --published CARD [--published CARD]
    python3 build.py bench proxy --synth dexed --banks DIR               a folder of DX7 cartridges

Published protocol (JAES 73(9), 561-577, 2025): each preset of the banks kept for the test ranks the
sounds of all of them by L1. Ours and the published encoders learn from the same renders for the
same minutes; the best of theirs by MRR on the validation banks is the one that ours is held
against. Renders and models stay in .starling/bench/proxy: a second run goes on with them.
"""

import argparse
import json
from pathlib import Path

from starling.engine.proxy_embedding import embedding
from starling.models import evaluate_proxy, proxy, proxy_data, train_proxy
from starling.models.proxy_network import Config
from starling.models.proxy_settings import Settings, for_encoder
from starling.presets import dataset
from starling.presets.sampling import Scheme
from starling.presets.splits import Split

HOME = Path(".starling/bench/proxy").resolve()
NOTES = ((60, 100, 0.65), (48, 100, 0.65), (72, 80, 0.4))
SCHEMES: dict[str, tuple[Scheme, Split]] = {
    "train": ("bank", "train"),
    "validation": ("real", "validation"),
    "test": ("real", "test"),
}


def rendered(name: str, given: Path | None, told: argparse.Namespace) -> Path:
    """The folder of a set: the one given, else our own, rendered as far as it is missing."""
    if given:
        return given
    scheme, split = SCHEMES[name]
    count = told.count if scheme == "bank" else 0
    banks = tuple(told.banks)
    order = dataset.Order(told.synth, count, scheme, NOTES, split=split, banks=banks, check="none")
    folder = HOME / told.synth / name
    print(f"rendering what is missing of {name}", flush=True)
    dataset.render(order, folder, HOME / "schemas")
    return folder


def train(
    encoder: str, data: proxy_data.ProxyData, valid: proxy_data.ProxyData, told: argparse.Namespace
) -> proxy.Proxy:
    """One encoder for its minutes: the network that validated best, from its card."""
    settings = Settings(minutes=told.minutes, seed=told.seed, threads=told.threads)
    settings = for_encoder(encoder, data.space.synth, settings)
    out = HOME / told.synth / f"{encoder}-{told.minutes:g}m-{data.manifest[:8]}-{told.seed}"
    config = Config(size=data.vectors.shape[2])
    resume = (out / "checkpoint.safetensors").is_file()
    print(f"training {encoder} for {told.minutes:g} minutes", flush=True)
    result = train_proxy.train(encoder, data, valid, config, settings, out, resume=resume)
    training = {"seed": told.seed, "minutes": round(result.elapsed / 60, 1), "steps": result.step}
    return proxy.load_proxy(
        proxy.publish(out, encoder, result.proxy, training, {}, dict(result.figures))
    )


def models(told: argparse.Namespace) -> list[proxy.Proxy]:
    """Ours first, then the published: from cards, or trained now."""
    if told.ours:
        return [proxy.load_proxy(card) for card in (told.ours, *told.published)]
    chosen = embedding(told.embedder, told.embedder_weights)
    folder = rendered("train", told.data, told)
    data = proxy_data.load(folder, chosen)
    valid = proxy_data.load(rendered("validation", told.valid, told), chosen)
    return [train(name, data, valid, told) for name in ("starling", *told.encoders.split(","))]


def measure(told: argparse.Namespace) -> dict[str, object]:
    """The figures of the bar, and what they rest on."""
    ours, *published = models(told)
    best = max(published, key=lambda each: each.card["metrics"].get("valid_mrr", 0.0))
    folder = rendered("test", told.test, told)
    chosen = embedding(ours.embedding, told.embedder_weights)
    pools = evaluate_proxy.pools(folder, proxy_data.load(folder, chosen))
    real = next(pool for pool in pools if pool.name.endswith("real"))
    rows = {row.name: row.figures for row in evaluate_proxy.evaluate([ours, best], [real], None)}
    mine, theirs = rows["ours"], rows[evaluate_proxy.title(best)]
    return {
        "hc_mrr": round(mine["mrr"], 4),
        "hc_mrr_interval": [round(mine["mrr_low"], 3), round(mine["mrr_high"], 3)],
        "hc_miss_ratio": round((1 - mine["mrr"]) / (1 - theirs["mrr"]), 4),
        "published_mrr": round(theirs["mrr"], 4),
        "published_best": evaluate_proxy.title(best),
        "published_tried": [evaluate_proxy.title(each) for each in published],
        "gallery": int(mine["gallery"]),
        "near_duplicates_removed": real.duplicates,
        "l1": round(mine["l1"], 4),
        "published_l1": round(theirs["l1"], 4),
        "audio_to_preset_r1": round(mine["back_r1"], 4),
        "oracle_mrr": round(rows["oracle: second note"]["mrr"], 4),
        "embedder": ours.embedding,
        "minutes": [ours.card["training"].get("minutes"), best.card["training"].get("minutes")],
    }


def main() -> None:
    """Measure, say it in words, print the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0, help="of training, each")
    parser.add_argument("--count", type=int, default=12_000, help="presets to learn from")
    parser.add_argument("--encoders", default="highway,tokens", help="published ones to train")
    parser.add_argument("--embedder", default="")
    parser.add_argument("--embedder-weights", type=Path, help="its card, if not shipped")
    parser.add_argument("--synth", default="amsynth")
    parser.add_argument("--banks", type=Path, action="append", default=[])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--valid", type=Path)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--ours", type=Path)
    parser.add_argument("--published", type=Path, action="append", default=[])
    told = parser.parse_args()
    if bool(told.ours) != bool(told.published):
        parser.error("--ours and --published go together")
    figures = measure(told)
    print(
        f"{figures['gallery']} held-out presets: MRR {figures['hc_mrr']} of ours, "
        f"{figures['published_mrr']} of {figures['published_best']}, the best published"
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
