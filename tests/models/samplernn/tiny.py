"""Small networks and albums that the tests of SampleRNN share."""

from pathlib import Path

import numpy as np
import torch

from starling.models.artifacts import card_file, catalogue
from starling.models.artifacts.catalogue import ModelCard
from starling.models.datasets.album import Album
from starling.models.samplernn.batches import Batches
from starling.models.samplernn.network import Config, SampleRNN
from starling.models.samplernn.publish import controls, halved
from starling.models.samplernn.take import START_LABELS, STARTS

TINY = Config(
    sample_rate=8_000,
    quantiser="mu-law",
    frame_sizes=(4, 2),
    dim=16,
    layers=1,
    embedding=4,
    mlp=12,
    shared_upsampling=True,
    weight_norm=False,
)


def album(seconds: float = 3.0, labels: tuple[str, ...] = ("one",), rate: int = 8_000) -> Album:
    """A rising tone for each label, in chunks of half a second, the last one held out."""
    time = np.arange(int(seconds * rate)) / rate
    tones = [
        0.5 * np.sin(2 * np.pi * (220 * (2 + at) + 9 * time) * time) for at, _ in enumerate(labels)
    ]
    chunk = rate // 2
    starts = range(0, len(time) - chunk + 1, chunk)
    table = np.array([(row, start) for row, _ in enumerate(labels) for start in starts], np.int64)
    last = table[:, 1] == starts[-1]
    return Album(
        name="tones",
        sample_rate=rate,
        labels=labels,
        recordings=tuple(each.astype(np.float32) for each in tones),
        conditions=np.arange(len(labels)),
        chunk=chunk,
        training=table[~last],
        validation=table[last],
        gain=1.0,
        manifest="tones",
        origin=(),
        skipped=(),
    )


def network(config: Config = TINY, seed: int = 0) -> SampleRNN:
    """A network with random weights, livelier than freshly drawn ones."""
    torch.manual_seed(seed)
    made = SampleRNN(config).eval()
    with torch.no_grad():
        for tier in made.tiers:
            torch.nn.init.normal_(tier.initial, std=0.3)
    return made


def card(folder: Path, config: Config = TINY, name: str = "tiny") -> ModelCard:
    """An untrained model on disk."""
    fields = {
        "kind": "samplernn",
        "name": name,
        "title": name.title(),
        "sample_rate": config.sample_rate,
        "root": 60,
        "controls": controls(config.labels),
        "config": {each: getattr(config, each) for each in config.__dataclass_fields__},
        "training": {},
        "data": {},
        "metrics": {},
    }
    levels, labels = Batches(album(labels=config.labels or ("one",)), config, 1, 400, 0).starts()
    starts = {STARTS: torch.from_numpy(levels), START_LABELS: torch.from_numpy(labels)}
    path, _ = card_file.write(folder, fields, halved(network(config)) | starts)
    return catalogue.read(path)
