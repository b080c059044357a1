"""Batches for training: slices of arrays in memory, on the device that trains.

A batch is one indexing operation on whole arrays, never a loop over samples. The order of an epoch depends on (seed, epoch)
alone, so that a resumed training sees the same batches as an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Iterator

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from latentfield.store import Split


class Configurations(Dataset):
    """Configurations (n, *shape) and the number of the temperature each belongs to; indexed by whole batches."""

    def __init__(self, split: Split, temperatures: Tensor):
        self.x = torch.from_numpy(np.ascontiguousarray(split.x))
        self.group = torch.searchsorted(temperatures, torch.from_numpy(split.temperature))

    def to(self, device: torch.device) -> Configurations:
        """Move the arrays to the device that trains."""
        self.x, self.group = self.x.to(device), self.group.to(device)
        return self

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        rows = rows.to(self.x.device)
        return self.x[rows], self.group[rows]


class BatchOrder(Sampler):
    """Rows of each batch: shuffled by (seed, epoch), or in order when `seed` is None."""

    def __init__(self, n: int, batch: int, seed: int | None):
        self.n, self.batch, self.seed, self.epoch = n, batch, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the trainer at the start of every epoch, a resumed one included."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-self.n // self.batch)

    def __iter__(self) -> Iterator[Tensor]:
        if self.seed is None:
            order = torch.arange(self.n)
        else:
            order = torch.randperm(self.n, generator=torch.Generator().manual_seed(1_000_003 * self.seed + self.epoch))
        yield from order.split(self.batch)


class SampleData(lightning.LightningDataModule):
    """The training and validation parts of a sample set.

    `temperatures` (groups,) holds the distinct temperatures in increasing order; batches refer to them by number.
    """

    def __init__(self, splits: dict[str, Split], batch: int, seed: int):
        super().__init__()
        self.temperatures = torch.from_numpy(np.unique(splits["train"].temperature))
        self.parts = {name: Configurations(splits[name], self.temperatures) for name in ("train", "validation")}
        self.batch, self.seed = batch, seed

    def setup(self, stage: str) -> None:
        """Move the arrays to the trainer's device once, instead of batch by batch."""
        device = self.trainer.strategy.root_device
        for part in self.parts.values():
            part.to(device)

    def train_dataloader(self) -> DataLoader:
        """Shuffled batches of (configurations, temperature numbers)."""
        return self._loader("train", self.batch, self.seed)

    def val_dataloader(self) -> DataLoader:
        """Batches in order."""
        return self._loader("validation", 4 * self.batch, None)

    def _loader(self, name: str, batch: int, seed: int | None) -> DataLoader:
        part = self.parts[name]
        # A generator of its own keeps the making of an iterator from drawing on the global stream.
        return DataLoader(
            part, sampler=BatchOrder(len(part), batch, seed), batch_size=None, generator=torch.Generator()
        )
