"""What a VAE is made of, as plain data: the network, and the configurations and temperatures it is for.

Networks see the scaled temperature (T - centre) / scale, T in units of J. With a `precision_cap`, tau_max, no posterior is narrower
than sigma_k^2 = v_k(T) / tau_max, v_k the prior's variance: the encoder then sends at most about (d/2) ln tau_max nats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import (
    Field,
    JsonValue,
    PositiveFloat,
    PositiveInt,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from latentfield.records.base import Record
from latentfield.vae.parts.names import PRIORS, DecoderName, EncoderName, PriorName, SitesName

Widths = tuple[PositiveInt, PositiveInt]


class PriorSettings(Record):
    """Which prior; of splines stacked layers, bins of each, domain bound, width of networks; of a mixture its components."""

    kind: PriorName = "spline"
    """"spline" is a product over latents, the paper's; "autoregressive" gives each latent those before it; "mixture" is one of
    Gaussians, and takes `components` alone; "gaussian" is a product of Gaussians, and takes nothing else; "nodes" is free on
    `components` nodes, with weights at so many `temperatures`, and goes with the encoder "exact"."""
    layers: PositiveInt = 2
    bins: int = Field(16, ge=2)
    bound: PositiveFloat = 5.0
    hidden: PositiveInt = 32
    components: PositiveInt = 64
    temperatures: PositiveInt = 1

    @property
    def options(self) -> dict[str, float]:
        """What a prior of this kind takes besides the number of latents."""
        return {name: getattr(self, name) for name in PRIORS[self.kind]}

    @model_validator(mode="after")
    def _taken(self) -> Self:
        idle = self.model_fields_set - {"kind", *PRIORS[self.kind]}
        if idle:
            raise ValueError(f"a {self.kind} prior takes no {' and no '.join(sorted(idle))}")
        return self

    @model_serializer(mode="wrap")
    def _plain(self, whole: SerializerFunctionWrapHandler) -> dict[str, JsonValue]:
        kept = {"kind", *PRIORS[self.kind]}
        return {name: value for name, value in whole(self).items() if name in kept}


class NetworkSettings(Record):
    """The networks of a VAE, whatever it is for."""

    encoder: EncoderName = "cnn"
    """"corrected_mean_field": a posterior mean linear in x, as in mean-field theory, plus a correction; see `parts.encoders`."""
    decoder: DecoderName = "cnn"
    hidden: Widths = (16, 32)
    """Widths of the hidden layers, where there are some."""
    prior: PriorSettings = PriorSettings()

    @model_validator(mode="after")
    def _posterior_is_known(self) -> Self:
        if (self.encoder == "exact") != (self.prior.kind == "nodes"):
            raise ValueError(
                f"the encoder 'exact' and the prior 'nodes' go together; got {self.encoder!r} with {self.prior.kind!r}"
            )
        return self


class Architecture(NetworkSettings):
    """Everything that a VAE is built from."""

    sites: SitesName
    shape: tuple[PositiveInt, ...]
    """Of one configuration; directors have an axis of three at its end."""
    latents: PositiveInt
    temperature_centre: float
    """Middle of the temperatures of the training, in units of J."""
    temperature_scale: PositiveFloat
    precision_cap: PositiveFloat | None = None

    @classmethod
    def of(
        cls,
        network: NetworkSettings,
        temperatures: Sequence[float],
        *,
        sites: str,
        shape: Sequence[int],
        latents: int,
        precision_cap: float | None = None,
    ) -> Self:
        """A network for configurations of some shape at some temperatures, in units of J."""
        spread = max(temperatures) - min(temperatures)
        return cls(
            **{name: getattr(network, name) for name in NetworkSettings.model_fields},
            sites=sites,
            shape=tuple(shape),
            latents=latents,
            temperature_centre=(max(temperatures) + min(temperatures)) / 2,
            temperature_scale=spread / 3.5 if spread else 1.0,
            precision_cap=precision_cap,
        )
