"""The models with latents of a fit, made once and left in folders: exact fits, and VAEs that are trained.

Training words train, and validation words pick the weights of the best epoch, or the best round of a curved fit.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from pydantic import JsonValue

from latentfield.fitting.settings import CURVED
from latentfield.fitting.vaes import architecture, schedule
from latentfield.fitting.work import Work
from latentfield.marginal.as_vae import as_vae
from latentfield.marginal.fit import fit_curved, fit_linear
from latentfield.vae.model import VAE, load, save
from latentfield.vae.record import TrainedRecord
from latentfield.vae.schedule import Pace


def trained(work: Work, name: str) -> VAE:
    """The model of a name, in a folder of its own; the training of a VAE that was killed goes on at its last epoch.

    The name is a key of `Settings.candidates`. The folder appears only when weights and record are both written, so that one that
    is there is finished. Weights of a VAE are those of the epoch with the least -ELBO on validation words.
    """
    place = work.folder / name
    if not place.exists():
        settings = work.chosen.model_dump(mode="json") | work.chosen.candidates[name]._asdict()
        vae, told, validation = (_exact if work.chosen.candidates[name].exact else _amortised)(work, name, settings)
        record = TrainedRecord(
            **dict(work.origin) | {"run": f"{work.origin.run}-{name}"},
            architecture=vae.architecture,
            settings=told,
            seed=work.chosen.seed,
            validation=validation,
        )
        unfinished = place.with_suffix(".partial")
        save(vae, unfinished, record)
        unfinished.rename(place)
    return load(place)


class Made(NamedTuple):
    """A model, what it was asked for, and its metrics on validation words."""

    vae: VAE
    settings: dict[str, JsonValue]
    validation: dict[str, float]


def _amortised(work: Work, name: str, settings: dict[str, JsonValue]) -> Made:
    """A VAE with an encoder."""
    # Lightning takes seconds to load, and exact fits need none.
    from latentfield.vae.training import fit

    chosen, one = work.chosen, work.chosen.candidates[name]
    splits = work.data.split(chosen.split)
    times = schedule(chosen, len(splits["train"].x))
    made = architecture(chosen, one.latents, work.data)
    settings |= times.model_dump(mode="json", include=set(Pace.model_fields))
    settings |= {"prior": made.prior.model_dump(mode="json")}
    work.observer.begin(name, settings)
    vae, validation = fit(
        made, splits, times,
        seed=chosen.seed, folder=work.folder / f"{name}.training", report=partial(work.observer.epoch, name),
    )  # fmt: skip
    return Made(vae, settings, validation)


def _exact(work: Work, name: str, settings: dict[str, JsonValue]) -> Made:
    """An exact fit; it takes seconds, and one that was killed begins anew."""
    chosen, parts, one = work.chosen, work.parts, work.chosen.candidates[name]
    work.observer.begin(name, settings)
    if one.decoder == CURVED:
        model = fit_curved(parts.train, parts.validation, one.latents, chosen.seed)
    else:
        model = fit_linear(parts.train, one.latents, chosen.seed)
    elbo = float(model.log_likelihood(parts.validation).mean())
    work.observer.epoch(name, 0, {"val/elbo": elbo})
    lattice = work.data.attributes["lattice"]
    return Made(as_vae(model, tuple(lattice or work.data.shape)), settings, {"elbo": elbo})
