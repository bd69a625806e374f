"""Files say what they are: in their name, and in their first line."""

import re

from tests.house.tree import PACKAGE, modules

DRAWERS = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
PLUG_IN_ROOMS = {"binding", "client_auth", "grants"}
HAVE_BASE = PLUG_IN_ROOMS | {"journey", "tokens/formats"}
CITING = PLUG_IN_ROOMS | {"endpoints", "protocol"}
SPECIFICATION = re.compile(r"\bRFC \d{4}|\b(OIDC|OpenID|OAuth|FAPI|JARM|CIBA|WebAuthn|SCIM|SAML)\b")


def test_no_file_is_a_drawer():
    words = {module.name: set(re.split(r"[/_.]", module.name)) for module in modules()}

    assert [name for name, parts in words.items() if parts & DRAWERS] == []


def test_only_plug_in_rooms_have_a_base():
    bases = [module.path.relative_to(PACKAGE) for module in modules() if module.path.stem == "base"]

    assert [base for base in bases if base.parent.as_posix() not in HAVE_BASE] == []


def test_every_file_says_what_it_is():
    assert [module.name for module in modules() if not module.docstring.strip()] == []


def test_rules_cite_their_specification_in_the_first_line():
    uncited = [
        module.name
        for module in modules()
        if module.room in CITING
        and module.path.name != "__init__.py"  # a room's own first line says what the room is
        and not SPECIFICATION.search(module.docstring.partition("\n")[0])
    ]

    assert uncited == []
