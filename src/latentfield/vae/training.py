"""Training: minimise -ELBO with Lightning, resumable and the same on CPU however often it was killed.

With more than one draw of z the bound is importance weighted (Burda et al. 2016, arXiv:1509.00519), which leaves a posterior less
reason to collapse onto the prior, and a training of spins starts from their principal directions (`VAE.begin`).

AdamW, a learning rate that falls linearly to zero, no clipping, the best weights on validation kept. Everything random in an
epoch is seeded by (seed, epoch), and checkpoints are taken only at the end of an epoch, so that a training continued from its last
checkpoint ends with the weights of an uninterrupted one.
"""

from __future__ import annotations

import logging
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint, RichProgressBar
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor

from latentfield.samples.store import Split
from latentfield.vae.accounting import Account
from latentfield.vae.architecture import Architecture
from latentfield.vae.data import BatchOrder, Configurations, SampleData
from latentfield.vae.model import VAE, bound
from latentfield.vae.schedule import Precision, Schedule, relative_rate

Report = Callable[[int, dict[str, float]], None]
"""Called at the end of every epoch with its number and its metrics."""

LAST, BEST = "last.ckpt", "best.ckpt"
MONITOR = "val/neg_bound"
"""Minus the ELBO, or minus the bound of as many draws as are trained with, on validation: the least is kept."""


class Training(lightning.LightningModule):
    """The loss and the optimiser around a VAE."""

    temperatures: Tensor

    def __init__(self, model: VAE, temperatures: Tensor, schedule: Schedule, seed: int):
        super().__init__()
        self.model = model
        self.register_buffer("temperatures", temperatures, persistent=False)
        self.schedule, self.seed = schedule, seed
        self.metrics: dict[str, float] = {}

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW with the learning rates of `relative_rate`."""
        told, steps = self.schedule, int(self.trainer.estimated_stepping_batches)
        optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=told.learning_rate, weight_decay=told.weight_decay, fused=True
        )
        rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: relative_rate(step, steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": rates, "interval": "step"}}

    def on_train_epoch_start(self) -> None:
        """Seed the epoch's noise and start its sums."""
        torch.manual_seed(1_000_003 * self.seed + self.current_epoch)
        self.account, self.bound = self._account(), torch.zeros((), device=self.device)
        self.started, self.rows = time.perf_counter(), 0

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """What is minimised, the mean over a batch: minus the ELBO, or minus the bound with more draws; nats per configuration."""
        self.rows += len(batch[1])
        if not self.schedule.weighted:
            return self._elbo(batch, self.account)
        found = self._bound(batch, self.schedule.rate_weight(self._progress()))
        self.bound += found.detach().sum()
        return -found.mean()

    def on_validation_epoch_start(self) -> None:
        """Use the same noise in every validation, so that epochs compare."""
        self.seconds = time.perf_counter() - self.started
        torch.manual_seed(self.seed)
        self.validation, self.held = self._account(), torch.zeros((), device=self.device)

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        """Add a batch to the validation sums."""
        self._elbo(batch, self.validation)
        if self.schedule.draws > 1:
            self.held += self._bound(batch).sum()

    def on_validation_epoch_end(self) -> None:
        """Turn the sums into metrics and let the checkpoint see minus the bound on validation."""
        held = self.validation.metrics(self.model, roughly=True)
        if self.schedule.draws > 1:
            held["bound"] = float(self.held / self.validation.count.sum())
        known = {"bound": float(self.bound) / self.rows}
        train = known if self.schedule.weighted else self.account.metrics(self.model, roughly=True)
        self.metrics = {f"train/{k}": v for k, v in train.items()} | {f"val/{k}": v for k, v in held.items()}
        self.metrics["learning_rate"] = self.trainer.optimizers[0].param_groups[0]["lr"]
        self.metrics["samples_per_second"] = self.rows / self.seconds
        self.log(MONITOR, -held.get("bound", held["elbo"]), prog_bar=True)

    def _account(self) -> Account:
        return Account(self.temperatures, self.model.architecture.latents)

    def _progress(self) -> float:
        """How much of the training is over, from 0 to 1."""
        return self.trainer.global_step / (self.schedule.epochs * int(self.trainer.num_training_batches))

    def _elbo(self, batch: tuple[Tensor, Tensor], account: Account) -> Tensor:
        """Mean -ELBO, with its parts added to an account."""
        x, group = batch
        terms = self.model.terms(x, self.temperatures[group])
        account.add(terms, group)
        return (terms.distortion + terms.rate.sum(1)).mean()

    def _bound(self, batch: tuple[Tensor, Tensor], rate_weight: float = 1.0) -> Tensor:
        """The importance-weighted bound of every configuration, (batch,)."""
        x, group = batch
        return bound(self.model.log_weights(x, self.temperatures[group], self.schedule.draws, rate_weight))


