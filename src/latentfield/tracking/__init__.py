"""MLflow runs and the model registry.

DVC owns data and checkpoints; MLflow owns curves and registered models. Training never waits for MLflow: a run is first
written to a journal on disk (`journal`), which is replayed into the server whenever one answers (`replay`, `server`).
Trained models become registered versions with one champion per system (`registry`, `champion`). Nothing is pickled.
"""
