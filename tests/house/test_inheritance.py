"""Classes are values and protocols; behaviour is not inherited."""

import ast
import builtins

from tests.house.tree import modules

ENUMERATIONS = {"Enum", "Flag", "IntEnum", "IntFlag", "StrEnum"}
PROTOCOLS = {"Generic", "Protocol"}
VALUES = {"NamedTuple", "Struct", "TypedDict", "bytes", "frozenset", "int", "str", "tuple"}
# Other bases, each with its reason.
EXCUSED = {
    "AbstractResolver": "aiohttp asks it where a name leads, and we refuse there",
    "HttpToolsProtocol": "uvicorn offers no other way to a peer's certificate and to its clock",
    "ClickException": "click shows it and takes its exit code",
    "Group": "click offers no other way to name commands without importing them",
    "Artifact": "fields alone: what every expiring record carries, which is all its store asks",
}
BUILT_IN_ERRORS = {
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
}


def _name(base):
    """The last part of a base's name: Protocol for typing.Protocol[T]."""
    match base:
        case ast.Subscript():
            return _name(base.value)
        case ast.Attribute():
            return base.attr
        case ast.Name():
            return base.id
        case _:
            return ast.unparse(base)


def _classes():
    return [(module, node) for module in modules() for node in module.nodes(ast.ClassDef)]


def _family(founders):
    """The founders and all of our classes that descend from them."""
    members = set(founders)
    while True:
        grown = members | {
            node.name for _, node in _classes() if any(_name(base) in members for base in node.bases)
        }
        if grown == members:
            return members
        members = grown


def test_nothing_is_inherited_but_the_allowed():
    allowed = (
        _family(BUILT_IN_ERRORS) | _family({"Protocol"}) | PROTOCOLS | ENUMERATIONS | VALUES | EXCUSED.keys()
    )
    heirs = {
        f"{module.place(node)} {node.name}": [
            _name(base) for base in node.bases if _name(base) not in allowed
        ]
        for module, node in _classes()
    }

    assert {place: bases for place, bases in heirs.items() if bases} == {}
