"""Plain assertions of the published suite show their values."""

import pytest

PARTS = ("directory", "artifacts", "records", "removals", "grants", "sets", "samples", "processes")
pytest.register_assert_rewrite(*(f"limen.testing.storage_{part}" for part in PARTS))
