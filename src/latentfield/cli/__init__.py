"""The `latentfield` command.

app         the command, and what belongs to no other group
fit         fits of own recordings
study       the capacity study
decoders    the model registry

Parameters, samples, models and reports are looked for in the working directory, which is the root of a checkout; the store of
MLflow, that of Optuna and scratch folders in the nearest folder, from there upwards, that has a `dvc.yaml` (`workspace.root`).

Exit codes: 0 where all went well; 1 where `verify` finds damage; 2 where the input or the surroundings are wrong, with one message
on stderr that says what was got and what is allowed. `run` and `ui` pass on those of the programs that they start. With `--json`
the results are one JSON value on stdout.
"""
