"""Labels come from the table of systems: titles, notes, order, and which VAE stands for a system, whatever entries are called."""

import pytest

from latentfield.recordings import retina
from latentfield.report.labels import heading, note, ordered, representative, title
from latentfield.systems.table import SYSTEMS
from tests.report.records import recorded, sampled


def entries(*triples: tuple[str, str, str]) -> dict:
    """Records by name from (name, system, prior)."""
    return {name: sampled(system, name=name, prior=prior)[0] for name, system, prior in triples}


@pytest.mark.parametrize("system", SYSTEMS.values())
def test_every_system_says_what_it_is_called(system):
    assert title(system.name) == system.title and note(system.name) == system.note
    assert len(system.title.split()) > 1 and system.note.endswith(".") and len(system.note) > 80
    assert system.transition > 0 and system.transition_symbol.startswith("$T")


def test_other_data_have_their_name_and_the_recording_its_own():
    assert (title("my_cells"), note("my_cells")) == ("my cells", "")
    assert title("retina") == retina.TITLE == "Salamander retina" and "20 ms" in note("retina")


def test_vaes_stand_in_the_order_of_the_table_and_recordings_last():
    metrics = entries(
        ("zz", "hopfield", "spline"),
        ("b", "maier_saupe", "spline"),
        ("aa", "hopfield", "spline"),
        ("c", "ising", "spline"),
    )
    metrics["a"] = recorded()[0]
    assert ordered(metrics) == ["c", "aa", "zz", "b", "a"]


def test_the_joint_prior_stands_for_its_system_by_its_record_and_not_its_name():
    metrics = entries(
        ("hopfield_joint", "hopfield", "spline"), ("any", "hopfield", "autoregressive"), ("one", "ising", "spline")
    )
    assert representative(metrics, "hopfield") == "any" and representative(metrics, "ising") == "one"
    assert representative(metrics, "maier_saupe") is None
    assert heading(metrics["any"]) == "Hopfield network, joint prior"
    assert heading(metrics["hopfield_joint"]) == "Hopfield network"
