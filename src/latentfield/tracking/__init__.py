"""MLflow runs and the model registry.

DVC owns data and checkpoints; MLflow owns curves and registered models. Training never waits for MLflow: a run is first
written to a journal on disk (`journal`), which is replayed into the server whenever one answers (`replay`, `server`).
Trained models become registered versions with one champion per system (`registry`, `champion`). Nothing is pickled.

Everything lies below `mlruns` of the checkout unless MLFLOW_TRACKING_URI names a server, which then has runs and models; journals
stay on local disk in any case:

    mlruns/mlflow.db                    runs and registry, SQLite (`local`); beside it a lock, and a mark while it is being made
    mlruns/artifacts/                   files of runs and of models
    mlruns/journal/KEY.jsonl            journal of the run KEY
    mlruns/journal/KEY.uploaded.json    how many of its events each server has; a note that may be lost
    mlruns/journal/files/CONTENT/NAME   copies of artifacts, by a hash of their content

Runs are in the experiment "latentfield". One run belongs to each VAE of the pipeline, to each fit and each of its VAEs, to each
instance of the capacity study and each of its trials (`fit_runs`, `trial_runs`); those of VAEs of a fit and of trials stand below
the run of their whole. Metrics of an epoch are `train/NAME` and `val/NAME`, measurements on the trained model `test/NAME` with
their standard error in `test/NAME_se` (`tags`); information is in nats per configuration.
"""
