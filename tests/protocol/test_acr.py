"""How strongly a request wants a person to have signed in."""

import pytest

from limen.protocol.acr import AcrWanted, acr_wanted


@pytest.mark.parametrize(
    ("acr_values", "id_token", "defaults", "wanted"),
    [
        (None, {}, (), AcrWanted()),
        ("a b", {}, ("c",), AcrWanted(frozenset({"a", "b"}))),
        (None, {}, ("c",), AcrWanted(frozenset({"c"}))),
        ("a", {"acr": {"essential": True, "values": ["x", 1, {}]}}, (), AcrWanted(frozenset({"x"}), True)),
        ("a", {"acr": {"value": "x"}}, (), AcrWanted(frozenset({"x"}))),
        ("a", {"acr": None}, (), AcrWanted(frozenset({"a"}))),
        (None, {"acr": {"essential": True}}, (), AcrWanted()),
    ],
)
def test_the_claim_acr_goes_before_acr_values_and_those_before_defaults(
    acr_values, id_token, defaults, wanted
):
    assert acr_wanted(acr_values, id_token, defaults) == wanted


def test_wanting_nothing_is_met_by_anything():
    assert AcrWanted().is_met_by(None)
    assert AcrWanted(frozenset({"a"})).is_met_by("a")
    assert not AcrWanted(frozenset({"a"})).is_met_by(None)
    assert AcrWanted(frozenset({"a"})).can_be_met(frozenset({"a", "b"}))
    assert not AcrWanted(frozenset({"a"})).can_be_met(frozenset())
