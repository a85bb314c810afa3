"""PaSST (Koutini et al., arXiv 2110.05069): a sound to 768 numbers, with published weights.

A vision transformer on patches of a log-mel, with one positional code for time and one for
frequency. Shapes: B sounds, T tokens.
Tensors are named as in hear21passt 0.0.26, whose `passt-s-f128-p16-s10-ap.476-swa.pt` and others of
16x16 patches every 10 steps for 10 s are read as they are. No weights are shipped.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.errors import ParseError
from starling.models.pretrained import weights
from starling.models.pretrained.mel import KaldiMel

SIZE = 768
HEADS = 12
PATCH, STRIDE = 16, 10
GRID = (12, 99)  # patches in frequency, and in the 10 s of the training
MAX_DEPTH = 12  # PaSST-S; PaSST-L has 7 blocks
EPSILON = 1e-6
UNUSED = {"head.": None, "head_dist.": None}  # the classes, of which there are different numbers


class Attention(nn.Module):
    """Self-attention of 12 heads."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(SIZE, 3 * SIZE)
        self.proj = nn.Linear(SIZE, SIZE)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, 768) to the same."""
        batch, steps, _ = x.shape
        parts = self.qkv(x).reshape(batch, steps, 3, HEADS, SIZE // HEADS)  # (B, T, 3, 12, 64)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each (B, heads, T, 64)
        attended = functional.scaled_dot_product_attention(query, key, value)  # (B, heads, T, 64)
        found: Tensor = self.proj(attended.transpose(1, 2).reshape(batch, steps, SIZE))
        return found


class Mlp(nn.Module):
    """Four times as wide inside, GELU."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(SIZE, 4 * SIZE)
        self.fc2 = nn.Linear(4 * SIZE, SIZE)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, 768) to the same."""
        found: Tensor = self.fc2(functional.gelu(self.fc1(x)))
        return found


class TransformerBlock(nn.Module):
    """Attention and MLP, each normed before and added."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(SIZE, eps=EPSILON)
        self.attn = Attention()
        self.norm2 = nn.LayerNorm(SIZE, eps=EPSILON)
        self.mlp = Mlp()

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, 768) to the same."""
        x = x + self.attn(self.norm1(x))
        found: Tensor = x + self.mlp(self.norm2(x))
        return found


class Patches(nn.Module):
    """The convolution that makes patches, under the name that it is published with."""

    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Conv2d(1, SIZE, PATCH, STRIDE)


class Passt(nn.Module):
    """Signals (B, frames) at 32 kHz, .16 to 10 s, to (B, 768): the mean of the two class tokens."""

    size = SIZE

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.front = KaldiMel()
        self.patch_embed = Patches()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, SIZE))
        self.dist_token = nn.Parameter(torch.zeros(1, 1, SIZE))
        self.new_pos_embed = nn.Parameter(torch.zeros(1, 2, SIZE))
        self.freq_new_pos_embed = nn.Parameter(torch.zeros(1, SIZE, GRID[0], 1))
        self.time_new_pos_embed = nn.Parameter(torch.zeros(1, SIZE, 1, GRID[1]))
        self.blocks = nn.Sequential(*(TransformerBlock() for _ in range(depth)))
        self.norm = nn.LayerNorm(SIZE, eps=EPSILON)

    def forward(self, signal: Tensor) -> Tensor:
        """Embeddings (B, 768)."""
        x = self.patch_embed.proj(self.front(signal)[:, None])  # (B, 768, 12, T)
        x = x + self.time_new_pos_embed[..., : x.shape[-1]] + self.freq_new_pos_embed
        both = (
            torch.cat((self.cls_token, self.dist_token), dim=1) + self.new_pos_embed
        )  # (1, 2, 768)
        tokens = torch.cat((both.expand(len(x), -1, -1), x.flatten(2).transpose(1, 2)), dim=1)
        # tokens (B, 2 + 12 T, 768), of which the first two are read out
        found: Tensor = self.norm(self.blocks(tokens)[:, :2])
        return found.mean(dim=1)


def load(path: Path) -> Passt:
    """The network with the weights of a file. Raises ParseError for any other file."""
    return of(weights.read(path))


def of(state: dict[str, torch.Tensor]) -> Passt:
    """The network with the weights of a state dict. Raises ParseError for another model's."""
    depth = sum(name.endswith(".attn.qkv.weight") for name in state)
    if not 1 <= depth <= MAX_DEPTH:
        raise ParseError(
            f"these are not the weights of PaSST: it has 1 to {MAX_DEPTH} blocks, not {depth}"
        )
    what = "PaSST (16x16 patches every 10, 10 s)"
    return weights.filled(lambda: Passt(depth), state, what, UNUSED)
