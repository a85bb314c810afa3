"""A trained one-shot model as an instrument: seed and knobs in, finished sound out.

Deterministic on one machine: noise and latents come from a counter-based generator (Philox), and
the network runs on one thread whatever the process uses elsewhere.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ModelCard
from starling.models.artifacts.controls import canonical
from starling.models.dsp import signal as audio
from starling.models.dsp.descriptors import NAMES
from starling.models.errors import InputError, ParseError
from starling.models.oneshot import latent_prior
from starling.models.oneshot.inference_decoder import InferenceDecoder
from starling.models.oneshot.latent_point import REACH, Point, point_of
from starling.models.oneshot.latent_prior import LatentPrior
from starling.models.oneshot.network import Config, OneShot
from starling.models.oneshot.resynthesis import encode
from starling.models.oneshot.spectral_head import HeadConfig, Transform

PEAK = 0.9  # leaves 0.9 dB for resampling in the host
LENGTH_MARGIN = 1.4  # over the predicted length: the end is cut where the sound is inaudible
LENGTH_EXTRA = 0.1  # seconds
TILT_DB = 2.0  # per octave at the ends of the brightness knob, on top of what the network does
BALANCE_DB = 12.0  # noise against partials at the ends of the noisiness knob, likewise
FADE_SECONDS = 0.008  # ends at -60 dB already; this removes the step that is left
MAX_SEED = 2**31 - 1
GROUP = 4  # sounds that go through the network together: more are no faster
_ONE_THREAD = threading.Lock()


@contextmanager
def one_thread() -> Iterator[int]:
    """Run torch on one thread: sums then have one order, and bytes one value.

    Gives the number of threads that are to be had otherwise. Callers take turns, unless torch is
    kept to one thread anyway, as in the engine: no note waits for an encoding there.
    """
    if torch.get_num_threads() == 1:
        yield 1
        return
    with _ONE_THREAD:
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield before
        finally:
            torch.set_num_threads(before)


def check_seed(seed: int) -> int:
    """The seed, if it is one of 0..2147483647. Raises InputError (code `bad_seed`)."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise InputError(
            f"seed must be a whole number 0..{MAX_SEED}, got {seed!r}", code="bad_seed"
        )
    return seed


def config_from(entry: dict[str, Any]) -> Config:
    """Rebuild a network's Config from its card. Raises ParseError."""
    try:
        fields = dict(entry)
        head = HeadConfig(**fields.pop("head"))
        return Config(classes=tuple(fields.pop("classes")), head=head, **fields)
    except (TypeError, KeyError) as error:
        raise ParseError("the model card's network configuration is not of this version") from error


def load_model(
    card: dict[str, Any], tensors: dict[str, torch.Tensor]
) -> tuple[OneShot, LatentPrior]:
    """Network and prior from an artifact's tensors. Raises ParseError."""
    model = OneShot(config_from(card["config"]))
    weights = {name: value.float() for name, value in tensors.items()}
    try:
        model.load_state_dict({k: v for k, v in weights.items() if not k.startswith("prior.")})
    except RuntimeError as error:
        raise ParseError(f"the weights of {card['name']} do not fit its configuration") from error
    prior, config = latent_prior.from_tensors(weights), model.config
    if tuple(prior.slope.shape) != (len(config.classes), config.descriptors, config.drawn):
        raise ParseError(f"the prior of {card['name']} does not fit its configuration")
    return model.eval(), prior


@dataclass(frozen=True, slots=True)
class _DecoderInput:
    """The decoder's conditioning (1, decoder_inputs), the most samples, the source of noise."""

    mixed: torch.Tensor
    frames: int
    random: np.random.Generator

    def white(self, frames: int) -> torch.Tensor:
        """White noise (frames,)."""
        return torch.from_numpy(self.random.standard_normal(frames, np.float32))


