"""Whole matches: amsynth where it is installed, the built-in synth everywhere."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from starling.models.errors import CancelledError, InputError, MissingError, PluginError
from starling.presets.features.spectral_loss import SAMPLE_RATE, SpectralTarget
from starling.presets.formats.schema import Schema
from starling.presets.library.database import LibraryDatabase
from starling.presets.match.evaluators import GIVE_UP, Evaluators
from starling.presets.match.initial_population import InitialPopulation
from starling.presets.match.optimiser import PredictedLoss
from starling.presets.match.pipeline import SCHEMAS, MatchOptions, MatchResult, match, match_target
from starling.presets.match.store import store_matches
from starling.presets.match.target import Target, target_of
from starling.presets.match.variants import Variant
from starling.presets.sandbox.client import Sandbox
from starling.presets.scan.update import scan
from starling.presets.synths import preset_folders

FACTORY = preset_folders.FACTORY
NOTE = (60, 100, 0.4, 0.6, SAMPLE_RATE)
Audio = NDArray[np.float32]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> LibraryDatabase:
    """A few factory presets of the built-in synth, scanned for real."""
    folder = tmp_path_factory.mktemp("library")
    bank = json.loads(FACTORY.read_text())
    few = {**bank, "presets": bank["presets"][::12][:8]}
    (folder / "banks").mkdir()
    (folder / "banks" / "few.json").write_text(json.dumps(few))
    library = LibraryDatabase.open(folder)
    scan(library, synths=())
    return library


@pytest.fixture(scope="module")
def tuned(library: LibraryDatabase) -> Audio:
    """A preset of the library with its knobs turned, as mono samples."""
    preset = library.find("", 8)[3]
    values = dict(library.preset(preset.preset).values)
    values |= {"cutoff": 900.0, "amp_decay": 0.3, "amp_sustain": 0.2, "osc1_shape": 3.0}
    with Sandbox("starling", cache=library.folder / SCHEMAS) as box:
        return box.render(values, *NOTE).mean(axis=0)


@pytest.fixture(scope="module")
def matched(library: LibraryDatabase, tuned: Audio) -> MatchResult:
    options = MatchOptions(150, variants=3, seed=3, title="Tuned")
    return match_target(target_of(tuned, SAMPLE_RATE), "starling", library, options)


def test_a_match_is_nearer_than_the_retrieved_preset(matched: MatchResult) -> None:
    assert matched.loss < 0.8 * matched.start_loss
    assert matched.loss <= min(start.loss for start in matched.initial.presets)
    assert 140 <= matched.evaluations <= 150
    assert matched.target.pitch.note == 60


def test_the_losses_are_those_of_the_sounds(matched: MatchResult) -> None:
    reference = SpectralTarget(matched.target.samples)
    for variant in (matched.nearest, *matched.variants):
        assert reference.loss(variant.audio) == pytest.approx(variant.loss, abs=1e-3)


def test_variants_are_ordered_legal_and_sound_different(matched: MatchResult) -> None:
    losses = [variant.loss for variant in matched.variants]
    assert losses == sorted(losses) and losses[-1] <= matched.start_loss
    assert [v.name for v in matched.variants] == [f"Tuned {n + 1}" for n in range(len(losses))]
    for variant in matched.variants:
        assert matched.schema.validate(variant.values) == variant.values
    first = SpectralTarget(matched.variants[0].audio.mean(axis=0))
    assert all(first.loss(v.audio) > 0.3 * losses[0] for v in matched.variants[1:])


def test_the_same_seed_finds_the_same_on_one_process_and_two(
    library: LibraryDatabase, tuned: Audio, matched: MatchResult
) -> None:
    options = MatchOptions(150, variants=3, seed=3, title="Tuned", jobs=1)
    again = match_target(target_of(tuned, SAMPLE_RATE), "starling", library, options)
    assert [v.values for v in again.variants] == [v.values for v in matched.variants]


def test_previews_get_better_and_progress_reaches_the_end(
    library: LibraryDatabase, tuned: Audio
) -> None:
    shown: list[Variant] = []
    told: list[float] = []

    def preview(synth: str, schema: str, variant: Variant) -> None:
        assert synth == "starling" and len(schema) == 64
        shown.append(variant)

    match(
        tuned,
        SAMPLE_RATE,
        "",
        library,
        100,
        progress=lambda part, text: told.append(part),
        preview=preview,
    )
    losses = [variant.loss for variant in shown]
    assert losses and losses == sorted(losses, reverse=True)
    assert told == sorted(told) and told[-1] == 1.0


def test_a_match_can_be_cancelled_at_any_moment(library: LibraryDatabase, tuned: Audio) -> None:
    asked = iter([False] * 20)
    with pytest.raises(CancelledError):
        match(tuned, SAMPLE_RATE, "", library, 5000, cancelled=lambda: next(asked, True))


def test_presets_can_be_left_out_and_a_proxy_may_screen_the_children(
    library: LibraryDatabase, tuned: Audio, matched: MatchResult
) -> None:
    seen: list[int] = []

    def surrogate(schema: Schema, target: Target, initial: InitialPopulation) -> PredictedLoss:
        def predicted_loss(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
            seen.append(len(vectors))
            return np.asarray(vectors.sum(axis=1))

        return predicted_loss

    options = MatchOptions(100, without=[matched.preset.id])
    target = target_of(tuned, SAMPLE_RATE)
    other = match_target(target, "starling", library, options, surrogate=surrogate)
    assert other.preset.id != matched.preset.id
    assert seen and set(seen) == {4}


@pytest.mark.parametrize("good", [True, False])
def test_an_estimate_is_one_more_preset_to_begin_from(
    good: bool, library: LibraryDatabase, tuned: Audio, matched: MatchResult
) -> None:
    """The best preset of a match as the estimate is kept or bettered; a bad one does no harm."""
    answer = matched.variants[0].values if good else matched.schema.defaults()
    asked: list[str] = []

    def estimate(schema: Schema, target: Target) -> Mapping[str, float]:
        asked.append(schema.synth)
        return answer

    target = target_of(tuned, SAMPLE_RATE)
    found = match_target(target, "starling", library, MatchOptions(100), estimate=estimate)
    assert asked == ["starling"] and found.evaluations <= 100
    assert any(remark.startswith("the estimated preset is") for remark in found.remarks)
    assert found.loss <= found.start_loss == matched.start_loss
    if good:
        assert found.loss <= matched.loss + 1e-6


def test_matches_are_stored_as_presets(library: LibraryDatabase, matched: MatchResult) -> None:
    before = library.count()
    ids = store_matches(library, matched)
    assert library.count() == before + len(ids)
    preset = library.preset(ids[0])
    assert (preset.name, preset.bank, preset.synth) == ("Tuned 1", "Matches", "starling")
    assert preset.values == matched.variants[0].values
    assert preset.schema_hash == matched.schema.hash
    again = store_matches(library, matched)
    assert not set(again) & set(ids), "a name that is taken gets a number"


def test_a_cancelled_store_leaves_nothing(library: LibraryDatabase, matched: MatchResult) -> None:
    before, files = library.count(), sorted((library.folder / "matches").glob("*"))
    with pytest.raises(CancelledError):
        store_matches(library, matched, lambda: True)
    assert library.count() == before
    assert sorted((library.folder / "matches").glob("*")) == files


@pytest.mark.parametrize(
    ("options", "why"), [({"budget": 99}, "budget"), ({"variants": 9}, "variants")]
)
def test_options_out_of_range_are_refused(options: dict[str, int], why: str) -> None:
    with pytest.raises(InputError, match=why):
        MatchOptions(**options)  # type: ignore[arg-type]


def test_a_synth_without_presets_is_said(library: LibraryDatabase, tuned: Audio) -> None:
    with pytest.raises(MissingError, match="no presets of 'amsynth'") as caught:
        match(tuned, SAMPLE_RATE, "amsynth", library)
    assert caught.value.code == "empty_library"


def test_a_synth_that_always_crashes_ends_the_match(plugin: Callable[..., Path]) -> None:
    path = str(plugin("ABORT_IN_RENDER"))
    with Evaluators(path, 1, path_cache(path)) as evaluators:
        schema = evaluators.open()
        evaluators.set_target(np.ones(4_410, np.float32))
        with pytest.raises(PluginError, match="crashed"):
            evaluators.evaluate([(schema.defaults(), 60, 0.05)] * (GIVE_UP + 4))


def test_a_silent_preset_is_infinitely_far(plugin: Callable[..., Path]) -> None:
    path = str(plugin("SILENT"))
    with Evaluators(path, 1, path_cache(path)) as evaluators:
        schema = evaluators.open()
        evaluators.set_target(np.ones(4_410, np.float32))
        assert evaluators.evaluate([(schema.defaults(), 60, 0.05)] * 3) == [float("inf")] * 3


def path_cache(path: str) -> Path:
    return Path(path).parent


def test_amsynth_plays_a_batch_as_it_plays_each_note(amsynth_path: Path, bank_folder: Path) -> None:
    """A fork plays several notes, each on an instance of its own; they must not hear each other."""
    from starling.presets.formats.table import read_bank

    values = [p.values for p in read_bank(next(bank_folder.iterdir())).presets][:6]
    target = np.random.default_rng(0).standard_normal(22_050).astype(np.float32)
    with Evaluators("amsynth", 2, bank_folder) as evaluators:
        evaluators.open()
        evaluators.set_target(target)
        together = evaluators.evaluate([(each, 60, 0.3) for each in values])
        alone = [evaluators.evaluate([(each, 60, 0.3)])[0] for each in values]
        audio = evaluators.render(values[0], 60, 0.3)
    assert together == alone
    assert SpectralTarget(target).loss(audio) == pytest.approx(alone[0], abs=1e-4)


@pytest.fixture(scope="module")
def cartridge(tmp_path_factory: pytest.TempPathFactory) -> LibraryDatabase:
    """A few voices of a DX7, whose 145 parameters are all discrete, scanned for real."""
    pytest.importorskip("dexed", reason="dexed-py is not installed")
    folder = tmp_path_factory.mktemp("voices")
    voices = [
        {"name": f"V{n}", "values": {"algorithm": n, "feedback": n, "op2_output_level": 60 + n}}
        for n in range(6)
    ]
    (folder / "banks").mkdir()
    bank = {"format": 1, "synth": "dexed", "presets": voices}
    (folder / "banks" / "voices.json").write_text(json.dumps(bank))
    library = LibraryDatabase.open(folder)
    scan(library, synths=())
    return library


def fm_target() -> Target:
    with Sandbox("dexed") as box:
        values = {"algorithm": 2, "feedback": 6, "op2_output_level": 75, "op2_coarse": 2}
        return target_of(box.render(values, *NOTE).mean(axis=0), SAMPLE_RATE)


def test_a_synth_without_continuous_parameters_is_matched(cartridge: LibraryDatabase) -> None:
    matched = match_target(fm_target(), "dexed", cartridge, MatchOptions(300, seed=1))
    assert matched.loss < 0.9 * matched.start_loss
    assert 290 <= matched.evaluations <= 300 and matched.schema.synth == "dexed"
    assert not [remark for remark in matched.remarks if "ended early" in remark]


def test_what_was_found_is_kept_when_the_search_fails(cartridge: LibraryDatabase) -> None:
    def surrogate(schema: Schema, target: Target, initial: InitialPopulation) -> PredictedLoss:
        def failing(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
            raise PluginError("the proxy is gone")

        return failing

    matched = match_target(
        fm_target(), "dexed", cartridge, MatchOptions(100, seed=1), surrogate=surrogate
    )
    assert matched.variants[0].loss <= matched.start_loss
    assert matched.remarks[-1] == (
        "the search ended early, and what it had found is kept: the proxy is gone"
    )
