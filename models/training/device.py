"""What a run computes on: threads, accelerator, devices and precision, through Lightning Fabric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from starling.models.errors import MissingError

Precision = Literal["32-true", "bf16-mixed"]


def missing_extra(what: str) -> MissingError:
    """The error where a package that only training needs is absent."""
    return MissingError(f"training needs {what}: pip install -e '.[train]'", code="missing_extra")


@dataclass(frozen=True, slots=True)
class Device:
    """Whatever is there, from one CPU thread to a GPU, unless it is named; several work as one."""

    precision: Precision = "32-true"  # "bf16-mixed" halves the time where the hardware has it
    accelerator: str = "auto"
    devices: int = 1

    def open(self) -> Any:
        """Lightning Fabric, launched. Raises MissingError where it is not installed."""
        try:
            from lightning_fabric import Fabric
        except ImportError as error:
            raise missing_extra("Lightning Fabric") from error
        fabric = Fabric(
            accelerator=self.accelerator, devices=self.devices, precision=self.precision
        )
        fabric.launch()
        return fabric


ANY_DEVICE = Device()
