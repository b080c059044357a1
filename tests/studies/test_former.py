"""Records of earlier versions are read and drawn: their trainings had a factor of the learning rate per epoch."""

from latentfield.studies.former import without_decay
from latentfield.studies.pattern_load.plan import LoadStudy


def test_a_factor_per_epoch_is_left_out_and_nothing_else():
    assert without_decay({"epochs": 3, "decay": 0.9}) == {"epochs": 3}
    assert without_decay({"epochs": 3}) == {"epochs": 3}
    assert without_decay(None) is None


def test_a_study_of_an_earlier_version_is_one_of_today():
    """It is read the same with the factor and without."""
    training = {"epochs": 6, "hold": 2, "ramp": 2, "learning_rate": 0.05}
    study = {"size": 4, "patterns": [1], "samples": [100], "decoder_patterns": [1], "training": training}
    study["temperatures"] = {"min": 0.5, "max": 2.0, "count": 4}
    today = LoadStudy.recorded(study)
    assert LoadStudy.recorded(study | {"training": training | {"decay": 0.9}}) == today
    assert today.training.hold == 2
