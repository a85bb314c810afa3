"""A network's weights in the compiled kernel, and voices that play them.

>>> network = KernelNetwork(config, arrays)                    # doctest: +SKIP
>>> voices = network.voices(4)                                 # doctest: +SKIP
>>> voices.start(0, seed=7, state=learned)                     # doctest: +SKIP
>>> levels = voices.generate([0], 16_000)                      # doctest: +SKIP
"""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.models.kernels.library import FLOATS, LEVELS, SHORTS, SLOTS, library
from starling.models.samplernn import prediction, quantiser
from starling.models.samplernn.sampling import Draw

if TYPE_CHECKING:
    from starling.models.samplernn.network import Config

Kind = Literal["int8", "float32"]
Floats = NDArray[np.float32]
Tensors = Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Part:
    """One tensor as the kernel numbers it: interface.h has the list."""

    name: str  # of the network's weights
    number: int
    tier: int = 0
    layer: int = 0
    rounded: bool = False  # to int8: a matrix


def parts(config: Config) -> Iterator[Part]:
    """Every tensor that the kernel takes as it is; the table of the first layer is made apart."""
    for tier in range(len(config.frame_sizes)):
        at = f"tiers.{tier}"
        yield Part(f"{at}.expand.weight", 0, tier)
        for layer in range(config.layers):
            for number, name in enumerate(("weight_ih", "bias_ih", "weight_hh", "bias_hh"), 1):
                rounded = name.startswith("weight")
                yield Part(f"{at}.rnn.{name}_l{layer}", number, tier, layer, rounded)
        yield Part(f"{at}.upsample.weight", 5, tier, rounded=True)
        yield Part(f"{at}.position", 6, tier)
    yield Part("mlp.hidden.weight", 8, rounded=True)
    yield Part("mlp.hidden.bias", 9)
    yield Part("mlp.output.weight", 10, rounded=True)
    yield Part("mlp.output.bias", 11)
    if config.prediction:
        yield Part("mlp.expected.excess", 12)
        yield Part("mlp.expected.rates", 13)
        yield Part("mlp.expected.biases", 14)


def scaled_levels() -> Floats:
    """What a tier takes for each level (256,): -2 to 2."""
    steps = np.arange(quantiser.LEVELS, dtype=np.float32)
    return steps * np.float32(2 / quantiser.SILENCE) - np.float32(2)


def first_layer(config: Config, tensors: Tensors) -> Floats:
    """The embedding times the input convolution: (frame, 256, mlp).

    With prediction two more rows (256, mlp): of the predicted level, and of the spread.
    """
    embedding, convolution = tensors["mlp.embedding.weight"], tensors["mlp.input.weight"]
    rows = [embedding @ each.T for each in np.moveaxis(convolution, 2, 0)]
    if config.prediction:
        spread = tensor(tensors, "mlp.expected.spread.weight")
        unused = quantiser.LEVELS - prediction.SPREADS
        rows += [
            tensor(tensors, "mlp.expected.level.weight"),
            np.pad(spread, ((0, unused), (0, 0))),
        ]
    return np.stack(rows).astype(np.float32)


def predictor(kind: quantiser.Quantiser, order: int) -> tuple[object, ...]:
    """The order and the tables of a prediction, as the kernel takes them."""
    numbers = prediction.tables(kind)
    return (
        order,
        numbers.samples.ctypes.data_as(SLOTS),
        numbers.window.ctypes.data_as(SHORTS),
        numbers.nearest.ctypes.data_as(LEVELS),
        numbers.edges.ctypes.data_as(SLOTS),
    )


def expected(levels: NDArray[np.uint8], kind: quantiser.Quantiser, order: int) -> NDArray[np.uint8]:
    """As `prediction.expected`, and the same bytes. Raises MissingError."""
    given = np.ascontiguousarray(levels, np.uint8)
    found = np.empty((len(given), 3), np.uint8)
    library().call(
        "expected",
        *predictor(kind, order),
        given.ctypes.data_as(LEVELS),
        len(given),
        found.ctypes.data_as(LEVELS),
    )
    return found


