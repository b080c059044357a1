"""What `import latentfield` offers."""

import numpy as np
import pytest

import latentfield


def test_everything_that_is_offered_is_there():
    assert set(latentfield.__all__) == {"LatentfieldError", "__version__", "fit", "load"}
    assert all(hasattr(latentfield, name) for name in latentfield.__all__)


def test_a_setting_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(latentfield.LatentfieldError, match=r"stepz: unknown key \(got 3\); allowed here: .*steps"):
        latentfield.fit(np.ones((100, 4)), latents=1, stepz=3)
    with pytest.raises(latentfield.LatentfieldError, match="split"):
        latentfield.fit(np.ones((100, 4)), latents=1, split="odd")
