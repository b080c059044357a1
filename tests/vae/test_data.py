"""Batches: every configuration once an epoch, in an order that only (seed, epoch) decides, with its own temperature."""

import numpy as np
import pytest
import torch

from latentfield.samples.store import Split
from latentfield.vae.data import BatchOrder, Configurations, SampleData
from latentfield.vae.schedule import Schedule

SCHEDULE = Schedule(epochs=1, batch=4, learning_rate=1e-3)


def split(n: int = 20, first: int = 0) -> Split:
    """Configurations whose every spin tells their number, and temperatures 0.5, 1.0 and 1.5 in turn."""
    x = np.repeat(np.arange(first, first + n, dtype=np.float32), 4).reshape(n, 2, 2)
    return Split(x, np.resize(np.array([1.5, 0.5, 1.0], np.float32), n))


def rows(order: BatchOrder) -> list[list[int]]:
    return [batch.tolist() for batch in order]


@pytest.mark.parametrize(("n", "batch"), [(20, 6), (18, 6), (5, 8), (1, 1)])
@pytest.mark.parametrize("seed", [0, None])
def test_every_row_once(n, batch, seed):
    order = BatchOrder(n, batch, seed)
    batches = rows(order)
    assert sorted(row for rows in batches for row in rows) == list(range(n))
    assert len(batches) == len(order) == -(-n // batch)
    assert all(len(b) == batch for b in batches[:-1])


def test_the_order_depends_on_seed_and_epoch_alone():
    """A resumed training makes a new order and calls set_epoch; the global stream stands elsewhere by then."""
    order = BatchOrder(100, 10, 3)
    epochs = []
    for epoch in range(3):
        order.set_epoch(epoch)
        epochs.append(rows(order))
    torch.manual_seed(99)
    resumed = BatchOrder(100, 10, 3)
    resumed.set_epoch(2)
    assert rows(resumed) == epochs[2] and rows(resumed) == epochs[2]
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]
    assert rows(BatchOrder(100, 10, 4)) != epochs[0]
    assert rows(BatchOrder(100, 10, 3)) == epochs[0]


def test_making_batches_draws_nothing_from_the_global_stream():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    data = SampleData({"train": split(), "validation": split(8)}, SCHEDULE, seed=1)
    for loader in (data.train_dataloader(), data.val_dataloader()):
        list(loader)
    assert torch.equal(torch.rand(1), expected)


def test_no_seed_means_in_order():
    assert rows(BatchOrder(5, 2, None)) == [[0, 1], [2, 3], [4]]


def test_batches_hold_configurations_with_their_temperatures():
    data = SampleData(
        {"train": split(), "validation": split(9, first=100)}, SCHEDULE.model_copy(update={"batch": 6}), seed=2
    )
    torch.testing.assert_close(data.temperatures, torch.tensor([0.5, 1.0, 1.5]))
    truth = {float(x[0, 0]): t for part in (split(), split(9, first=100)) for x, t in zip(*part, strict=True)}
    seen = []
    for x, group in data.train_dataloader():
        numbers = x[:, 0, 0].tolist()
        assert [truth[number] for number in numbers] == data.temperatures[group].tolist()
        seen += numbers
    assert sorted(seen) == list(range(20)) and seen != list(range(20))
    held = torch.cat([x[:, 0, 0] for x, _ in data.val_dataloader()])
    assert held.tolist() == list(range(100, 109))


def test_indexing_is_by_whole_batches():
    part = Configurations(split(), torch.tensor([0.5, 1.0, 1.5]))
    x, group = part[torch.tensor([4, 0, 4])]
    assert x[:, 1, 1].tolist() == [4, 0, 4] and group.tolist() == [0, 2, 0] and len(part) == 20
