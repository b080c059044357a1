"""Everything that is committed as JSON is what its schema says."""

import json

import pytest

from latentfield.pipeline.schemas import ADAPTERS, schemas
from latentfield.records.base import checked, read_json
from tests import ROOT

FILES = {
    "reports/metrics/NAME.json": sorted((ROOT / "reports" / "metrics").glob("*.json")),
    "reports/studies/capacity.json": sorted((ROOT / "reports" / "studies").glob("capacity*.json")),
    "reports/studies/latents.json": [ROOT / "reports" / "studies" / "latents.json"],
    "reports/studies/load.json": [ROOT / "reports" / "studies" / "load.json"],
}


def known(content):
    """Plain data without what is not known."""
    if isinstance(content, dict):
        return {key: known(value) for key, value in content.items() if value is not None}
    return [known(value) for value in content] if isinstance(content, list) else content


@pytest.mark.parametrize("name", FILES)
def test_committed_records_follow_their_schemas_and_lose_nothing(name):
    assert FILES[name]
    for file in FILES[name]:
        content = read_json(file)
        assert checked(ADAPTERS[name], content, str(file)).plain() == known(content)


def test_every_schema_describes_its_fields():
    found = schemas()
    assert set(found) == set(ADAPTERS) and json.dumps(found)
    measured = found["reports/metrics/NAME.json"]["$defs"]["MeasuredSystem"]
    assert {"gap", "rate", "neg_elbo"} <= set(measured["properties"]) and measured["additionalProperties"] is False
