"""Stages depend on the modules that their numbers come from: on all of them, and on nothing else."""

import ast

import pytest
from ruamel.yaml import YAML

from latentfield.systems.table import SYSTEMS
from latentfield.workspace import provenance
from tests import ROOT

STAGES = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text())["stages"]
STUDIES = YAML(typ="safe").load((ROOT / "pipelines" / "dvc.yaml").read_text())["stages"]
KEEPERS = ("errors", "arrays", "workspace", "pipeline", "tracking", "cli")
"""What says where things are and how they went, and enters no number."""
DATA = ("evaluate", "decode", "latents")
"""Stages that read sample sets."""
TRAVEL = ("latentfield.systems.table", *(system.__module__ for system in SYSTEMS.values()))
"""Systems change with their sample sets, which say what they come from: to those who read these a new one changes nothing."""
ENTRIES = {
    "sweep": ["latentfield.studies.capacity.study", "latentfield.studies.capacity.trial"],
    "draw": ["latentfield.report.figures.one_vae", "latentfield.report.figures.overview"],
}
"""Where scripts only call a keeper, or read with more than they draw with."""


def used(stage: str) -> set[str]:
    """Modules that the script of a stage imports at any depth, but for keepers."""
    tree = ast.parse((ROOT / "pipelines" / f"{stage}.py").read_text())
    left, found = list(ENTRIES.get(stage, provenance.imported(tree))), set()
    if stage == "sample":
        left += TRAVEL[1:]
    while left:
        module = left.pop()
        if module in found or module.split(".")[1] in KEEPERS or (stage in DATA and module in TRAVEL):
            continue
        found.add(module)
        left += provenance.imported(ast.parse(provenance._file(module).read_text()))
    return found


def listed(stage: dict) -> list[str]:
    """Sources of the package that a stage lists; of a stage for each system, those of all."""
    deps = [dep for dep in stage["deps"] if dep.startswith("src/")]
    names = list(SYSTEMS) if any("${key}" in dep for dep in deps) else [""]
    return [dep.replace("${key}", name) for dep in deps for name in (names if "${key}" in dep else names[:1])]


ALL = {name: stage.get("do", stage) for name, stage in (STAGES | STUDIES).items()}
COMPUTING = [name for name in ALL if name not in ("locate", "register", "report")]


@pytest.mark.parametrize("name", COMPUTING)
def test_a_stage_lists_every_module_that_it_uses(name):
    files = [ROOT / dep for dep in listed(ALL[name])]
    missing = sorted(
        module for module in used(name)
        if not any(file in (path := provenance._file(module), *path.parents) for file in files)
    )  # fmt: skip
    assert not missing


@pytest.mark.parametrize("name", COMPUTING)
def test_a_stage_lists_nothing_that_it_does_not_use(name):
    files = {provenance._file(module) for module in used(name)}
    idle = [dep for dep in listed(ALL[name]) if dep.endswith(".py") and ROOT / dep not in files]
    idle += [
        dep
        for dep in listed(ALL[name])
        if (ROOT / dep).is_dir() and not any(ROOT / dep in file.parents for file in files)
    ]
    assert not idle
