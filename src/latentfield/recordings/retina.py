"""A recording of 160 salamander retinal ganglion cells watching a movie 297 times.

Data of Tkačik et al., PLoS Comput. Biol. 10, e1003408 (2014), DOI 10.15479/AT:ISTA:61. Spikes are binned at 20 ms; a cell that
fires in a bin is +1, a silent one -1. A word is the state of all cells in one bin. The original file holds `bint`, 0/1, of
shape (repeat, neuron, bin); sample sets hold (repeat, bin, neuron).

Every movie time recurs in all repeats, so held-out words can be chosen in three ways (`samples.splits`). The paper's choice is
"random": each held-out moment of the movie was seen in training.

Where the recording cannot be had, a *surrogate* stands in for it: words drawn from a small generalised Hopfield model that this
project fitted to the real one, P(s) = ∫ dz p(z) prod_i P(s_i|z) with linear fields b + W z and each p(z_k) given by its quantiles.
It is marked SURROGATE on everything made from it.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from latentfield.errors import LatentfieldError

NAME = "retina"
"""Of the data set in the pipeline, its settings and its records."""
TITLE = "Salamander retina"
"""How the report calls it."""
NOTE = """A word is the state of all cells in one bin of 20 ms: a cell fires or is silent. No entropy is known,
so the VAE is compared with other models fitted to the same words. The importance-weighted number is a tighter bound on the same
likelihood. Errors take whole stretches of the movie, in all repeats, as the independent units."""
"""What the report says of it."""
FILE = "bint_fishmovie32_100.mat"
"""Name of the original file, in the archive and in the folder of raw data."""
SHA256 = "50fa85a05950b76033809c8468f70c91fcd0c76d04587a685c1b76085f7f4dae"
"""Of that file: what a copy must have to be used."""
SHAPE = (297, 160, 953)
"""Repeats, neurons and bins in the file: 283,041 words of 160 cells."""
VARIABLE = "LATENTFIELD_RECORDING"
"""Environment variable that may name a copy; it goes before every other place."""
FIGSHARE = "https://api.figshare.com/v2/articles/5009840"
"""The archive's list of files, from which the address of the download is taken."""
SURROGATE: Final = "SURROGATE"
"""The mark on all that is made from words of the stand-in."""
SURROGATE_FILE = Path(__file__).with_name("surrogate.npz")
"""Its model: `field` b (160,), `patterns` W (2, 160), logits per unit of z, and `quantiles` of each p(z_k) (2, 1025)."""
BIN_SECONDS = 0.02
"""Width of a bin; a cell that fires more than once in it counts once."""


class Recording(BaseModel):
    """Settings of the recording: its block in `params.yaml`. Unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    split_seed: int = 0
    """Seed of the permutation that chooses the held-out words of the random split; the other splits hold out the end."""
    download: bool = True
    """Whether the recording may be fetched from its public archive when no copy is at hand."""


class Source(NamedTuple):
    """Where the words come from: `kind` is "recording" or "SURROGATE", `file` the copy in use, `reason` why none is."""

    kind: Literal["recording", "SURROGATE"]
    file: Path | None
    """None for a surrogate."""
    reason: str
    """Empty for the recording."""


def locate(raw: Path, download: bool = True) -> Source:
    """Find a copy of the recording: the file named by LATENTFIELD_RECORDING, one in the folder `raw`, else a download into it.

    Raises LatentfieldError if a copy is there but is not the recording; reports a SURROGATE source if there is none. A copy is the
    recording if its SHA-256 is, whatever its name; a wrong one is never passed over for the next place. Without `download` the
    network is left alone.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Source("recording", _checked(Path(named), f"named by {VARIABLE}"), "")
    if (raw / FILE).exists():
        return Source("recording", _checked(raw / FILE, "found"), "")
    if not download:
        return Source(SURROGATE, None, "no copy at hand and recording.download is false")
    reason = _download(raw)
    return Source(SURROGATE, None, reason) if reason else Source("recording", raw / FILE, "")


