"""The registry: trained models as versions of `latentfield-<system>`, one of which has the alias `champion`.

The same content is never registered twice, and a version is judged once, so that a champion chosen by hand stays.
Everything known about a version is in its tags, as strings:

    system, sha256, theory_sha256       its name without prefix; digests of model and of theory, if one is attached
    data_hash, recording, param.*, ...  where it comes from (`tags.run_tags`)
    val_neg_elbo, val_rate, ...         metrics, nats per configuration, in all digits (`tags.scores`)
    metrics                             names of these, a JSON list
    verdict                             whether it became champion when it was judged, and why

A registration that was killed is finished by the next one: a version without verdict is judged then. There is no lock: two
processes that register the same content at the same moment make two versions of it, which does no harm but to the list.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from latentfield.decoding import theory
from latentfield.errors import LatentfieldError
from latentfield.tracking.champion import ALIAS, SCORE, Verdict, judge
from latentfield.tracking.connection import Connection
from latentfield.tracking.logged_model import log_model, read_record
from latentfield.tracking.registered import CONTENT, PREFIX, THEORY, champion, fetch, list_decoders, resolve, versions
from latentfield.vae.files import FILES
from latentfield.workspace.provenance import digest

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["Version", "attach", "fetch", "list_decoders", "promote", "register", "resolve"]


@dataclass(frozen=True)
class Version:
    """A registered version: whether this call created it, whether it is champion now, and why."""

    name: str
    """With the prefix: "latentfield-hopfield"."""
    version: str
    """Its number, as text."""
    created: bool
    """False where its content was registered before."""
    champion: bool
    reason: str
    """The verdict of the one time it was judged, or that another version has taken its place since."""


def register(
    connection: Connection,
    model_dir: Path,
    system: str,
    run_id: str | None,
    tags: Mapping[str, str],
    metrics: Mapping[str, float],
) -> Version:
    """Register a model folder, unless its content is registered already, and let the best version be champion.

    `tags` must have "data_hash", and "recording": "SURROGATE" where synthetic data stand in for a recording; `metrics`
    must have "val_neg_elbo". The rules are those of `champion.judge`.

    The content is that of `config.json` and `weights.safetensors`, bit for bit: the same weights, trained again by code of another
    digest, are another version, since the record names the code. `run_id` is the run of the training, or None; with one the metrics
    of a new version are also logged there, at step 0, as metrics of the model. Raises LatentfieldError where the folder is no
    trained model or a key is missing, before MLflow is asked, and `TrackingUnavailable` where MLflow fails; what it has done
    by then the next call finds, but for a model that no version was made of.
    """
    model_dir = Path(model_dir)
    read_record(model_dir)
    for key, given in (("data_hash", tags), (SCORE, metrics)):
        if key not in given:
            raise LatentfieldError(f"Registering {system} needs {key!r}, got {', '.join(sorted(given)) or 'nothing'}.")
    name, content = PREFIX + system, digest(model_dir, FILES)
    with connection.scope() as client:
        _ensure(client, name)
        found = next((v for v in versions(client, name) if v.tags.get(CONTENT) == content), None)
        if found is None:
            known = _tags(system, content, tags, metrics)
            number = _create(client, connection, model_dir, name, run_id, known, metrics)
        else:
            number, known = str(found.version), found.tags
        verdict = _settle(client, name, number, known)
    return Version(name, number, found is None, verdict.champion, verdict.reason)


def attach(connection: Connection, version: Version, folder: Path) -> bool:
    """Let the theory in a folder travel with a registered version, in place of an earlier one; whether anything was new.

    Its two files are laid beside the weights, then the tag `theory_sha256` is set; killed in between, the digest is that of
    the theory before, or none, and `fetch` refuses the version, or leaves the theory out, until it is attached again. Raises
    LatentfieldError where the folder has no theory. The theory does not count when versions are compared.
    """
    missing = [name for name in theory.FILES if not (folder / name).is_file()]
    if missing:
        raise LatentfieldError(f"{folder} is not a decoded theory: it has no {' and no '.join(missing)}.")
    content = digest(folder, theory.FILES)
    with connection.scope() as client:
        registered = client.get_model_version(version.name, version.version)
        if registered.tags.get(THEORY) == content:
            return False
        with tempfile.TemporaryDirectory() as stage:
            for name in theory.FILES:
                shutil.copyfile(folder / name, Path(stage, name))
            client.log_model_artifacts(str(registered.source).removeprefix("models:/"), stage)
        client.set_model_version_tag(version.name, version.version, THEORY, content)
    return True


def promote(connection: Connection, spec: str) -> Version:
    """Make the version that `spec` names ("ising@3") the champion of its system, whatever its score.

    The choice lasts until a new version is registered that `champion.judge` puts before it; versions judged already are not judged
    again. Raises LatentfieldError as `resolve` does, `TrackingUnavailable` where MLflow fails.
    """
    version = resolve(connection, spec)
    with connection.scope() as client:
        client.set_registered_model_alias(version.name, ALIAS, str(version.version))
        client.set_model_version_tag(version.name, str(version.version), "verdict", "champion: promoted by hand")
    return Version(version.name, str(version.version), False, True, "champion: promoted by hand")


def _tags(system: str, content: str, tags: Mapping[str, str], metrics: Mapping[str, float]) -> dict[str, str]:
    known = {key: str(value) for key, value in tags.items()} | {key: repr(float(v)) for key, v in metrics.items()}
    return known | {"system": system, CONTENT: content, "metrics": json.dumps(sorted(metrics))}


def _ensure(client: MlflowClient, name: str) -> None:
    from mlflow import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _create(
    client: MlflowClient, connection: Connection, folder: Path, name: str, run_id: str | None,
    tags: dict[str, str], metrics: Mapping[str, float],
) -> str:  # fmt: skip
    """Log the model, then make the version with all its tags in one request; returns its number.

    MLflow's page of a model shows its versions by a tag of the model, which the client does not write by itself.
    """
    from mlflow.entities import Metric

    model = log_model(client, connection.experiment_id, folder, tags["system"], run_id, tags)
    if run_id:
        now = time.time_ns() // 1_000_000
        values = [Metric(key, float(value), now, 0, model_id=model.model_id) for key, value in metrics.items()]
        client.log_batch(run_id, metrics=values, synchronous=True)
    source = f"models:/{model.model_id}"
    version = client.create_model_version(name, source, run_id, tags, model_id=model.model_id)
    link = [{"name": name, "version": str(version.version)}]
    client.set_logged_model_tags(model.model_id, {"mlflow.modelVersions": json.dumps(link)})
    return str(version.version)


def _settle(client: MlflowClient, name: str, number: str, tags: Mapping[str, str]) -> Verdict:
    """Judge a version that was never judged, or say how it stands now; the alias is set before the tag that says so."""
    best = champion(client, name)
    leads = best is not None and str(best.version) == number
    if "verdict" in tags:
        displaced = tags["verdict"].startswith("champion") and not leads
        return Verdict(leads, "was champion; another version has taken its place" if displaced else tags["verdict"])
    if leads:
        best = None
    command = f"latentfield decoders promote {name.removeprefix(PREFIX)}@{number}"
    verdict = judge(tags, best.tags if best else None, command)
    if verdict.champion:
        client.set_registered_model_alias(name, ALIAS, number)
    client.set_model_version_tag(name, number, "verdict", verdict.reason)
    return verdict
