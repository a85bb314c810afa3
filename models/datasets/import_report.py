"""What an import says to people: report.md and a picture of lengths and levels, overview.png."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starling.models.datasets.store import is_album, write_whole
from starling.models.plain import plain_label

REPORT, PICTURE = "report.md", "overview.png"
MAX_ROWS = 24  # classes in the picture, the largest ones; more would be illegible
BINS = 30
LEVELS_DB = (-80.0, 0.0)


def write(folder: Path, about: dict[str, Any]) -> None:
    """Write both files into a data set's folder. Raises StarlingError for a full disk."""
    write_whole(folder / REPORT, report(about).encode())
    write_whole(folder / PICTURE, picture(about))


def report(about: dict[str, Any]) -> str:
    """The report as Markdown: classes, every refused file and why, every duplicate."""
    total = sum(one["seconds"] for one in about["classes"].values())
    lines = [f"# {about['name']}", ""]
    lines += [f"{len(about['sounds'])} sounds, {total / 60:.1f} minutes, {about['rate']} Hz mono."]
    lines += [_album(about) if is_album(about) else _oneshots(about), ""]
    lines += ["| class | sounds | seconds |", "|---|---|---|"]
    lines += [
        f"| {label} | {one['sounds']} | {one['seconds']:.1f} |"
        for label, one in about["classes"].items()
    ]
    lines += ["", "![lengths and levels](overview.png)"]
    lines += _section("Warnings", [f"- {each}" for each in about["warnings"]])
    lines += _section("Licence", [_origin(each) for each in about["licence"]])
    lines += _section("Refused", [f"- `{e['file']}`: {e['reason']}" for e in about["refused"]])
    lines += _section("Left out", [f"- {each}" for each in about.get("left_out", ())])
    ignored = [f"- {count} {suffix}" for suffix, count in about["ignored"].items()]
    lines += _section("Not sounds, passed over", ignored)
    lines += _section("Duplicates, left out", [_same(each) for each in about["duplicates"]])
    near = [_same(each) for each in about.get("near_duplicates", ())]
    lines += _section("Nearly the same, kept in one split", near)
    conflicts = [
        f"{_same(each)}, classes {' and '.join(each['classes'])}"
        for each in about.get("conflicts", ())
    ]
    lines += _section("The same sound in two classes: decide which", conflicts)
    return "\n".join(lines) + "\n"


def _oneshots(about: dict[str, Any]) -> str:
    cut = sum(each.get("cut", False) for each in about["sounds"])
    return f"Peak {about['peak']:g}, at most {about['seconds']:g} s: {cut} were longer."


def _album(about: dict[str, Any]) -> str:
    return (
        f"An album: {about['training_chunks']} chunks of {about['chunk_seconds']:g} s to learn "
        f"from, {about['validation_chunks']} held out; one gain of {about['gain_db']:.1f} dB."
    )


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"## {title} ({len(lines)})", "", *lines] if lines else []


def _origin(each: dict[str, Any]) -> str:
    words = (each["licence"], each["attribution"], each["repository"])
    return f"- {each['files']} files: " + ", ".join(dict.fromkeys(words))


def _same(each: dict[str, Any]) -> str:
    alike = "the samples of" if each["similarity"] == 1.0 else f"{each['similarity']:.3f} like"
    return f"- `{each['file']}`: {alike} `{each['of']}`"


def picture(about: dict[str, Any]) -> bytes:
    """Histograms of length and of level as recorded, one row a class, as the bytes of a PNG."""
    from matplotlib.figure import Figure

    ranked = sorted(about["classes"].items(), key=lambda pair: -pair[1]["sounds"])
    labels = [label for label, _ in ranked[:MAX_ROWS]]
    figure = Figure(figsize=(8, 1 + 0.7 * len(labels)), layout="constrained")
    axes = figure.subplots(len(labels), 2, squeeze=False, sharex="col")
    longest = max(each["seconds"] for each in about["sounds"])
    for (left, right), label in zip(axes, labels, strict=True):
        own = [each for each in about["sounds"] if each["class"] == label]
        lengths = [each["seconds"] for each in own]
        levels = [each["loudness_db"] for each in own]
        left.hist(lengths, BINS, range=(0.0, longest), color="#3a7ca5")
        right.hist(levels, BINS, range=LEVELS_DB, color="#d17a22")
        left.set_ylabel(
            f"{plain_label(label[:16])} ({len(own)})", rotation=0, ha="right", va="center"
        )
        for each in (left, right):
            each.set_yticks([])
    axes[-1][0].set_xlabel("length in seconds")
    axes[-1][1].set_xlabel("level as recorded (RMS) in dB")
    figure.suptitle(plain_label(about["name"]))
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
