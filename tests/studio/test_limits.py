"""Tests a visitor's limits: defaults, settings, and invalid settings."""

import pytest

from ganlib import UserError
from studio.limits import Limits


def test_the_environment_sets_what_it_names():
    limits = Limits.from_environment({"STUDIO_MINUTES": "120", "STUDIO_JOBS": "1", "STUDIO_PICTURES": "", "HOME": "x"})
    assert limits == Limits(minutes=120.0, jobs=1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("STUDIO_MINUTES", "soon"),
        ("STUDIO_JOBS", "1.5"),
        ("STUDIO_MINUTES", "0"),
        ("STUDIO_MINUTES", "nan"),
        ("STUDIO_DISK_BYTES", "-1"),
    ],
)
def test_a_setting_without_sense_is_named(name, text):
    with pytest.raises(UserError, match=name):
        Limits.from_environment({name: text})
