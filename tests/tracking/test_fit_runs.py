"""The runs of a fit in their journals: begun again after a kill, they say nothing twice."""

from latentfield.records.fitted import Assessed, Left
from latentfield.records.measured import Measure
from latentfield.tracking.fit_runs import FitRuns
from latentfield.tracking.journal import Journal, journal_file

ESTIMATES = ("neg_elbo", "distortion", "rate", "rate_useful", "rate_excess", "tc")
SAME = dict.fromkeys(ESTIMATES[:-1], Measure(value=1.5, se=0.1))
ASSESSED = Assessed(**SAME, latents_nats=(), latents=1, elbo=-1.5, tc=Left(value=1.5, se=0.1, saturated=False))


def events(root, key):
    return [event["event"] for event in Journal(journal_file(root, key)).events()]


def test_a_fit_that_is_taken_up_again_ends_once_with_every_epoch_once(tmp_path):
    for _ in range(2):
        runs = FitRuns(tmp_path, "spikes-1a", {"system": "spikes"})
        runs.open("spikes", {"latents": [1]})
        runs.begin("d01", {"latents": 1})
        for epoch, elbo in enumerate((-3.0, -2.0)):
            runs.epoch("d01", epoch, {"val/elbo": elbo})
    for _ in range(2):
        runs.end("d01", ASSESSED)
        runs.close({"test/chosen": 1.0}, [])
    assert events(tmp_path, "spikes-1a") == ["start", "start", "results", "end"]
    assert events(tmp_path, "spikes-1a-d01") == ["start", "metrics", "metrics", "start", "results", "end"]
    found = Journal(journal_file(tmp_path, "spikes-1a-d01")).events()
    assert found[0]["parent"] == "spikes-1a" and found[0]["tags"] == {"system": "spikes"}
    assert found[-2]["values"] == {
        f"test/{name}{error}": value for name in ESTIMATES for error, value in (("", 1.5), ("_se", 0.1))
    }
