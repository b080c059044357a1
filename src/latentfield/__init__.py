"""latentfield: does a many-body data set have a latent mean-field theory, and which one?

>>> import latentfield
>>> model = latentfield.load("hopfield@champion")
>>> x = model.sample(1000, temperature=0.8)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from latentfield.vae.model import VAE

__version__ = "0.1.0"


def load(model: str) -> VAE:
    """A trained VAE: from the registry ("hopfield@champion", "hopfield@3", "hopfield"), or from a folder with one.

    Returns a torch module in evaluation mode, on the CPU. Its methods take temperatures in units of J:

        sample(n, temperature)      n configurations: int8 spins ±1 (n, *sites), or float32 directors (n, *sites, 3)
        encode(x, temperature)      mean and log-variance of q(z|x,T), each (n, latents)
        decode(z, temperature)      parameters of p(x_i|z,T), (n, channels, *sites): logits, or Bingham parameters

    `theory` holds what was decoded from it (`record`, `arrays`), or None. Nothing is unpickled. Raises LatentfieldError if there is
    no such model.
    """
    import tempfile
    from pathlib import Path

    if Path(model).is_dir():
        return _load_folder(Path(model))
    from latentfield.tracking.decoders import fetch
    from latentfield.tracking.server import connect

    with tempfile.TemporaryDirectory() as folder:
        return _load_folder(fetch(connect(), model, Path(folder) / "model"))


def _load_folder(folder: Path) -> VAE:
    from latentfield.decoding import theory
    from latentfield.vae.model import load as load_model

    model = load_model(folder)
    model.theory = theory.read(folder)
    return model