def warn_surrogate(reason: str) -> None:
    """Say loudly that the recording is missing and what stands in for it.

    A Python warning, with the `reason` and what to do to have the real one; nothing is raised.
    """
    warnings.warn(
        f"{SURROGATE} RECORDING: {reason}. Everything called {NAME!r} is made from synthetic words of a fitted model and is "
        f"marked {SURROGATE}. To use the real one, set {VARIABLE} to a copy of {FILE} or put it in data/raw/, and run again.",
        stacklevel=2,
    )


def _checked(file: Path, how: str) -> Path:
    """The file, if it is the recording bit by bit; raises LatentfieldError otherwise. `how` it was come by is for the message."""
    if not file.is_file():
        raise LatentfieldError(f"{file}, {how}, is not a file; expected the recording {FILE}")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if digest != SHA256:
        raise LatentfieldError(f"{file}, {how}, is not the recording: expected sha256 {SHA256}, found {digest}")
    return file


def _download(raw: Path) -> str:
    """Fetch the recording into `raw`; returns why that failed, or nothing.

    An archive that cannot be reached, or no longer lists the file, is a reason; a download with another checksum is a
    LatentfieldError.
    """
    import pooch
    import requests

    try:
        listing = requests.get(FIGSHARE, timeout=5)
        listing.raise_for_status()
        urls = [f["download_url"] for f in listing.json().get("files", []) if f["name"].endswith(FILE)]
        if not urls:
            return f"{FIGSHARE} lists no file {FILE}"
        pooch.retrieve(urls[0], known_hash=f"sha256:{SHA256}", fname=FILE, path=raw, progressbar=False)
    except requests.RequestException as error:
        return f"no copy at hand and the archive cannot be reached ({type(error).__name__})"
    except ValueError as error:
        raise LatentfieldError(f"the download from {FIGSHARE} is not the recording: {error}") from error
    return ""


def read(file: Path) -> NDArray[np.int8]:
    """Words ±1 of shape (repeat, bin, neuron) from the original file; its checksum is not tested here (`locate`).

    Raises LatentfieldError as `as_words` does. 45 MB as int8; all cells and all bins are kept, silent words too.
    """
    from scipy.io import loadmat

    return as_words(loadmat(file, variable_names=["bint"]).get("bint"), file)


def as_words(bint: NDArray | None, file: Path) -> NDArray[np.int8]:
    """Words ±1 (repeat, bin, neuron) from 0/1 responses (repeat, neuron, bin); raises LatentfieldError on anything else.

    That is: no array (`bint` is None), another shape than `SHAPE`, or values other than 0 and 1. `file` is for the message.
    """
    if bint is None:
        raise LatentfieldError(f"{file} has no array 'bint'")
    if bint.shape != SHAPE:
        raise LatentfieldError(f"{file}: 'bint' should have shape {SHAPE} (repeat, neuron, bin), found {bint.shape}")
    values = np.unique(bint)
    if not np.isin(values, (0, 1)).all():
        raise LatentfieldError(f"{file}: 'bint' should hold 0 and 1 only, found {values[:5].tolist()}")
    return (2 * bint.transpose(0, 2, 1).astype(np.int8) - 1).astype(np.int8)


def surrogate(seed: int) -> NDArray[np.int8]:
    """Words ±1 (repeat, bin, neuron) of the fitted generalised Hopfield model, as many as the recording has.

    Every word has a z of its own, two latents drawn independently by the inverse of their distribution functions, and every
    cell is then +1 with probability 1 / (1 + exp(-(b_i + sum_k z_k W_ki))). So words are independent: there is no movie,
    repeats have nothing in common, and the three splits are equally hard. A two-latent theory is true of it by
    construction. The same seed, the same words.
    """
    with np.load(SURROGATE_FILE) as fitted:
        field, patterns, quantiles = (fitted[name].astype(np.float64) for name in ("field", "patterns", "quantiles"))
    rng = np.random.default_rng(np.random.SeedSequence([seed, 0x5E77A]))
    repeats, neurons, bins = SHAPE
    level = np.linspace(0, 1, quantiles.shape[1])
    words = np.empty((repeats, bins, neurons), np.int8)
    for repeat in words:
        z = np.stack([np.interp(rng.random(bins), level, q) for q in quantiles], 1)
        repeat[:] = np.where(rng.random((bins, neurons)) < 1 / (1 + np.exp(-(field + z @ patterns))), 1, -1)
    return words
