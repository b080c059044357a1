import pytest

from latentfield.tracking.champion import judge

REAL = {"data_hash": "a", "val_neg_elbo": "10.0", "recording": "recording"}
SURROGATE = REAL | {"recording": "SURROGATE"}


@pytest.mark.parametrize(
    ("new", "old", "champion", "words"),
    [
        (REAL, None, True, "first of its system"),
        (REAL | {"val_neg_elbo": "9.9"}, REAL, True, "9.9 beats 10"),
        (REAL | {"val_neg_elbo": "10.1"}, REAL, False, "10.1 does not beat 10"),
        (REAL, REAL, False, "does not beat"),
        (REAL | {"val_neg_elbo": "-20"}, REAL, True, "-20 beats 10"),
        (REAL | {"val_neg_elbo": "1", "data_hash": "b"}, REAL, False, "`latentfield decoders promote ising@2`"),
        (SURROGATE | {"val_neg_elbo": "1"}, REAL, False, "never replaces"),
        (SURROGATE | {"val_neg_elbo": "1", "data_hash": "b"}, REAL, False, "never replaces"),
        (REAL | {"val_neg_elbo": "99", "data_hash": "b"}, SURROGATE, True, "from real data"),
        (SURROGATE | {"val_neg_elbo": "9"}, SURROGATE, True, "9 beats 10"),
        (SURROGATE, None, True, "first of its system"),
        ({"data_hash": "a", "val_neg_elbo": "9"}, {"data_hash": "a", "val_neg_elbo": "10"}, True, "9 beats 10"),
        (REAL | {"val_neg_elbo": "nan"}, None, False, "nan"),
        (REAL | {"val_neg_elbo": "-inf"}, REAL, False, "inf"),
        (REAL, {}, False, "not comparable"),
    ],
)
def test_rules(new, old, champion, words):
    verdict = judge(new, old, "latentfield decoders promote ising@2")
    assert verdict.champion is champion
    assert words in verdict.reason
