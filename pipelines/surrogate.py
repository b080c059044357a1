"""Not a stage: fit the surrogate recording that stands in where the real one cannot be had. Usage: python pipelines/surrogate.py

Takes the generalised Hopfield model out of models/retina, trained on the real recording, and writes the few numbers that define it
into the package. Run it again only when that model changes for good.
"""

import numpy as np
import torch

from latentfield.errors import LatentfieldError
from latentfield.pipeline.stage import MODELS, run
from latentfield.recordings import retina
from latentfield.vae.model import load

LEVELS = 1025


def main() -> None:
    """Write src/latentfield/recordings/surrogate.npz: field, patterns, and the quantiles of each latent's prior."""
    model = load(MODELS / retina.NAME)
    if model.record.recording == retina.SURROGATE:
        raise LatentfieldError(
            f"{MODELS / retina.NAME} was itself trained on the {retina.SURROGATE}; train it on the recording"
        )
    level = (torch.arange(LEVELS) + 0.5) / LEVELS
    u = torch.special.ndtri(level)[:, None].expand(-1, model.architecture.latents)
    with torch.no_grad():
        z = model.prior.transform(model.scaled(1.0, LEVELS)).inv(u)
    linear = model.decoder.linear
    arrays = {"field": linear.bias, "patterns": linear.weight.T, "quantiles": z.T}
    np.savez(
        retina.SURROGATE_FILE, **{name: value.detach().numpy().astype(np.float32) for name, value in arrays.items()}
    )


if __name__ == "__main__":
    run(main)
