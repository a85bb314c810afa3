"""A texture without a network: each sample follows from seed, place and temperature alone."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.artifacts.catalogue import Control, ModelCard
from starling.models.samplernn.take import Take

RATE = 16_000
CONTROLS = (
    Control("temperature", "Temperature", 0.5, 1.5, 1.0),
    Control("seconds", "Seconds", 1, 60, 4),
)


def drone_card(name: str = "drone", root: int = 60) -> ModelCard:
    path = Path(f"{name}.json")
    return ModelCard(name, name.title(), "d1" * 32, RATE, root, CONTROLS, path, kind="samplernn")


def drone(take: Take, frames: int, start: int = 0) -> NDArray[np.float32]:
    """What a take plays, as long as nothing is turned."""
    places = np.arange(start, start + frames)
    return _samples(take, places, take.controls["temperature"])


def _samples(take: Take, places: NDArray[np.int64], temperature: float) -> NDArray[np.float32]:
    prime = 0.0 if take.prime is None else float(take.prime.sum())
    phase = places * (0.01 + take.seed % 97 / 1000) + prime
    return np.asarray(0.3 * temperature * np.sin(phase), np.float32)


class DroneVoices:
    """Slots; `factor` is how many times real time all of them together are rendered."""

    def __init__(self, count: int, factor: float = np.inf) -> None:
        self.factor = factor
        self.batches: list[int] = []
        self.primed: list[int] = []  # frames of each call
        self.calls: list[str] = []  # "prime" or "render"
        self._primes = [0] * count  # frames that are left of them
        self._takes: list[Take | None] = [None] * count
        self._at = [0] * count
        self._temperature = [1.0] * count

    def start(self, slot: int, take: Take) -> None:
        self.begin(slot, take)
        self._primes[slot] = 0

    def prime(self, slot: int, frames: int) -> bool:
        self.primed.append(frames)
        self.calls.append("prime")
        time.sleep(frames / RATE / self.factor)
        self._primes[slot] = max(0, self._primes[slot] - frames)
        return not self._primes[slot]

    def begin(self, slot: int, take: Take) -> None:
        assert self._takes[slot] is None, f"slot {slot} plays"
        self._primes[slot] = 0 if take.prime is None else len(take.prime)
        self._takes[slot], self._at[slot] = take, 0
        self._temperature[slot] = take.controls["temperature"]

    def stop(self, slot: int) -> None:
        self._takes[slot] = None

    def set(self, slot: int, controls: Mapping[str, float]) -> None:
        self._temperature[slot] = controls.get("temperature", self._temperature[slot])

    def render(self, slots: Sequence[int], frames: int) -> NDArray[np.float32]:
        self.batches.append(len(slots))
        self.calls.append("render")
        time.sleep(len(slots) * frames / RATE / self.factor)
        return np.stack([self._next(slot, frames) for slot in slots])

    def _next(self, slot: int, frames: int) -> NDArray[np.float32]:
        take = self._takes[slot]
        assert take is not None, f"slot {slot} is free"
        assert not self._primes[slot], f"the prime of slot {slot} is not done"
        places = np.arange(self._at[slot], self._at[slot] + frames)
        self._at[slot] += frames
        return _samples(take, places, self._temperature[slot])


class Drone:
    """The loaded model; keeps the voices that it gave."""

    factor = np.inf

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        self.given: list[DroneVoices] = []

    def voices(self, count: int) -> DroneVoices:
        self.given.append(DroneVoices(count, self.factor))
        return self.given[-1]

    def generate(self, seed: int, controls: dict[str, float]) -> NDArray[np.float32]:
        return drone(Take(seed, controls), round(controls["seconds"] * RATE))[None]
