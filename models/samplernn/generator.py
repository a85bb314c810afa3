"""A trained SampleRNN as an instrument: takes in, textures out, for as long as they are held."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ModelCard
from starling.models.artifacts.controls import canonical
from starling.models.errors import ParseError
from starling.models.kernels import library as kernels
from starling.models.samplernn import torch_voices
from starling.models.samplernn.kernel import KernelNetwork, tensor
from starling.models.samplernn.network import Config, LevelNetwork, folded
from starling.models.samplernn.quantiser import SILENCE, emphasised, encode
from starling.models.samplernn.sampling import Draw, start_of
from starling.models.samplernn.take import KIND, MIX, SCALES, START_LABELS, STARTS, Take, substitute
from starling.models.samplernn.texture import BLOCK, Texture

FADE_SECONDS = 0.01  # at both ends of a sound of fixed length

Arrays = Mapping[str, NDArray[np.float32]]


class Backend(Protocol):
    """What generates levels: the compiled kernel or PyTorch. Slots are independent."""

    def start(
        self, slot: int, seed: int, state: torch_voices.State, mix: Sequence[float] = ()
    ) -> None:
        """Begin a sequence in a slot."""
        ...

    def set(self, slot: int, draw: Draw, mix: Sequence[float] = ()) -> None:
        """How the next samples of a slot are drawn."""
        ...

    def prime(self, slot: int, levels: NDArray[np.uint8]) -> None:
        """Run levels (n,) through all tiers."""
        ...

    def generate(self, slots: Sequence[int], count: int) -> NDArray[np.uint8]:
        """The next levels (slots, count)."""
        ...

    def stop(self, slot: int) -> None:
        """End the sequence of a slot."""
        ...


class Voices:
    """A batch of slots of one model, each playing a take. Not thread-safe.

    What a slot plays depends on its take alone: not on how frames are divided into calls, nor on
    what the others play.
    """

    def __init__(
        self,
        backend: Backend,
        config: Config,
        learned: list[NDArray[np.float32]],
        starts: Sequence[Sequence[NDArray[np.uint8]]] = (),
    ) -> None:
        """`learned` are the tiers' initial states, `starts` each label's moments to begin after."""
        self._backend, self._config, self._learned, self._starts = backend, config, learned, starts
        self._textures: dict[int, Texture] = {}
        self._takes: dict[int, Take] = {}
        self._primes: dict[int, NDArray[np.uint8]] = {}  # what is left of them

    def start(self, slot: int, take: Take) -> None:
        """Begin a take in a slot, after its prime has run through all tiers."""
        self.begin(slot, take)
        self.prime(slot, len(self._primes[slot]))

    def begin(self, slot: int, take: Take) -> None:
        """As `start`, but the prime is left to calls of `prime`: it may take seconds."""
        self._takes[slot] = replace(take, prime=None)
        self._textures[slot] = Texture(
            self._config.sample_rate, self._config.quantiser, self._config.emphasis
        )
        start = self._begin(slot, 0)
        levels = start if take.prime is None else self._encoded(take.prime)
        self._primes[slot] = in_step(levels, self._config.lookback)

    def _encoded(self, prime: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The levels (n,) of a prime (n,)."""
        return encode(emphasised(prime, self._config.emphasis), self._config.quantiser)

    def prime(self, slot: int, frames: int) -> bool:
        """Run so many frames more of the prime through all tiers; whether that was all of it."""
        levels, self._primes[slot] = np.split(self._primes[slot], [frames])
        if len(levels):
            self._backend.prime(slot, levels)
        return not len(self._primes[slot])

    def _begin(self, slot: int, restarts: int) -> NDArray[np.uint8]:
        """A fresh sequence; the levels it goes on from, of another moment after each restart."""
        take = self._takes[slot]
        seed = take.seed_of(restarts)
        variety = 1.0 if restarts else take.controls.get("variety", 0.0)
        mix = self._mix(take.controls)
        self._backend.start(slot, seed, self._learned, mix)
        self._backend.set(slot, draw_of(take.controls), mix)
        from_silence = not self._config.prediction
        start = start_of(self._moments(mix), seed, variety, from_silence)
        return np.empty(0, np.uint8) if start is None else start

    def _moments(self, mix: Sequence[float]) -> Sequence[NDArray[np.uint8]]:
        """The moments to begin after: where labels are mixed, of the one that weighs most."""
        if not self._starts:
            return ()
        return self._starts[int(np.argmax(mix)) if mix else 0]

    def set(self, slot: int, controls: Mapping[str, float]) -> None:
        """Play on with other controls, from the next block of samples on."""
        self._takes[slot] = take = self._takes[slot].with_controls(controls)
        self._backend.set(slot, draw_of(take.controls), self._mix(take.controls))

    def stop(self, slot: int) -> None:
        """End the take of a slot."""
        self._backend.stop(slot)
        del self._takes[slot], self._textures[slot], self._primes[slot]

    def restarts(self, slot: int) -> int:
        """How often a stuck or silent state was detected and left."""
        return self._textures[slot].restarts

    def render(self, slots: Sequence[int], frames: int) -> NDArray[np.float32]:
        """The next samples (slots, frames) in [-1, 1], free of DC."""
        while short := [slot for slot in slots if self._textures[slot].ready < frames]:
            levels = self._backend.generate(short, BLOCK)
            for slot, row in zip(short, levels, strict=True):
                if self._textures[slot].add(row):
                    self._primes[slot] = self._begin(slot, self._textures[slot].restarts)
                    self.prime(slot, len(self._primes[slot]))
        return np.stack([self._textures[slot].take(frames) for slot in slots])

    def _mix(self, controls: Mapping[str, float]) -> list[float]:
        """The weights of the labels, together 1; the first label's where all are 0."""
        weights = [controls.get(f"{MIX}{label}", 0.0) for label in self._config.labels]
        total = sum(weights)
        if weights and not total:
            return [1.0, *[0.0] * (len(weights) - 1)]
        return [each / total for each in weights]


