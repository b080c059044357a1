"""A project at toy size: the real dvc.yaml and scripts, small parameters, no recording."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests import ROOT

SPINS = {"size": 4, "blocks": 2, "chains": 16, "effective": 1}
NETWORK = {"hidden": [4, 4], "epochs": 2, "prior": {"layers": 1, "bins": 4, "hidden": 4}}
MIXTURE = {"kind": "mixture", "components": 4}


def toy_parameters() -> dict:
    parameters = YAML(typ="safe").load((ROOT / "params.yaml").read_text())
    parameters["profile"] = "toy"
    parameters["recording"]["download"] = False
    for name, block in parameters["sample"].items():
        block.update(SPINS)
        block["temperatures"]["count"] = 3
        if name != "curie_weiss":
            block.update(draws=4, burn_in=4, spacing=2)
    for block in parameters["train"].values():
        if block["encoder"] == "exact":
            block.update(rounds=2, closing=1)
        else:
            block.update(NETWORK | ({"prior": MIXTURE} if block["prior"]["kind"] == "mixture" else {}))
    parameters["train"]["retina"]["epochs"] = 1
    parameters["evaluate"] = {"posterior_draws": 1, "model_samples": 64, "importance_samples": 2}
    parameters["sweep"]["heartbeat"] = 2
    for study in ("default", "full"):
        parameters["sweep"][study] |= {"latents": [1, 2], "precision_caps": [2.0, 8.0], "search": 1}
        parameters["sweep"][study]["hopfield"] |= {"size": 4, "patterns": [1]}
        parameters["sweep"][study]["ising"] |= {"sizes": [4], "temperatures": [1.0]}
        for name in ("hopfield", "ising"):
            block = parameters["sweep"][study][name]
            block["chains"] = {"chains": 20, "draws": 10, "burn_in": 10, "spacing": 2}
            block["network"] |= {"hidden": [4, 4], "epochs": 3}
    parameters["evaluate"] |= {
        "ratio_steps": 12,
        "word_ratio_steps": 12,
        "mixtures": [2],
        "pairwise_steps": 5,
        "exact_rounds": 2,
    }
    return parameters


class Project:
    """A checkout of its own with toy parameters."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def call(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Run a command with this interpreter's folder first on the path and this checkout's sources; its output as text."""
        full = self.environment(**environment)
        return subprocess.run(arguments, cwd=self.root, env=full, capture_output=True, text=True, check=False)

    def environment(self, **more: str) -> dict[str, str]:
        """The variables under which commands of this checkout run."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        sources = [str(self.root / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
        return os.environ | {"PATH": path, "PYTHONPATH": os.pathsep.join(sources)} | more


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    """The real dvc.yaml, scripts and sources with toy parameters, in a git repository, away from any tracking server."""
    for name in ("dvc.yaml", ".dvcignore", "pipelines", ".dvc/config"):
        source, target = ROOT / name, tmp_path / "toy" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    root = tmp_path / "toy"
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    YAML().dump(toy_parameters(), root / "params.yaml")
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    for variable in ("LATENTFIELD_RECORDING", "MLFLOW_TRACKING_URI", "DVC_ROOT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    return Project(root)
