"""What a match is for people and scripts: figures before and after, files, what was turned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from starling.models.dsp.sound_distance import Similarity
    from starling.presets.formats.schema import Schema
    from starling.presets.library.preset import Preset
    from starling.presets.match.pipeline import MatchResult
    from starling.presets.match.variants import Variant

Row = tuple[str, float, float, float, float, float]
COLUMNS = ("preset", "loss dB", "MSS dB", "wMFCC", "SOT", "RMS cosine")
MOST_TURNED = 10  # parameters that people are shown; scripts get all


def similarity(matched: MatchResult, variant: Variant) -> Similarity:
    """The four published measures of a variant at the target's level.

    Raises InputError (code `silent`) for one that cannot be heard.
    """
    from starling.models.dsp.sound_distance import compare, levelled
    from starling.presets.features.spectral_loss import fitted

    target = matched.target.samples
    mono = fitted(variant.audio.mean(axis=0), len(target))[None]
    return compare(target[None], levelled(mono, target[None]))


def rows(matched: MatchResult) -> list[Row]:
    """The retrieved preset and each variant with their measures: the rows of COLUMNS."""
    retrieved = f"{matched.preset.name} ({matched.preset.bank}), retrieved"
    named = [(retrieved, matched.nearest), *((v.name, v) for v in matched.variants)]
    found = []
    for name, variant in named:
        like = similarity(matched, variant)
        found.append((name, variant.loss, like.mss, like.wmfcc, like.sot, like.rms_cosine))
    return found


def turned(matched: MatchResult, variant: Variant) -> list[tuple[str, str, str]]:
    """The parameters in which a variant differs from the retrieved preset: name, from, to."""
    from starling.presets.match.variants import differences

    found = differences(matched.schema, matched.preset.values, variant.values)
    schema = matched.schema
    return [
        (each.name, shown(schema, each.name, each.before), shown(schema, each.name, each.after))
        for each in found
    ]


def shown(schema: Schema, name: str, value: float) -> str:
    """A parameter's value as its synth would say it: the label of a step, else the number."""
    parameter = next(each for each in schema.parameters if each.name == name)
    if parameter.labels and parameter.steps > 1:
        step = (parameter.maximum - parameter.minimum) / (parameter.steps - 1)
        return parameter.labels[round((value - parameter.minimum) / step)]
    return f"{value:.4g} {parameter.unit}".strip()


def as_json(matched: MatchResult, files: Mapping[str, list[str]]) -> dict[str, Any]:
    """Everything about a match but the sounds; `files` by the name of a variant."""
    names = ("retrieved", *(variant.name for variant in matched.variants))
    measured = dict(zip(names, rows(matched), strict=True))
    return {
        "synth": matched.synth,
        "note": matched.initial.note,
        "held": matched.initial.held,
        "cents": matched.target.pitch.cents,
        "seconds_compared": matched.target.seconds,
        "evaluations": matched.evaluations,
        "seconds": round(matched.seconds, 2),
        "remarks": list(matched.remarks),
        "retrieved": {
            "preset": matched.preset.id,
            "name": matched.preset.name,
            "bank": matched.preset.bank,
            **_measures(measured["retrieved"]),
        },
        "variants": [
            {
                "name": variant.name,
                **_measures(measured[variant.name]),
                "values": dict(variant.values),
                "files": files.get(variant.name, []),
            }
            for variant in matched.variants
        ],
    }


def _measures(row: Row) -> dict[str, float]:
    return dict(zip(("loss", "mss", "wmfcc", "sot", "rms_cosine"), row[1:], strict=True))


def write_files(matched: MatchResult, folder: Path, cache: Path) -> dict[str, list[str]]:
    """Write the target as it was compared, the retrieved preset's sound, and each variant as a
    sound, as a preset of ours and as a file that its synth loads. The files by variant.

    `cache` is the folder of plugins' schemas.

    Raises StarlingError (codes `store_full`, `no_access`).
    """
    from starling.engine.wire.failure_codes import translated
    from starling.presets.match.store import BANK, SUFFIX, TAG, preset_file
    from starling.presets.scan.export import safe_stem

    found: dict[str, list[str]] = {}
    with translated():
        folder.mkdir(parents=True, exist_ok=True)
        _write_wav(folder / "target.wav", matched.target.samples[None], matched.initial.note)
        _write_wav(folder / "retrieved.wav", matched.nearest.audio, matched.initial.note)
        for variant in matched.variants:
            stem = folder / safe_stem(variant.name)
            ours, sound = stem.with_name(stem.name + SUFFIX), stem.with_name(stem.name + ".wav")
            _write_wav(sound, variant.audio, variant.note)
            _write(ours, preset_file(matched.synth, matched.schema, variant))
            preset = replace(
                matched.preset,
                name=variant.name,
                bank=BANK,
                author="",
                tags=(TAG,),
                values=variant.values,
                schema_hash=matched.schema.hash,
            )
            paths = [sound, ours, *_exported(preset, folder, cache)]
            found[variant.name] = [str(path) for path in paths]
    return found


def _exported(preset: Preset, folder: Path, cache: Path) -> list[Path]:
    """The file that the synth or its hosts load, where there is another format than ours."""
    from starling.presets.scan.export import Exporter, export_formats

    keys = [key for key in export_formats(preset.synth) if key not in ("starling-preset", "json")]
    key = "fxp" if "fxp" in keys else next(iter(keys), "")
    return [Exporter(folder, cache).export(preset, folder, key)] if key else []


def _write_wav(path: Path, audio: NDArray[np.float32], note: int) -> None:
    from starling.engine.sounds import wav
    from starling.presets.features.spectral_loss import SAMPLE_RATE

    _write(path, wav.encode(audio, SAMPLE_RATE, root=note))


def _write(path: Path, data: bytes) -> None:
    from starling.engine.sounds.whole_files import write_whole

    write_whole(path, data)