class _EpochReport(Callback):
    def __init__(self, report: Report):
        self.report = report

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self.report(trainer.current_epoch, cast(Training, pl_module).metrics)


def fit(
    architecture: Architecture,
    splits: dict[str, Split],
    schedule: Schedule,
    *,
    seed: int,
    folder: Path,
    report: Report,
) -> tuple[VAE, dict[str, float]]:
    """Train a VAE; returns it with its best weights on validation, in evaluation mode on the CPU, and its metrics there.

    `folder` holds the checkpoints; a training that finds its last one there continues from it.
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    data = SampleData(splits, schedule, seed)
    torch.set_num_threads(schedule.threads)
    torch.manual_seed(seed)
    model = VAE(architecture)
    if schedule.draws > 1 and architecture.sites == "spins":
        model.begin(data.parts["train"].x)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    module = Training(model, data.temperatures, schedule, seed)
    trainer = _trainer(schedule, [_EpochReport(report), *_checkpoints(folder)])
    last = folder / LAST
    with warnings.catch_warnings():
        # Lightning 2.6 asks for tree leaves in a way that torch 2.13 deprecates.
        warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)`")
        # A training that continues finds its own checkpoints.
        warnings.filterwarnings("ignore", "Checkpoint directory .* exists and is not empty")
        trainer.fit(module, data, ckpt_path=last if last.exists() else None)
    module.load_state_dict(torch.load(folder / BEST, map_location="cpu", weights_only=True)["state_dict"])
    model, part = module.cpu().model.eval(), data.parts["validation"].to(torch.device("cpu"))
    return model, validate(model, part, data.temperatures, schedule.batch, seed)


@torch.no_grad()
def validate(model: VAE, part: Configurations, temperatures: Tensor, batch: int, seed: int) -> dict[str, float]:
    """Metrics of a trained model on a part of the data: elbo, distortion, rate, capacities (see `Account`)."""
    generator = torch.Generator().manual_seed(seed)
    account = Account(temperatures, model.architecture.latents)
    for rows in BatchOrder(len(part), batch, None):
        x, group = part[rows]
        account.add(model.terms(x, temperatures[group], generator), group)
    return account.metrics(model)


def resolve_precision(precision: Precision) -> Precision:
    """Lightning's name of the precision that "auto" stands for on this machine; any other name unchanged."""
    if precision != "auto":
        return precision
    return "bf16-mixed" if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "32-true"


def _trainer(schedule: Schedule, callbacks: list[Callback]) -> lightning.Trainer:
    terminal = sys.stderr.isatty()
    return lightning.Trainer(
        max_epochs=schedule.epochs,
        devices=1,
        precision=cast(Any, resolve_precision(schedule.precision)),
        logger=False,
        callbacks=[*callbacks, RichProgressBar(refresh_rate=20)] if terminal else callbacks,
        enable_progress_bar=terminal,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )


def _checkpoints(folder: Path) -> list[ModelCheckpoint]:
    every_epoch = partial(ModelCheckpoint, folder, enable_version_counter=False, save_on_train_epoch_end=True)
    best = every_epoch(filename="best", monitor=MONITOR, save_weights_only=True)
    return [best, every_epoch(filename="last")]