class KernelNetwork:
    """Packed weights. Only read once it is made: voices of it may run on several threads."""

    def __init__(
        self,
        config: Config,
        tensors: Tensors,
        kind: Kind = "int8",
        scales: Tensors | None = None,
        instruction_set: str = "",
    ) -> None:
        """Pack folded weights. `scales` are those of `calibration.scales`, by name of the matrix.

        An empty instruction set is the fastest that there is. Raises InputError: a tensor is
        missing or has another shape; MissingError: the kernel has not been compiled.
        """
        self.config, self.kind = config, kind
        self._library = library()
        self._handle = self._new(instruction_set)
        weakref.finalize(self, self._library.free, "network_free", self._handle)
        for part in parts(config):
            self._pack(part, tensor(tensors, part.name), (scales or {}).get(part.name))
        self._pack(Part("the first layer", 7), first_layer(config, tensors), None)
        self._library.call("complete", self._handle)
        tiers = range(len(config.frame_sizes))
        self._biases = np.stack([tensor(tensors, f"tiers.{at}.expand.bias") for at in tiers])
        self._conditions = [tensors.get(f"tiers.{at}.condition") for at in tiers]

    def _new(self, instruction_set: str) -> ctypes.c_void_p:
        config, handle = self.config, ctypes.c_void_p()
        if self.kind not in ("int8", "float32"):
            raise InputError(f"kind must be int8 or float32, got {self.kind!r}")
        sizes = np.array(config.frame_sizes, np.int32)
        self._library.call(
            "network_new",
            sizes.ctypes.data_as(SLOTS),
            len(sizes),
            config.dim,
            config.layers,
            config.cell == "lstm",
            config.mlp,
            config.shared_upsampling,
            self.kind == "int8",
            scaled_levels().ctypes.data_as(FLOATS),
            instruction_set.encode(),
            ctypes.byref(handle),
        )
        if config.prediction:
            tables = predictor(config.quantiser, config.prediction)
            self._library.call("prediction", handle, *tables)
        return handle

    def _pack(self, part: Part, data: Floats, scales: Floats | None) -> None:
        numbers = np.ascontiguousarray(data, np.float32)
        factors = None if scales is None else np.ascontiguousarray(scales, np.float32)
        if factors is not None and factors.shape != numbers.shape[1:]:
            raise InputError(
                f"the scales of {part.name} must have shape {numbers.shape[1:]}, "
                f"got {factors.shape}"
            )
        self._library.call(
            "tensor",
            self._handle,
            part.number,
            part.tier,
            part.layer,
            numbers.ctypes.data_as(FLOATS),
            numbers.size,
            None if factors is None else factors.ctypes.data_as(FLOATS),
        )

    @property
    def size(self) -> int:
        """Bytes of packed weights."""
        return int(self._library.number("bytes", self._handle))

    def voices(self, count: int) -> KernelVoices:
        """Slots 0..count-1 that play side by side. Raises InputError."""
        handle = ctypes.c_void_p()
        self._library.call("batch_new", self._handle, count, ctypes.byref(handle))
        return KernelVoices(self, handle)

    def inputs(self, mix: Sequence[float]) -> Floats:
        """What the tiers add to their input (tiers, dim), with a weight for each label."""
        found = self._biases.astype(np.float32)
        for at, condition in enumerate(self._conditions):
            if condition is not None and len(mix):
                found[at] += np.asarray(mix, np.float32) @ condition.astype(np.float32)
        return np.ascontiguousarray(found)


