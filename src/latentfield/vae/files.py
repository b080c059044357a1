"""The files of a trained model, named apart from what reads them, so that finding models needs no torch."""

CONFIG = "config.json"
"""Everything but the weights: architecture, sizes, where the model comes from."""
WEIGHTS = "weights.safetensors"
FILES = (CONFIG, WEIGHTS)
