"""Workers of a Ray cluster that make items of a data set: warm sandboxes, renewed when they die.

An actor holds one sandbox; a plugin's crash costs a fork of it, the machine's costs the actor, and
Ray starts another that does the task again. The extra `cluster` brings Ray.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import Any, TypeVar

from starling.models.closing import Closing
from starling.models.errors import MissingError, StarlingError
from starling.presets.datasets.items import ItemRenderer, RenderJob

Task = TypeVar("Task")
Result = TypeVar("Result")

AHEAD = 2  # tasks an actor may have waiting
POLL_S = 0.5  # how long Ctrl-C may wait
ANY = -1  # restarts and tries: the cluster may lose as many machines as it likes


class RayPool(Closing):
    """`jobs` actors (None: one for each CPU of the cluster). Use it as a context.

    `address` is that of a running cluster, as `ray.init` takes it; "" starts one on this machine.
    Raises MissingError when Ray is not installed or no cluster is there.
    """

    def __init__(self, job: RenderJob, jobs: int | None = None, address: str = "") -> None:
        if find_spec("ray") is None:
            raise MissingError("Ray is not installed; run `pip install -e '.[cluster]'`")
        ray = _ray()
        if not ray.is_initialized():
            _connect(address, jobs)
        count = jobs or int(ray.cluster_resources().get("CPU", 1))
        made = ray.remote(num_cpus=1, max_restarts=ANY, max_task_retries=ANY)(_Actor)
        self._sent = ray.put(job)  # with every task, so that a restarted actor has it too
        self._actors = [made.remote() for _ in range(count)]

    def run(
        self, work: Callable[[ItemRenderer, Task], Result], tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """As `LocalPool.run`; the work travels to the actors."""
        ray = _ray()
        left = iter(tasks)
        busy: dict[Any, Any] = {}  # actor by the reference of what it makes
        for actor in self._actors * AHEAD:
            busy |= {actor.do.remote(self._sent, work, task): actor for task in islice(left, 1)}
        while busy:
            done, _ = ray.wait(list(busy), num_returns=1, timeout=POLL_S)
            for reference in done:
                actor = busy.pop(reference)
                busy |= {actor.do.remote(self._sent, work, task): actor for task in islice(left, 1)}
                yield _result(reference)

    def close(self) -> None:
        """End the actors, and leave the cluster."""
        ray = _ray()
        for actor in self._actors:
            ray.kill(actor)
        ray.shutdown()


class _Actor:
    """In a process of the cluster: one renderer, whose sandbox stays warm."""

    def __init__(self) -> None:
        self._renderer: ItemRenderer | None = None

    def do(
        self, job: RenderJob, work: Callable[[ItemRenderer, Task], Result], task: Task
    ) -> Result:
        """Work of the pool's `run`."""
        self._renderer = self._renderer or ItemRenderer(job)
        return work(self._renderer, task)


def _ray() -> Any:
    """The module, which takes a second to load and has few types."""
    return import_module("ray")


def _connect(address: str, jobs: int | None) -> None:
    """Join the cluster at an address, or start one here with as many CPUs as jobs."""
    ray = _ray()
    where: dict[str, Any] = {"address": address} if address else {"num_cpus": jobs}
    try:
        ray.init(**where, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    except (ConnectionError, RuntimeError, ValueError) as exc:
        name = f"at {address!r} " if address else ""
        raise MissingError(f"the Ray cluster {name}cannot be used: {str(exc)[:200]}") from exc


def _result(reference: Any) -> Any:
    """What an actor made; its errors as they were there."""
    ray = _ray()
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as exc:
        if isinstance(exc.cause, StarlingError):
            raise exc.cause from None
        raise
