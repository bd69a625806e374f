"""Adapters know the ground floor alone, and nothing but tests uses the testing room.

The contracts in pyproject.toml follow imports to their end; these rules hold for their __init__.py too.
"""

import ast

from tests.house.tree import modules

ADAPTERS = {"crypto", "http", "outbound", "storage", "testing"}
GROUND = {"errors", "model", "ports", "protocol"}


def _rooms(module):
    """The rooms of limen a file imports from."""
    names = [alias.name for node in module.nodes(ast.Import) for alias in node.names]
    for node in module.nodes(ast.ImportFrom):
        names += [f"{node.module}.{alias.name}" for alias in node.names]
    return {name.split(".")[1] for name in names if name.startswith("limen.")}


def _strays(room_of_interest, allowed):
    strays = {
        module.name: _rooms(module) - allowed(module) for module in modules() if room_of_interest(module)
    }
    return {name: rooms for name, rooms in strays.items() if rooms}


def test_adapters_know_only_the_ground():
    strays = _strays(lambda module: module.room in ADAPTERS, lambda module: GROUND | {module.room})

    assert strays == {}


def test_only_tests_use_the_testing_room():
    users = [module.name for module in modules() if module.room != "testing" and "testing" in _rooms(module)]

    assert users == []
