"""latentfield: does a many-body data set have a latent mean-field theory, and which one?

>>> import latentfield
>>> model = latentfield.load("hopfield@champion")
>>> x = model.sample(1000, temperature=0.8)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentfield.errors import LatentfieldError
from latentfield.workspace.compiled import place_compiled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from latentfield.fitting.folder import Result
    from latentfield.vae.model import VAE

__all__ = ["LatentfieldError", "__version__", "fit", "load"]

__version__ = "0.1.0"

place_compiled()


def load(model: str) -> VAE:
    """A trained VAE: from the registry ("hopfield@champion", "hopfield@3", "hopfield"), or from a folder with one.

    Returns a torch module in evaluation mode, on the CPU. Its methods take temperatures in units of J:

        sample(n, temperature)      n configurations: int8 spins ±1 (n, *sites), or float32 directors (n, *sites, 3)
        encode(x, temperature)      mean and log-variance of q(z|x,T), each (n, latents); of an exact fit those of its posterior
        decode(z, temperature)      parameters of p(x_i|z,T), (n, channels, *sites): logits, or Bingham parameters

    `theory` holds what was decoded from it (`record`, `arrays`), or None. Nothing is unpickled. Raises LatentfieldError if there is
    no such model.
    """
    import tempfile
    from pathlib import Path

    if Path(model).is_dir():
        return _load_folder(Path(model))
    from latentfield.tracking.registered import fetch
    from latentfield.tracking.server import connect

    with tempfile.TemporaryDirectory() as folder:
        return _load_folder(fetch(connect(), model, Path(folder) / "model"))


def _load_folder(folder: Path) -> VAE:
    from latentfield.decoding import theory
    from latentfield.vae.model import load as load_model

    model = load_model(folder)
    model.theory = theory.read(folder)
    return model


def fit(
    array: NDArray,
    latents: int | Sequence[int] = (1, 2, 3),
    *,
    layout: str | None = None,
    validation: NDArray | None = None,
    test: NDArray | None = None,
    name: str = "data",
    folder: Path | str | None = None,
    **settings: str | float | Sequence[int],
) -> Result:
    """Does a binary data set have a latent mean-field theory, and with how many variables?

    `array` holds 0 and 1, -1 and 1, or booleans, (samples, sites), or with a `layout` (repeats, sites, bins), (repeats, bins,
    sites) or (samples, rows, columns); words to choose with and to test on, if not to be drawn from it, may be given as
    `validation` and `test`. `settings` are fields of `latentfield.fitting.settings.Settings` that are not to have their defaults:
    above all `split` ("random", "repeats", "movie": what is held out) and `decoder` ("linear", "curved", "corrected_mean_field",
    "cnn"), and for how long models are trained. Everything that `latentfield fit` writes goes to `folder`, if one is given, and an
    interrupted fit is taken up there. Returns the verdict with its numbers, the VAE as `model` and what was read off it as
    `theory`. Raises LatentfieldError for data that are not binary or too few, and for settings that do not exist.
    """
    import shutil
    import tempfile
    from pathlib import Path

    import numpy as np

    from latentfield.fitting.settings import settings as checked
    from latentfield.pipeline.own_recording import fit as fit_to
    from latentfield.recordings.store_words import DataSet
    from latentfield.recordings.words import given
    from latentfield.records.fitted import Source

    if validation is not None or test is not None:
        settings = {"split": "given"} | settings
    chosen = checked(latents=np.atleast_1d(latents).tolist(), **settings)
    parts = {n: (n, np.asarray(x)) for n, x in (("validation", validation), ("test", test)) if x is not None}
    found, label = given(("array", np.asarray(array)), **parts, layout=layout)
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(folder or Path(temporary) / "fit").resolve()
        scratch = place.with_name(f".{place.name}.scratch")
        data = DataSet(found, name, Source(layout=layout), label)
        result = fit_to(data, chosen, place, scratch, report=folder is not None)
        # Another process may be at work in it, and leaves its lock there.
        if scratch.exists() and not any(path.is_dir() for path in scratch.iterdir()):
            shutil.rmtree(scratch)
    return result
