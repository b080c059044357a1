"""The VAEs of a fit, where latents or decoder forbid an exact one: what they are made of, and how long they are trained."""

from __future__ import annotations

import math
from collections.abc import Sequence

from latentfield.errors import LatentfieldError
from latentfield.fitting.settings import CURVED, EXACT, MIXTURE, Settings
from latentfield.samples.store import SampleSet
from latentfield.vae.architecture import Architecture, NetworkSettings, PriorSettings
from latentfield.vae.parts.names import DECODERS
from latentfield.vae.schedule import Schedule


def schedule(chosen: Settings, words: int) -> Schedule:
    """How a VAE is trained on so many training words: epochs nearest to `steps` batches, within `epochs`."""
    least, most = chosen.epochs
    epochs = min(max(round(chosen.steps * chosen.batch / words), least), most)
    return Schedule(
        epochs=epochs,
        batch=chosen.batch,
        learning_rate=chosen.learning_rate,
        draws=chosen.draws,
        warm_up=chosen.warm_up,
    )


def architecture(chosen: Settings, latents: int, data: SampleSet) -> Architecture:
    """A VAE with an encoder, of so many latents, for a recording; the data have one temperature, T = 1.

    The encoder is dense whatever the decoder. Raises LatentfieldError as `shape` does.
    """
    network = NetworkSettings(
        encoder="dense",
        decoder=chosen.decoder,
        hidden=chosen.hidden,
        prior=PriorSettings(kind=MIXTURE, components=chosen.components),
    )
    sites, lattice, dropped = data.shape[0], data.attributes["lattice"], len(data.attributes["dropped_sites"])
    configuration = shape(chosen.decoder, sites, lattice, dropped)
    if chosen.decoder == CURVED:
        raise LatentfieldError(f"a curved decoder is fitted exactly, with at most {EXACT} latents; got {latents}")
    return Architecture.of(network, [1.0], sites="spins", shape=configuration, latents=latents)


def shape(decoder: str, sites: int, lattice: Sequence[int] | None, dropped: int) -> tuple[int, ...]:
    """Shape of one configuration: the lattice of the sites where there is one, or where the decoder needs one and can have it.

    Raises LatentfieldError for a decoder that halves a lattice where the sites are not a square one that allows it. Where N sites
    are on no lattice and N is a square, such a decoder takes them row by row: whether neighbours in the file are neighbours in fact
    is for the user to know.
    """
    stride = DECODERS[decoder]
    if stride == 1:
        return tuple(lattice or (sites,))
    rows, columns = lattice or (math.isqrt(sites),) * 2
    if rows != columns or rows * columns != sites or rows % stride or dropped:
        got = f"{rows} x {columns} sites" if lattice else f"{sites} sites"
        lost = f", {dropped} having been dropped" if dropped else ""
        others = " or ".join(name for name, stride in DECODERS.items() if stride == 1)
        raise LatentfieldError(
            f"the decoder {decoder!r} needs a square lattice whose edge is a multiple of {stride}, with all of its sites; got "
            f"{got}{lost}: choose {others}"
        )
    return rows, columns
