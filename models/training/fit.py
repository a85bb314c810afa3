"""The training loop, once: a trainer brings a `Run` with its networks, and what one step does.

>>> def train(sounds, config, settings, out, session=QUIET):  # doctest: +SKIP
...     fabric = begin(out, settings, session)
...     network = Network(config)
...     optimizer = torch.optim.AdamW(network.parameters())
...     about = sounds.manifest, asdict(config)
...     run = Run(out, settings, session, fabric, *about, network, optimizer)
...     def step(done):  # the used share of the budget, 0..1
...         run.set_rate(settings.rate * cosine(done, 0.03))
...         loss = run.model(run.fabric.to_device(draw(sounds, settings.seed, run.step)))
...         run.descend(loss, clip=1.0)
...         return {"loss": loss}
...     learning = fit(run, step, Measure(lambda: held_out_loss(network)))
...     return Result.of(run, network, learning)

What a step draws at random follows from (seed, step) alone, and what it remembers from one step to
another is in `Run.extra`: then a resumed run equals the run left alone.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from starling.models.errors import StarlingError
from starling.models.training import averages, checkpoint, curves
from starling.models.training.learning import LEAST_STEPS, Learning, Measure
from starling.models.training.resume import knows_before, modern, require_same
from starling.models.training.run import Run
from starling.models.training.session import CHECKPOINT, postponed_interrupt
from starling.models.training.validation import BEST, Validation, is_due, validate

CURVE_STEPS = 20  # between two points of a curve
DISK = 200e6  # bytes a second, to foresee the first checkpoint

Losses = Mapping[str, float | Tensor]
Step = Callable[[float], Losses]  # from the used share of the budget to the losses of a step


def fit(
    run: Run[Any],
    step: Step,
    measure: Measure | None = None,
    validation: Validation | None = None,
    *,
    saved: Callable[[], None] = lambda: None,
    curve_steps: int = CURVE_STEPS,
) -> Learning | None:
    """Train until the budget is used or the session ends it; checkpoint every so often and then.

    `saved` is called after each checkpoint on the way. Returns what the run learned, None where
    that is not checked (see learning.py). Raises InputError where a resumed run does not match,
    ParseError for a bad checkpoint, StarlingError (code `diverged`) where the training diverges,
    MissingError without what only training needs.
    """
    _open(run, measure)
    try:
        _train(run, step, measure, validation, saved, curve_steps)
    except StarlingError as error:
        if error.code != "diverged":
            raise
        raise StarlingError(f"{error}; {_left_by(run)}", code="diverged") from error
    run.fabric.barrier()
    if not run.fabric.is_global_zero:
        sys.exit(0)  # a process that Fabric started for another device: the first one goes on
    return _learning(run, measure)


def _train(
    run: Run[Any],
    step: Step,
    measure: Measure | None,
    validation: Validation | None,
    saved: Callable[[], None],
    curve_steps: int,
) -> None:
    """All steps, and what the first process does after the last one."""
    try:
        if not run.step and measure is not None:
            _measure_before(run, measure)
        _loop(run, step, validation, saved, curve_steps)
    except KeyboardInterrupt:
        if run.stepping:
            raise  # the second Ctrl-C, in a step: the last checkpoint stays
        run.stopped = True
    if run.fabric.is_global_zero:
        _close(run, validation)


def _left_by(run: Run[Any]) -> str:
    """What a run that diverged leaves, and what may help."""
    kept = (run.out / CHECKPOINT).is_file()
    left = "a checkpoint of before is kept" if kept else "there is no checkpoint of before"
    return f"{left}; another --seed may fare better"


def _open(run: Run[Any], measure: Measure | None) -> None:
    """Networks onto the device, and filled from the checkpoint of a resumed run."""
    run.model, run.stepper = run.fabric.setup(run.network, run.optimizer)
    if run.average is not None:
        run.average.to(run.fabric.device)
    size = 4 * sum(each.nbytes for each in run.network.state_dict().values())  # Adam's two, average
    for kind in ("save", "finish"):
        run.clock.expect(kind, size / DISK)
    if run.session.resume:
        saved = modern(checkpoint.load(run.out / CHECKPOINT))
        require_same(saved.header, run.header())
        if measure is not None and not knows_before(saved):
            _measure_before(run, measure)
        run.restore(saved)
    run.optimizer.load_state_dict(run.optimizer.state_dict())  # follows the weights to the device


def _measure_before(run: Run[Any], measure: Measure) -> None:
    """The measure of the network as it is drawn."""
    with run.clock.timed("check"):
        run.before = measure.loss()


def _loop(
    run: Run[Any],
    step: Step,
    validation: Validation | None,
    saved: Callable[[], None],
    curve_steps: int,
) -> None:
    """Step after step until the budget is used or someone cancels."""
    leads, clock = run.fabric.is_global_zero, run.clock
    start, last = time.monotonic() - run.elapsed, time.monotonic()
    with curves.board(run.out, leads) as write, postponed_interrupt() as pressed:
        while (fraction := _next(run, pressed)) < 1.0:
            _step(run, step, fraction)
            run.elapsed = time.monotonic() - start
            if leads and is_due(run, validation, fraction) and clock.fits("validate"):
                validate(run, validation)
            fraction = run.use()
            if leads:
                run.session.report(fraction, run.step, run.figures)
            if run.step % curve_steps == 0:
                write(run.step, {**run.figures, "rate": run.optimizer.param_groups[0]["lr"]})
            if leads and time.monotonic() - last > run.settings.save_seconds and clock.fits("save"):
                _checkpoint(run, validation, saved)
                last = time.monotonic()


def _step(run: Run[Any], step: Step, fraction: float) -> None:
    """One step of the trainer, its average and its figures."""
    run.stepping = True
    run.seed_step()
    with run.clock.timed("step"):
        losses = step(fraction)
        if run.average is not None:
            averages.update_average(run.average, run.network, run.step, run.decay)
    run.step += 1
    run.add(losses)
    run.stepping = False


def _next(run: Run[Any], pressed: Callable[[], bool]) -> float:
    """The used share of the budget before another step; 1 where there is to be none.

    Where several processes work it is the first one's, so that all stop together.
    """
    fraction = run.use()
    if fraction < 1.0 and (run.session.cancelled() or pressed()):
        run.stopped, fraction = True, 1.0
    elif not run.clock.fits("step"):
        run.fraction = fraction = 1.0  # a resumed run of the same budget has nothing left to do
    return fraction if run.fabric.world_size == 1 else float(run.fabric.broadcast(fraction))


def _checkpoint(run: Run[Any], validation: Validation | None, saved: Callable[[], None]) -> None:
    """Save on the way, and let the trainer do with the network what it likes."""
    if validation is not None and not validation.every:
        validate(run, validation)
    with run.clock.timed("save"):
        run.save()
        curves.log(run.out, run.step, run.elapsed, run.figures)
    if run.clock.fits("saved"):
        with run.clock.timed("saved"):
            saved()


def _close(run: Run[Any], validation: Validation | None) -> None:
    """Validate and save for the last time.

    What a stopped run measures now, the run left alone would not: it is saved before.
    """
    last = validation if validation is not None and validation.until >= 1.0 else None
    if run.stopped:
        run.save()
    if run.step and run.validated != run.step:
        validate(run, last)
    if not run.stopped:
        run.save()
    curves.log(run.out, run.step, run.elapsed, run.figures)
    if run.best and run.best["step"] != run.step:
        run.kept.load_state_dict(checkpoint.load(run.out / BEST).average)


def _learning(run: Run[Any], measure: Measure | None) -> Learning | None:
    """The measure before the first step and now; None where that is not checked."""
    checked = run.settings.minutes > 0 or run.step >= LEAST_STEPS
    if measure is None or not checked or math.isnan(run.before):
        return None
    return Learning(measure.name, run.before, measure.loss(), measure.trivial)
