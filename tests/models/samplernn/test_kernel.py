"""The compiled kernel makes what PyTorch makes, whatever the batch, the call, the processor."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from random_network import Arrays, learned, reference, weights

from starling.models.errors import InputError
from starling.models.kernels.library import available, instruction_sets
from starling.models.samplernn import calibration
from starling.models.samplernn.kernel import KernelNetwork, KernelVoices, Kind, parts
from starling.models.samplernn.network import Config
from starling.models.samplernn.sampling import Draw

pytestmark = pytest.mark.skipif(not available(), reason="the kernel has not been compiled")

SMALL = Config(dim=64, mlp=64, embedding=16)
CONFIGS = {
    "published": SMALL,
    "compact": replace(SMALL, layers=1, mlp=32, shared_upsampling=True, weight_norm=False),
    "lstm": replace(SMALL, cell="lstm", layers=2),
    "three tiers": replace(SMALL, frame_sizes=(8, 2, 4), layers=1),
    "three tiers, shared": replace(SMALL, frame_sizes=(4, 4, 2), layers=1, shared_upsampling=True),
    "one tier": replace(SMALL, frame_sizes=(16,)),
    "odd widths": replace(SMALL, dim=50, mlp=37, cell="lstm", layers=1),
    "prediction": replace(SMALL, layers=1, quantiser="mu-law", prediction=20),
    "prediction, shared": replace(
        SMALL, layers=1, quantiser="mu-law", prediction=128, mlp=32, shared_upsampling=True
    ),
    "labels": replace(SMALL, labels=("rain", "bells"), layers=1),
}
SAMPLES = {"published": 2048, "compact": 2048, "prediction, shared": 500}  # others are compared for
FEWER = 700
MIX = (0.25, 0.75)


def mix_of(config: Config) -> tuple[float, ...]:
    return MIX[: len(config.labels)]


def started(network: KernelNetwork, arrays: Arrays, seeds: list[int]) -> KernelVoices:
    voices = network.voices(len(seeds))
    for slot, seed in enumerate(seeds):
        voices.start(slot, seed, learned(network.config, arrays), mix_of(network.config))
    return voices


@pytest.mark.parametrize("name", CONFIGS)
def test_float32_equals_the_reference_sample_for_sample(name: str) -> None:
    config = CONFIGS[name]
    arrays = weights(config)
    expected = reference(config, arrays)
    expected.start(0, 11, learned(config, arrays), mix_of(config))
    voices = started(KernelNetwork(config, arrays, "float32"), arrays, [11])
    made = voices.generate([0], SAMPLES.get(name, FEWER))
    assert len(np.unique(made)) > 30
    np.testing.assert_array_equal(made, expected.generate([0], made.shape[1]))


@pytest.mark.parametrize("kind", ["float32", "int8"])
@pytest.mark.parametrize("name", ["published", "compact", "lstm", "prediction"])
def test_a_voice_depends_neither_on_the_batch_nor_on_the_calls(name: str, kind: Kind) -> None:
    arrays = weights(CONFIGS[name])
    network = KernelNetwork(CONFIGS[name], arrays, kind)
    seeds = list(range(7))
    alone = [started(network, arrays, [seed]).generate([0], 500)[0] for seed in seeds]
    together = started(network, arrays, seeds).generate(seeds, 500)
    np.testing.assert_array_equal(together, alone)
    voices = started(network, arrays, seeds)
    late, parted = [6, 0, 3], [voices.generate([6, 0, 3], 37)]
    voices.generate([1, 2], 90)  # from here on they stand at different places of a frame
    parted += [voices.generate(seeds, 1)[late], voices.generate(late, 462)]
    np.testing.assert_array_equal(np.concatenate(parted, 1), [alone[slot] for slot in late])


@pytest.mark.parametrize("kind", ["float32", "int8"])
@pytest.mark.parametrize("name", CONFIGS)
def test_all_instruction_sets_make_the_same_bytes(name: str, kind: Kind) -> None:
    arrays = weights(CONFIGS[name])
    slots = [0, 1, 2]
    made, costs = [], []
    for chosen in instruction_sets():
        network = KernelNetwork(CONFIGS[name], arrays, kind, instruction_set=chosen)
        voices = started(network, arrays, slots)
        made.append(voices.generate(slots, 300))
        costs.append(voices.bits(slots, made[0]))
    for levels, bits in zip(made[1:], costs[1:], strict=True):
        np.testing.assert_array_equal(levels, made[0])
        np.testing.assert_array_equal(bits, costs[0])


def test_draws_follow_temperature_top_p_and_min_p_as_the_reference() -> None:
    arrays = weights(SMALL)
    expected = reference(SMALL, arrays)
    voices = started(KernelNetwork(SMALL, arrays, "float32"), arrays, [5])
    expected.start(0, 5, learned(SMALL, arrays))
    for draw in (Draw(0.5), Draw(1.3, top_p=0.7), Draw(1.0, min_p=0.1), Draw(0.9, 0.8, 0.05)):
        voices.set(0, draw)
        expected.set(0, draw)
        made = voices.generate([0], 200)
        np.testing.assert_array_equal(made, expected.generate([0], 200))


@pytest.mark.parametrize(
    ("name", "count"),  # no whole frames; of one with prediction so many that they weigh more
    [("published", 333), ("three tiers, shared", 333), ("lstm", 333), ("prediction", 2_333)],
)
def test_a_prime_runs_through_all_tiers_as_in_the_reference(name: str, count: int) -> None:
    config = CONFIGS[name]
    arrays = weights(config)
    prime = np.random.default_rng(0).integers(90, 160, count).astype(np.uint8)
    expected = reference(config, arrays)
    expected.start(0, 3, learned(config, arrays))
    expected.prime(0, prime)
    voices = started(KernelNetwork(config, arrays, "float32"), arrays, [3])
    voices.prime(0, prime[:100])
    voices.prime(0, prime[100:])
    np.testing.assert_array_equal(voices.generate([0], 300), expected.generate([0], 300))


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_priming_scoring_and_generating_leave_the_same_state(kind: Kind) -> None:
    arrays = weights(SMALL)
    network = KernelNetwork(SMALL, arrays, kind)
    voices = started(network, arrays, [4, 4, 4])
    made = voices.generate([0], 200)
    voices.prime(1, made[0])
    voices.bits([2], made)
    np.testing.assert_array_equal(voices.state(1), voices.state(0))
    np.testing.assert_array_equal(voices.state(2), voices.state(0))
    np.testing.assert_array_equal(voices.generate([1], 99), voices.generate([2], 99))


def test_the_cost_of_a_level_is_minus_log2_of_its_probability() -> None:
    arrays = weights(SMALL)
    expected = reference(SMALL, arrays)
    expected.start(0, 1, learned(SMALL, arrays))
    levels = np.random.default_rng(1).integers(0, 256, (1, 100)).astype(np.uint8)
    voices = started(KernelNetwork(SMALL, arrays, "float32"), arrays, [1])
    costs = []
    for level in levels[0]:
        logits = expected.logits(0).astype(np.float64)
        costs.append(np.log2(np.exp(logits - logits[level]).sum()))
        expected.prime(0, np.array([level], np.uint8))
    np.testing.assert_allclose(voices.bits([0], levels)[0], costs, atol=1e-4)


def sound_of(config: Config, arrays: Arrays) -> NDArray[np.uint8]:
    """What the network itself makes: it costs as little as any sound can."""
    voices = started(KernelNetwork(config, arrays, "float32"), arrays, [0, 1, 2, 3])
    return voices.generate(range(4), 1500)


@pytest.mark.parametrize("name", ["published", "compact", "lstm"])
def test_int8_costs_little_in_bits(name: str) -> None:
    config, arrays = CONFIGS[name], weights(CONFIGS[name])
    sound = sound_of(config, arrays)
    found = {
        kind: calibration.bits_per_sample(KernelNetwork(config, arrays, kind), arrays, sound)
        for kind in ("float32", "int8")
    }
    assert found["float32"] < 6
    assert abs(found["int8"] - found["float32"]) < 0.01, found


def with_large_columns(config: Config, seed: int = 0) -> Arrays:
    """Weights that make some units of the perceptron fifty times as large as the others."""
    arrays = weights(config, seed)
    for at in (3, 17, 40):
        arrays["mlp.input.weight"][at] *= 50
        arrays["mlp.hidden.weight"][:, at] /= 50
        for name in ("upsample.weight", "position"):
            down = arrays[f"tiers.0.{name}"]
            rows = down.reshape(config.frame_sizes[0], config.mlp, -1)
            rows[:, at] *= 50
    return arrays


def test_scales_from_real_sound_make_int8_cheaper() -> None:
    arrays = with_large_columns(SMALL)
    sound = sound_of(SMALL, arrays)
    scales = calibration.scales(SMALL, arrays, sound[:, :1000])
    exact = KernelNetwork(SMALL, arrays, "float32")
    best = calibration.bits_per_sample(exact, arrays, sound)
    plain = calibration.bits_per_sample(KernelNetwork(SMALL, arrays), arrays, sound) - best
    scaled = (
        calibration.bits_per_sample(KernelNetwork(SMALL, arrays, scales=scales), arrays, sound)
        - best
    )
    assert abs(scaled) < 0.01
    assert abs(scaled) < 0.5 * abs(plain), (scaled, plain)
    assert set(scales) == {part.name for part in parts(SMALL) if part.rounded}


def test_int8_takes_a_quarter_of_the_memory() -> None:
    config = replace(SMALL, dim=256, mlp=256)
    arrays = weights(config)
    sizes = [KernelNetwork(config, arrays, kind).size for kind in ("float32", "int8")]
    assert 2 < sizes[0] / sizes[1] < 4


def without(arrays: Arrays, name: str) -> Arrays:
    return {key: value for key, value in arrays.items() if key != name}


def test_weights_that_do_not_fit_are_refused_with_a_sentence() -> None:
    arrays = weights(SMALL)
    with pytest.raises(InputError, match=r"the weights lack mlp\.output\.bias"):
        KernelNetwork(SMALL, without(arrays, "mlp.output.bias"))
    with pytest.raises(InputError, match=r"mlp output must have 16384 numbers, got 4096"):
        KernelNetwork(SMALL, {**arrays, "mlp.output.weight": arrays["mlp.hidden.weight"]})
    broken = {**arrays, "mlp.hidden.weight": arrays["mlp.hidden.weight"] * np.float32(np.nan)}
    with pytest.raises(InputError, match="mlp hidden holds numbers that are not finite"):
        KernelNetwork(SMALL, broken)
    with pytest.raises(InputError, match=r"scales of mlp\.hidden\.weight must have shape \(64,\)"):
        KernelNetwork(SMALL, arrays, scales={"mlp.hidden.weight": np.ones(3, np.float32)})
    with pytest.raises(InputError, match="factors of mlp hidden must be above zero, got 0"):
        KernelNetwork(SMALL, arrays, scales={"mlp.hidden.weight": np.zeros(64, np.float32)})


def test_arguments_out_of_range_are_refused_with_a_sentence() -> None:
    arrays = weights(SMALL)
    with pytest.raises(InputError, match=r"instruction set must be one of .*portable, got mmx"):
        KernelNetwork(SMALL, arrays, instruction_set="mmx")
    with pytest.raises(InputError, match="tiers must be 1 to 8, got 0"):
        KernelNetwork(replace(SMALL, frame_sizes=()), arrays)
    with pytest.raises(InputError, match="layers must be 1 to 16, got 99"):
        KernelNetwork(replace(SMALL, layers=99), arrays)
    network = KernelNetwork(SMALL, arrays)
    with pytest.raises(InputError, match="voices must be 1 to 1024, got 0"):
        network.voices(0)
    voices = network.voices(2)
    with pytest.raises(InputError, match="voice 0 has not been started"):
        voices.generate([0], 1)
    voices.start(0, 1, learned(SMALL, arrays))
    with pytest.raises(InputError, match="voice must be 0 to 1, got 2"):
        voices.start(2, 1, learned(SMALL, arrays))
    with pytest.raises(InputError, match="voice 0 is named twice"):
        voices.generate([0, 0], 1)
    with pytest.raises(InputError, match=r"samples must be 0 to \d+, got -1"):
        voices.generate([0], -1)
    with pytest.raises(InputError, match="temperature must be above 0"):
        voices.set(0, Draw(temperature=-1.0))
    with pytest.raises(InputError, match="top_p must be above 0"):
        voices.set(0, Draw(top_p=0.0))
    with pytest.raises(InputError, match=r"states must have shape \(2, 1, 2, 64\)"):
        voices.start(0, 1, [np.zeros((1, 1, 64), np.float32)] * 2)
    with pytest.raises(InputError, match="a row for each slot"):
        voices.bits([0], np.zeros((2, 8), np.uint8))


def test_sound_is_judged_by_its_own_label() -> None:
    config = replace(SMALL, labels=("one", "two"))
    arrays = weights(config)
    sound = np.random.default_rng(0).integers(100, 150, (2, 640)).astype(np.uint8)
    network = KernelNetwork(config, arrays, "float32")

    def cost(rows: list[int], labels: list[int]) -> float:
        return calibration.bits_per_sample(network, arrays, sound[rows], labels)

    apart = (cost([0], [1]) + cost([1], [0])) / 2
    assert cost([0, 1], [1, 0]) == pytest.approx(apart, abs=1e-6)
    assert abs(cost([0, 1], [0, 1]) - apart) > 1e-4
