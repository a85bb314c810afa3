"""Other people's weights: a state dict from a file, checked, into a network of ours.

`.safetensors`, or what `torch.save` writes, as most models are published. Such a file is a pickle;
torch reads it by an unpickler that makes tensors and plain containers and runs nothing
(`weights_only`). Sizes are bounded before anything is read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from starling.models.errors import ParseError

MAX_BYTES = 2 * 2**30  # the largest file that is read here is PaSST's, 345 MB
WRAPPERS = ("model", "state_dict")  # keys under which training scripts put the state dict
PARALLEL = "module."  # what DataParallel puts before every name
COUNTER = "num_batches_tracked"  # of batch norm; used in training only

Net = TypeVar("Net", bound=nn.Module)
State = dict[str, Tensor]
Unused = Mapping[str, tuple[int, ...] | None]


def read(path: Path) -> State:
    """The tensors of a state dict by their names.

    Raises ParseError: too large, damaged, not a state dict, or more than tensors in it.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"{path.name} is larger than {MAX_BYTES} bytes; no weights known here are")
    found = _safe(path) if path.suffix == ".safetensors" else _pickled(path)
    for key in WRAPPERS:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping) or not found:
        raise ParseError(f"{path.name} holds no state dict but {_kind(found)}")
    for name, value in found.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise ParseError(
                f"{path.name} is not a state dict: {str(name)[:60]!r} is {_kind(value)}, "
                "not a tensor"
            )
    return {name.removeprefix(PARALLEL): value for name, value in found.items()}


def _safe(path: Path) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(str(path))
    except SafetensorError as exc:
        raise ParseError(f"{path.name} is damaged or not a safetensors file: {exc}") from exc


def _pickled(path: Path) -> Any:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                unpacked = sum(each.file_size for each in archive.infolist())
            if unpacked > MAX_BYTES:
                raise ParseError(
                    f"{path.name} unpacks to {unpacked} bytes, allowed are {MAX_BYTES}"
                )
        return torch.load(path, map_location="cpu", weights_only=True)
    except ParseError:
        raise
    except Exception as exc:  # torch, zip and pickle fail in a dozen ways on a damaged file
        raise ParseError(
            f"{path.name} is damaged, or holds more than tensors and could run a program "
            f"({_first_line(exc)}); weights as published or a .safetensors file can be read"
        ) from exc


def filled(make: Callable[[], Net], state: State, what: str, unused: Unused) -> Net:
    """The network that `make` makes, with the weights of a state dict and ready to use.

    `unused` names, by their beginnings, what the published file holds beside the network's own
    tensors, with the shape that it must have, if any. Raises ParseError where a tensor is missing,
    unknown, of another shape, or holds NaN.
    """
    with torch.device("meta"):  # shapes only: the weights come from the file
        net = make()
    own = {name: each for name, each in net.state_dict().items() if not name.endswith(COUNTER)}
    for name in own:
        if name not in state:
            raise ParseError(f"these are not the weights of {what}: {name} is missing")
    for name, value in state.items():
        _check(name, value, own, what, unused)
    counter = torch.zeros((), dtype=torch.int64)
    whole = {name: state[name].float() if name in own else counter for name in net.state_dict()}
    net.load_state_dict(whole, assign=True)
    return net.eval().requires_grad_(False)


def _check(name: str, value: Tensor, own: State, what: str, unused: Unused) -> None:
    if name in own:
        shape: tuple[int, ...] | None = tuple(own[name].shape)
        if not bool(torch.isfinite(value).all()):
            raise ParseError(f"the weights of {what} are damaged: {name} holds NaN or infinity")
    elif name.endswith(COUNTER):
        return
    else:
        prefix = next((each for each in unused if name.startswith(each)), None)
        if prefix is None:
            raise ParseError(f"these are not the weights of {what}: it has no {name[:80]}")
        shape = unused[prefix]
    if shape is not None and tuple(value.shape) != shape:
        raise ParseError(
            f"these are not the weights of {what}: {name} is {tuple(value.shape)}, not {shape}"
        )


def size(state: State, name: str, axis: int) -> int:
    """The length of a tensor's axis, or 0 where there is none: how large a network is meant."""
    shape = state[name].shape if name in state else ()
    return int(shape[axis]) if axis < len(shape) else 0


def _kind(value: Any) -> str:
    return f"a {type(value).__name__}"


def _first_line(exc: Exception) -> str:
    return (str(exc).strip().splitlines() or [type(exc).__name__])[0][:120]