def in_step(levels: NDArray[np.uint8], frame: int) -> NDArray[np.uint8]:
    """Levels (n,) after as much silence as makes them whole frames of the highest tier.

    So the frames of all voices begin together: what a batch reads of the weights, it reads once.
    """
    return np.pad(levels, (-len(levels) % frame, 0), constant_values=SILENCE)


def draw_of(controls: Mapping[str, float]) -> Draw:
    """How samples are drawn, from a model's controls."""
    usual = Draw()
    return Draw(
        controls.get("temperature", usual.temperature),
        controls.get("top_p", usual.top_p),
        controls.get("min_p", usual.min_p),
    )


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A network ready to play."""

    config: Config
    learned: list[NDArray[np.float32]]  # initial states (S, L, D)
    starts: list[list[NDArray[np.uint8]]]  # of each label, or of all
    open: Callable[[int], Backend]  # slots of it


class Generator:
    """One loaded model. `generate` and `voices` may be called from any thread."""

    def __init__(self, card: ModelCard) -> None:
        """Read the weights. Raises MissingError and ParseError as `catalogue.load_generator`."""
        content = card_file.read_card(card.path)
        if content["kind"] != KIND:
            raise ParseError(f"model {card.name} is of unknown kind {content['kind']!r}")
        self.card = card
        self.training: dict[str, Any] = content["training"]
        arrays = card_file.read_arrays(content, card.path.parent)
        self._loaded = loaded(config_of(content), arrays, card.name)

    def voices(self, count: int) -> Voices:
        """Slots 0..count-1 that play side by side."""
        one = self._loaded
        return Voices(one.open(count), one.config, one.learned, one.starts)

    def generate(self, seed: int, controls: dict[str, float]) -> NDArray[np.float32]:
        """A sound (1, frames) at the card's rate as long as the control `seconds` says.

        The same seed (0..2147483647) and controls give the same bytes. Raises InputError.
        """
        full = canonical(self.card, controls)
        voices = self.voices(1)
        voices.start(0, Take(seed, full))
        sound = voices.render([0], int(full["seconds"] * self.card.sample_rate))
        return faded(sound, self.card.sample_rate)


def preview(network: LevelNetwork, seconds: float, seed: int = 0) -> NDArray[np.float32]:
    """Some seconds (frames,) of a network in training, however it is played best here."""
    config = replace(network.config, weight_norm=False)
    arrays = {name: value.float().cpu().numpy() for name, value in folded(network).items()}
    one = loaded(config, arrays, "in training")
    voices = Voices(one.open(1), one.config, one.learned)
    voices.start(0, Take(seed, {}))
    return np.asarray(voices.render([0], int(seconds * config.sample_rate))[0])


def faded(sound: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Sounds (n, frames) with short fades at both ends."""
    count = min(int(FADE_SECONDS * sample_rate), sound.shape[1] // 2)
    ramp = np.linspace(0, 1, count, endpoint=False, dtype=np.float32)
    sound[:, :count] *= ramp
    sound[:, sound.shape[1] - count :] *= ramp[::-1]
    return sound


def config_of(content: dict[str, Any]) -> Config:
    """The configuration of a card. Raises ParseError."""
    try:
        fields = dict(content["config"])
        sizes, labels = tuple(fields.pop("frame_sizes")), tuple(fields.pop("labels"))
        return Config(frame_sizes=sizes, labels=labels, **fields)
    except (TypeError, KeyError) as error:
        raise ParseError(
            f"model {content['name']} has a configuration of another version"
        ) from error


def loaded(config: Config, arrays: Arrays, name: str) -> _Loaded:
    """The network, in int8 on the compiled kernel, or where there is none on PyTorch."""
    learned = [tensor(arrays, f"tiers.{at}.initial") for at in range(len(config.frames))]
    if not substitute():
        scales = {key.removeprefix(SCALES): arrays[key] for key in arrays if key.startswith(SCALES)}
        network = KernelNetwork(config, arrays, "int8", scales)
        return _Loaded(config, learned, starts_of(config, arrays), network.voices)
    logging.getLogger(__name__).warning(
        "model %s plays a hundred times slower: the compiled generator is missing; %s",
        name,
        kernels.HOW,
    )
    plain = torch_voices.load(config, arrays)
    return _Loaded(
        config,
        learned,
        starts_of(config, arrays),
        lambda count: torch_voices.TorchVoices(plain, count),
    )


def starts_of(config: Config, arrays: Arrays) -> list[list[NDArray[np.uint8]]]:
    """The moments that takes may begin after, of each label (one list where there are none)."""
    levels = np.asarray(arrays.get(STARTS, np.empty((0, 0))), np.uint8)
    labels = np.asarray(arrays.get(START_LABELS, np.zeros(len(levels))), np.int64)
    return [list(levels[labels == each]) for each in range(max(1, len(config.labels)))]
