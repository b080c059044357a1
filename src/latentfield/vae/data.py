"""Batches for training: slices of arrays in memory, on the device that trains.

A batch is one indexing operation on whole arrays, never a loop over samples. The order of an epoch depends on (seed, epoch)
alone, so that a resumed training sees the same batches as an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from latentfield.samples.store import Split
from latentfield.vae.schedule import Cooling, Schedule


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


class CooledOrder(BatchOrder):
    """Shuffled rows of the temperatures above the floor, as many an epoch as there are rows in all, the former repeated."""

    seed: int

    def __init__(self, temperature: Tensor, batch: int, seed: int, cooling: Cooling):
        super().__init__(len(temperature), batch, seed)
        self.temperature, self.cooling = temperature, cooling

    def __iter__(self) -> Iterator[Tensor]:
        floor = min(self.cooling.floor(self.epoch), float(self.temperature.max()))
        seen = torch.nonzero(self.temperature >= floor).squeeze(1)
        generator = torch.Generator().manual_seed(1_000_003 * self.seed + self.epoch)
        passes = -(-self.n // len(seen))
        order = torch.cat([torch.randperm(len(seen), generator=generator) for _ in range(passes)])[: self.n]
        yield from seen[order].split(self.batch)


class SampleData(lightning.LightningDataModule):
    """The training and validation parts of a sample set.

    `temperatures` (groups,) holds the distinct temperatures in increasing order; batches refer to them by number. With `cooling`
    the training part is shown from high temperatures to low.
    """

    def __init__(self, splits: dict[str, Split], schedule: Schedule, seed: int):
        super().__init__()
        self.temperatures = torch.from_numpy(np.unique(splits["train"].temperature))
        self.parts = {name: Configurations(splits[name], self.temperatures) for name in ("train", "validation")}
        self.batch, self.seed, self.cooling = schedule.batch, seed, schedule.cooling

    def setup(self, stage: str) -> None:
        """Move the arrays to the trainer's device once, instead of batch by batch."""
        device = cast(lightning.Trainer, self.trainer).strategy.root_device
        for part in self.parts.values():
            part.to(device)

    def train_dataloader(self) -> DataLoader:
        """Shuffled batches of (configurations, temperature numbers)."""
        part = self.parts["train"]
        if self.cooling is None:
            return _loader(part, BatchOrder(len(part), self.batch, self.seed))
        return _loader(part, CooledOrder(self.temperatures[part.group.cpu()], self.batch, self.seed, self.cooling))

    def val_dataloader(self) -> DataLoader:
        """Batches in order."""
        part = self.parts["validation"]
        return _loader(part, BatchOrder(len(part), 4 * self.batch, None))


def _loader(part: Configurations, order: BatchOrder) -> DataLoader:
    # A generator of its own keeps the making of an iterator from drawing on the global stream.
    return DataLoader(part, sampler=order, batch_size=None, generator=torch.Generator())
