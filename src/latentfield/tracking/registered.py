"""Finding registered models: what there is, what a name like "hopfield@champion" means, and its files.

Everything here reads. A registered model is called `latentfield-NAME`, NAME that of a VAE of the pipeline, a study or a fit; of its
versions `registry` tells how they come about. Registered models of other projects on the same server are not seen.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from latentfield.decoding import theory
from latentfield.errors import LatentfieldError
from latentfield.tracking.champion import ALIAS
from latentfield.tracking.connection import Connection
from latentfield.vae.files import FILES
from latentfield.workspace.provenance import digest

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

PREFIX = "latentfield-"
"""Beginning of the names of all registered models of the project; names typed by a user may have it or not."""
CONTENT, THEORY = "sha256", "theory_sha256"
"""Tags of a version: digests of its model and of the theory decoded from it, SHA-256 over names and contents of two files each."""


@dataclass(frozen=True)
class Row:
    """One registered version; metrics in nats per configuration where their name says elbo."""

    name: str
    """With the prefix: "latentfield-hopfield"."""
    version: str
    """Its number, counted from 1, as text."""
    aliases: tuple[str, ...]
    """In alphabetical order; "champion" is one that the project gives itself."""
    system: str
    """The name under which it was registered, without the prefix."""
    metrics: dict[str, float]
    """Those given when it was registered (`tags.scores`), read back from the tags: `val_neg_elbo`, `val_rate`, ..."""
    data_hash: str
    """Digest of the sample set it was trained on; empty where it is not known."""
    created: datetime
    """In UTC."""
    recording: str
    """"recording", "SURROGATE" or "none"; empty where it is not known."""
    run_id: str | None
    """MLflow's run of its training; None where it is not known, as of the best model of a study."""


def list_decoders(connection: Connection) -> list[Row]:
    """Every registered version, by name, newest first; none on a server that has none. One request and one for each name.

    Raises `TrackingUnavailable` where the server fails.
    """
    with connection.scope() as client:
        return [row for name, aliases in sorted(_models(client).items())
                for row in (_row(version, aliases) for version in versions(client, name))]  # fmt: skip


def resolve(connection: Connection, spec: str) -> ModelVersion:
    """The version that "hopfield@champion", "hopfield@3" or "hopfield" (its champion) names.

    What stands after the @ is looked up among the aliases first, then among the numbers. Raises LatentfieldError for an
    unknown name, with those that there are, and for an unknown version or alias, with versions and aliases of that name.
    """
    name, _, which = spec.removeprefix(PREFIX).partition("@")
    name, which = PREFIX + name, which or ALIAS
    with connection.scope() as client:
        models = _models(client)
        if name not in models:
            known = ", ".join(sorted(model.removeprefix(PREFIX) for model in models)) or "none yet"
            raise LatentfieldError(f"No model {spec!r} is registered at {connection.place}; there are: {known}.")
        number = models[name].get(which, which)
        found = versions(client, name)
        match = next((version for version in found if str(version.version) == number), None)
        if match is None:
            numbers = ", ".join(str(version.version) for version in found) or "none"
            aliases = ", ".join(f"{alias} (version {n})" for alias, n in sorted(models[name].items())) or "none"
            raise LatentfieldError(f"There is no {which!r} of {name}; versions: {numbers}; aliases: {aliases}.")
        return match


def fetch(connection: Connection, spec: str, to: Path) -> Path:
    """Copy the model of a version, and the theory decoded from it if there is one, into the folder `to`, new or empty.

    Returns the folder as an absolute path. Files arrive in a hidden folder beside it, are compared with the digests among the
    version's tags and then moved: `to` is whole or untouched. Raises LatentfieldError where `to` holds anything, where the
    version does not exist, and where a file is not the one that was registered; `TrackingUnavailable` where the download
    fails.
    """
    to = Path(to).absolute()
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise LatentfieldError(f"{to} exists and is not an empty folder; remove it or choose another place.")
    version = resolve(connection, spec)
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{to.name}.", dir=to.parent) as stage:
        ready = _download(connection, version, Path(stage))
        for tag, names in ((CONTENT, FILES), (THEORY, theory.FILES)):
            if tag in version.tags and version.tags[tag] != digest(ready, names):
                raise LatentfieldError(
                    f"The files of {version.name} version {version.version} are not those registered."
                )
        os.replace(ready, to)
    return to


def versions(client: MlflowClient, name: str) -> list[ModelVersion]:
    """All versions of a registered model, newest first. Their `aliases` are always empty: MLflow does not fill them."""
    found: list[ModelVersion] = []
    token = None
    while True:
        page = client.search_model_versions(f"name = '{name}'", max_results=1000, page_token=token)
        found += page
        token = page.token
        if not token:
            return sorted(found, key=lambda version: -int(version.version))


def champion(client: MlflowClient, name: str) -> ModelVersion | None:
    """The version of a registered model that is champion; None where none is, or there is no such model."""
    number = _models(client).get(name, {}).get(ALIAS)
    return client.get_model_version(name, number) if number else None


def _download(connection: Connection, version: ModelVersion, stage: Path) -> Path:
    """A folder below `stage` with the version's model, and its theory if a tag tells of one; other files are left behind."""
    from mlflow.artifacts import download_artifacts

    ready = stage / "ready"
    ready.mkdir()
    with connection.scope():
        place = {"tracking_uri": connection.uri, "registry_uri": connection.uri}
        got = Path(download_artifacts(version.source, dst_path=str(stage / "all"), **place))
        for name in (*FILES, *(theory.FILES if THEORY in version.tags else ())):
            shutil.move(got / name, ready / name)
    return ready


def _models(client: MlflowClient) -> dict[str, dict[str, str]]:
    """Aliases of the registered models of the project, each with its version, by the model's name; a thousand models at most."""
    found = client.search_registered_models(f"name LIKE '{PREFIX}%'", max_results=1000)
    return {model.name: {alias: str(number) for alias, number in model.aliases.items()} for model in found}


def _row(version: ModelVersion, aliases: dict[str, str]) -> Row:
    tags = version.tags
    return Row(
        name=version.name,
        version=str(version.version),
        aliases=tuple(sorted(alias for alias, number in aliases.items() if number == str(version.version))),
        system=tags.get("system", version.name.removeprefix(PREFIX)),
        metrics={key: float(tags[key]) for key in json.loads(tags.get("metrics", "[]"))},
        data_hash=tags.get("data_hash", ""),
        created=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
        recording=tags.get("recording", ""),
        run_id=version.run_id or None,
    )