class KernelVoices:
    """Slots of one network, each its own sequence of levels. Not thread-safe.

    A slot's levels depend on its own seed, state and settings alone: not on how many samples a
    call takes, nor on the other slots.
    """

    def __init__(self, network: KernelNetwork, handle: ctypes.c_void_p) -> None:
        self._network, self._handle = network, handle  # the network outlives its voices
        self._library = library()
        weakref.finalize(self, self._library.free, "batch_free", handle)

    def start(
        self, slot: int, seed: int, state: Sequence[Floats], mix: Sequence[float] = ()
    ) -> None:
        """Begin a sequence in a slot, from states (S, L, D) of each tier, lowest first."""
        config = self._network.config
        shape = (len(config.frame_sizes), config.states, config.layers, config.dim)
        whole = np.ascontiguousarray(state, np.float32)
        if whole.shape != shape:
            raise InputError(f"the states must have shape {shape}, got {whole.shape}")
        self._library.call(
            "start",
            self._handle,
            slot,
            seed,
            whole.ctypes.data_as(FLOATS),
            self._network.inputs(mix).ctypes.data_as(FLOATS),
            quantiser.SILENCE,
        )

    def set(self, slot: int, draw: Draw, mix: Sequence[float] = ()) -> None:
        """How the next samples of a slot are drawn, and the weights of the labels."""
        inputs = self._network.inputs(mix)
        self._library.call("inputs", self._handle, slot, inputs.ctypes.data_as(FLOATS))
        self._library.call("draw", self._handle, slot, draw.temperature, draw.top_p, draw.min_p)

    def stop(self, slot: int) -> None:
        """End the sequence of a slot; it costs nothing until the next one begins."""

    def prime(self, slot: int, levels: NDArray[np.uint8]) -> None:
        """Run levels (n,) through all tiers, as if they had been drawn."""
        self._force([slot], levels[None], None)

    def bits(self, slots: Sequence[int], levels: NDArray[np.uint8]) -> Floats:
        """As `prime` of levels (slots, n); what each costs: -log2 of its probability (slots, n)."""
        found = np.empty(levels.shape, np.float32)
        self._force(slots, levels, found)
        return found

    def generate(self, slots: Sequence[int], count: int) -> NDArray[np.uint8]:
        """The next levels (slots, count)."""
        made = np.empty((len(slots), max(0, count)), np.uint8)
        chosen = np.array(slots, np.int32)
        self._library.call(
            "generate",
            self._handle,
            chosen.ctypes.data_as(SLOTS),
            len(chosen),
            count,
            made.ctypes.data_as(LEVELS),
        )
        return made

    def _force(self, slots: Sequence[int], levels: NDArray[np.uint8], bits: Floats | None) -> None:
        given = np.ascontiguousarray(levels, np.uint8)
        if given.ndim != 2 or len(given) != len(slots):
            raise InputError(f"levels must have a row for each slot, got shape {levels.shape}")
        chosen = np.array(slots, np.int32)
        self._library.call(
            "force",
            self._handle,
            chosen.ctypes.data_as(SLOTS),
            len(chosen),
            given.ctypes.data_as(LEVELS),
            given.shape[1],
            None if bits is None else bits.ctypes.data_as(FLOATS),
        )

    def state(self, slot: int) -> Floats:
        """The recurrent state (tiers, S, L, D) of a slot."""
        config = self._network.config
        shape = (len(config.frame_sizes), config.states, config.layers, config.dim)
        found = np.empty(shape, np.float32)
        self._library.call("state", self._handle, slot, found.ctypes.data_as(FLOATS))
        return found

    def watch(self) -> None:
        """From now on note the largest magnitude of each column that a matrix is given."""
        self._library.call("watch", self._handle)

    def watched(self, part: Part, columns: int) -> Floats:
        """What was noted for a matrix (columns,). Raises InputError."""
        found = np.empty(columns, np.float32)
        self._library.call(
            "watched",
            self._handle,
            part.number,
            part.tier,
            part.layer,
            found.ctypes.data_as(FLOATS),
            columns,
        )
        return found


def tensor(tensors: Tensors, name: str) -> Floats:
    """A tensor by name. Raises InputError."""
    if name not in tensors:
        raise InputError(f"the weights lack {name}")
    return np.asarray(tensors[name])