class Generator:
    """One loaded model. `generate` may be called from any thread."""

    def __init__(self, card: ModelCard) -> None:
        """Read the weights. Raises MissingError and ParseError as `catalogue.load_generator`."""
        content = card_file.read_card(card.path)
        if content["kind"] != "oneshot":
            raise ParseError(f"model {card.name} is of unknown kind {content['kind']!r}")
        tensors = card_file.read_weights(content, card.path.parent)
        self.card = card
        self.training: dict[str, Any] = content["training"]
        self.model, self.prior = load_model(content, tensors)
        self.inference = InferenceDecoder(self.model)
        self.generate(
            0, {}
        )  # warms the allocator and the FFT plans, so that the first note is fast

    def generate(
        self, seed: int, controls: dict[str, float], point: Point | None = None
    ) -> NDArray[np.float32]:
        """One sound (1, frames) at the card's rate: peak 0.9, no leading or trailing silence.

        The same seed (0..2147483647) and controls give the same bytes. A point takes the place of
        the class and of what the seed draws, its noise apart. Raises InputError.
        """
        check_seed(seed)
        values = canonical(self.card, controls)
        with one_thread():
            return self._made([seed], values, point)[0]

    def point(self, seed: int, controls: dict[str, float]) -> Point:
        """Where the sound of a seed lies. Raises InputError."""
        check_seed(seed)
        values = canonical(self.card, controls)
        numbers, _ = self._drawn(seed)
        kind = self.model.config.classes[int(values["kind"]) - 1]
        return point_of({kind: 1.0}, numbers.clip(-REACH, REACH))

    def encode(
        self,
        signal: NDArray[np.float32],
        sample_rate: int,
        progress: Callable[[float], None] = lambda fraction: None,
    ) -> Point:
        """Where a sound (frames,) of the user's lies; takes seconds. Raises InputError."""
        with one_thread():
            return encode(self.model, self.prior, signal, sample_rate, progress=progress)

    def generate_many(
        self, seeds: Sequence[int], controls: dict[str, float]
    ) -> list[NDArray[np.float32]]:
        """What `generate` makes of each seed, to the byte, on all of torch's threads at once.

        Sounds are made side by side, each on one thread, a few at a time. Raises InputError.
        """
        values = canonical(self.card, controls)
        checked = [check_seed(seed) for seed in seeds]
        groups = [checked[at : at + GROUP] for at in range(0, len(checked), GROUP)]
        with one_thread() as threads, ThreadPoolExecutor(threads) as pool:
            made = pool.map(lambda group: self._made(group, values), groups)
            return list(itertools.chain.from_iterable(made))

    @torch.inference_mode()
    def _made(
        self, seeds: Sequence[int], values: dict[str, float], point: Point | None = None
    ) -> list[NDArray[np.float32]]:
        """Finished sounds (1, frames)."""
        starts = [self._start(seed, values, point) for seed in seeds]
        head_outputs = self.inference.head_outputs(
            [each.mixed for each in starts], [each.frames for each in starts]
        )
        made = []
        for start, raw in zip(starts, head_outputs, strict=True):
            sound = self.inference.sound(
                start.mixed, raw, start.frames, start.white, _transform(values)
            )
            made.append(self._finish(sound.nan_to_num_().numpy())[None])
        return made

    def _start(self, seed: int, values: dict[str, float], point: Point | None) -> _DecoderInput:
        """Latent, conditioning and length of a sound, before the network makes it."""
        config = self.model.config
        numbers, random = self._drawn(seed)
        shares = torch.zeros(len(config.classes))
        if point is None:
            shares[int(values["kind"]) - 1] = 1.0
        else:
            numbers = self._placed(point, shares)
        knobs = torch.tensor([values[name] for name in NAMES], dtype=torch.float32)
        latent, ranks = self.prior.from_noise(shares, knobs, torch.from_numpy(numbers))
        mixed = self.model.mixed_between(latent[None], shares[None], ranks[None])
        seconds = math.exp(float(self.model.decoder.length(mixed))) * LENGTH_MARGIN + LENGTH_EXTRA
        least = 4 * config.head.n_fft
        frames = min(max(int(seconds * config.head.sample_rate), least), config.frames)
        return _DecoderInput(mixed, frames, random)

    def _drawn(self, seed: int) -> tuple[NDArray[np.float32], np.random.Generator]:
        """What a seed draws, the prior's noise, and the source of what is left."""
        random = np.random.Generator(np.random.Philox(key=[seed, 0]))
        return random.standard_normal(self.model.config.drawn + len(NAMES), np.float32), random

    def _placed(self, point: Point, shares: torch.Tensor) -> NDArray[np.float32]:
        """The prior's noise at a point; its classes go into `shares`. Raises InputError."""
        config = self.model.config
        unknown = [name for name, _ in point.kinds if name not in config.classes]
        if unknown or len(point.latent) != config.drawn + len(NAMES):
            raise InputError(
                f"the point is of another model than {self.card.name}", code="bad_point"
            )
        for name, share in point.kinds:
            shares[config.classes.index(name)] = share
        return np.array(point.latent, np.float32)

    def _finish(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        """Remove DC, cut the silent end, fade it out, set the level."""
        rate = self.card.sample_rate
        trimmed = audio.trim_tail(audio.block_dc(raw, rate))
        faded = audio.fade_out(trimmed, int(FADE_SECONDS * rate))
        return audio.normalise_peak(faded, PEAK)


def _transform(values: dict[str, float]) -> Transform:
    """Applied by formula, not learned: transposition, and part of two knobs, 0 at their centres."""
    return Transform(
        semitones=values.get("pitch", 0.0),
        tilt_db=TILT_DB * (2 * values["brightness"] - 1),
        balance_db=BALANCE_DB * (2 * values["noisiness"] - 1),
    )
