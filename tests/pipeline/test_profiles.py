"""Profiles: choosing one changes the numbers it names and nothing else, comments included."""

import shutil
from pathlib import Path

import pytest

from latentfield.errors import LatentfieldError
from latentfield.pipeline import params, profiles
from tests import ROOT


@pytest.fixture
def file(tmp_path) -> Path:
    """A copy of the repository's parameters."""
    return Path(shutil.copy(ROOT / "params.yaml", tmp_path / "params.yaml"))


def choose(name: str, file: Path) -> None:
    profiles.choose(name, file, ROOT / "profiles")


def leaves(data: dict, path: str = "") -> dict[str, object]:
    """Values by dotted path."""
    found = {}
    for key, value in data.items():
        found |= leaves(value, f"{path}{key}.") if isinstance(value, dict) else {path + key: value}
    return found


def test_the_repository_stands_at_the_laptop_profile(file):
    """Byte for byte: otherwise `make` would mark every stage as changed."""
    before = file.read_bytes()
    choose("laptop", file)
    assert file.read_bytes() == before


def test_paper_and_back(file):
    before = file.read_bytes()
    choose("paper", file)
    assert file.read_bytes() != before
    choose("laptop", file)
    assert file.read_bytes() == before


def test_paper_sets_its_values_and_nothing_else(file):
    before = leaves(params.read(file))
    choose("paper", file)
    after, wanted = leaves(params.read(file)), leaves(params.read(ROOT / "profiles" / "paper.yaml"))
    assert after == before | wanted
    loaded = params.load(file)
    assert loaded.profile == "paper" and loaded.sample.ising.size == 32
    assert loaded.sample.ising.temperatures.count == 61 and loaded.sample.ising.temperatures.max == 3.4
    assert file.read_text().count("#") == (ROOT / "params.yaml").read_text().count("#")


def test_profiles_override_the_same_keys():
    """A key that only one of them names would survive the way back."""
    first, second = (leaves(params.read(file)).keys() for file in sorted((ROOT / "profiles").glob("*.yaml")))
    assert first == second


def test_an_unknown_profile_is_refused_with_those_there_are(file):
    with pytest.raises(LatentfieldError, match="unknown profile 'cluster'; there are: laptop, paper"):
        choose("cluster", file)


def test_a_project_without_profiles_says_so(file, tmp_path):
    with pytest.raises(LatentfieldError, match="unknown profile 'laptop'; there are: none in"):
        profiles.choose("laptop", file, tmp_path / "profiles")


def test_an_invalid_profile_changes_nothing(file, tmp_path):
    (tmp_path / "broken.yaml").write_text("sample: {ising: {size: 18}}\n")
    before = file.read_bytes()
    with pytest.raises(LatentfieldError, match=r"params\.yaml: sample\.ising\.size: got 18"):
        profiles.choose("broken", file, tmp_path)
    assert file.read_bytes() == before
    assert sorted(child.name for child in tmp_path.iterdir()) == ["broken.yaml", "params.yaml"]


def test_a_missing_or_broken_parameter_file_is_one_readable_error(tmp_path):
    with pytest.raises(LatentfieldError, match=r"no .*params\.yaml here"):
        choose("laptop", tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_text("sample: [1")
    with pytest.raises(LatentfieldError, match="is not YAML"):
        choose("laptop", tmp_path / "params.yaml")
