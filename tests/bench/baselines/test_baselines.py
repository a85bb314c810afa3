"""What benches compare with measures what it says."""

import importlib
import json
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from baselines.arithmetic import MatrixProduct, compare, multiply_adds
from baselines.cma_es import minimise
from baselines.machine import cpu_fields, instruction_sets, machine, processor
from baselines.plain_samplernn import PlainSampleRNN
from baselines.timing import alternate, percentile, ratio, say
from baselines.udp_echo import EchoBeside, times_ms

X86 = """processor : 0
cpu family : 25
model : 1
model name : AMD EPYC
stepping : 1
flags : fpu sse4_2 avx fma avx2 avx512f avx512_vnni

processor : 1
model name : another
"""
ARM = "processor : 0\nFeatures : fp asimd asimddp i8mm\n"


def test_an_x86_processor_is_named_with_its_instruction_sets() -> None:
    fields = cpu_fields(X86)
    assert processor(fields) == "AMD EPYC (25.1.1)"
    assert instruction_sets(fields) == ["sse4_2", "avx", "fma", "avx2", "avx512f", "avx512_vnni"]


def test_an_arm_processor_has_neon() -> None:
    assert instruction_sets(cpu_fields(ARM)) == ["neon", "dotprod", "i8mm"]


def test_this_machine_is_named() -> None:
    found = machine(threads=3)
    assert found["processor"] and found["threads"] == 3
    assert isinstance(found["cores"], int) and found["cores"] >= 1


def test_measurements_take_turns() -> None:
    order: list[str] = []

    def ours() -> float:
        order.append("a")
        return 6.0

    def baseline() -> float:
        order.append("b")
        return 4.0

    found = alternate(ours, baseline, rounds=3)
    assert "".join(order) == "abbaab"
    assert found == ([6.0] * 3, [4.0] * 3) and ratio(*found) == 1.5


def test_percentiles_lie_among_the_times() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0, 5.0], 50) == 3.0
    assert 4.0 <= percentile([1.0, 2.0, 3.0, 4.0, 5.0], 95) <= 5.0


def test_a_bench_says_figures_and_machine(capsys: pytest.CaptureFixture[str]) -> None:
    say({"p50_ms": 2.5, "threads": 1})
    found = json.loads(capsys.readouterr().out)
    assert found["p50_ms"] == 2.5 and found["threads"] == 1
    assert {"processor", "instruction_sets", "cores"} <= found.keys()


def test_the_echo_comes_back_and_the_file_is_read(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "sound.wav", np.zeros((441, 1), np.float32), 44_100)
    assert all(0 < time < 10_000 for time in times_ms([tmp_path / "sound.wav"], 3))


def test_an_echo_beside_other_work_waits_for_files(tmp_path: Path) -> None:
    with EchoBeside(tmp_path, 0.001) as beside:
        pass
    assert beside.times == []


def test_multiply_adds_of_a_product_are_counted() -> None:
    left, right = torch.rand(3, 5), torch.rand(5, 7)
    with torch.inference_mode():
        assert multiply_adds(lambda: left @ right) == 3 * 5 * 7


def test_a_matrix_product_has_a_speed() -> None:
    assert MatrixProduct().multiply_adds_per_s() > 1e6


def test_work_is_compared_with_its_arithmetic() -> None:
    """A product is about as fast as a product; waiting as well takes longer."""
    left, right = torch.rand(512, 512), torch.rand(512, 512)

    def slowly() -> None:
        left @ right
        time.sleep(0.05)

    before = torch.get_num_threads()
    alone, waiting = compare([lambda: left @ right], 5), compare([slowly], 5)
    assert alone.multiply_adds == waiting.multiply_adds == 512**3
    assert 0.1 < alone.ratio < waiting.ratio and waiting.seconds > 0.05
    assert torch.get_num_threads() == before


def test_cma_es_finds_a_narrow_valley() -> None:
    """Hansen's tutorial: an ellipsoid of condition 1e6 is learnt to the last digits."""
    scales = 10.0 ** np.linspace(0, 3, 8)

    def losses(vectors: np.ndarray) -> np.ndarray:
        return np.square((vectors - 0.3) * scales).sum(axis=1)

    best, loss = minimise(losses, np.full(8, 0.8), 0.3, 6_000, np.random.default_rng(1))
    assert loss < 1e-8 and np.allclose(best, 0.3, atol=1e-3)


def test_cma_es_keeps_its_budget() -> None:
    seen: list[int] = []

    def losses(vectors: np.ndarray) -> np.ndarray:
        seen.append(len(vectors))
        return np.square(vectors).sum(axis=1)

    minimise(losses, np.full(4, 0.5), 0.3, 50, np.random.default_rng(1))
    assert sum(seen) == 50


BENCHES = sorted(path.stem for path in Path(__file__).parents[1].rglob("bench_*.py"))


@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_can_be_imported_and_says_what_it_measures(name: str) -> None:
    bench = importlib.import_module(name)
    assert bench.main.__doc__ and bench.__doc__ and len(bench.__doc__) > 100
    source = Path(bench.__file__ or "").read_text(encoding="utf-8")
    assert "say(" in source, f"{name} does not say what machine it ran on"


def test_a_plain_script_pans_as_we_do() -> None:
    from baselines import bare_song

    assert bare_song.inserted(np.ones((2, 4), np.float32), [], 44_100).shape == (2, 4)
    centred = bare_song.inserted(np.ones((2, 4), np.float32), [("Pan", {"position": 0.0})], 44_100)
    assert np.allclose(centred, 1.0, atol=1e-6)


def test_the_plain_samplernn_has_the_published_parameters_and_generates() -> None:
    sizes = {512: 14_162_944 - 2_048, 1024: 51_848_704}
    for dim, parameters in sizes.items():
        with torch.device("meta"):
            assert sum(each.numel() for each in PlainSampleRNN(dim).parameters()) == parameters
    assert PlainSampleRNN(32).samples_per_s(0.05) > 100
