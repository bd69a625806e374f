"""Secrets are compared in constant time: never with == or !=."""

import ast
import re

from tests.house.tree import modules

SECRETS = {"digest", "digests", "secret", "secrets", "token", "tokens", "verifier", "verifiers"}
# A name that ends so tells something about a secret and is none itself: token_type, secret_expires_at.
ABOUT = {
    "alg",
    "at",
    "binding",
    "count",
    "endpoint",
    "format",
    "hint",
    "id",
    "in",
    "kind",
    "length",
    "lifetime",
}
ABOUT |= {
    "method",
    "methods",
    "name",
    "policy",
    "size",
    "style",
    "supported",
    "type",
    "types",
    "uri",
    "url",
    "use",
}


def identifier(node):
    """The name a value goes by: code for request.code, form["code"], code()."""
    match node:
        case (
            ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name)))
        ):
            return name
        case ast.Call(func=called):
            return identifier(called)
        case ast.Subscript(value=inner) | ast.Await(value=inner) | ast.NamedExpr(value=inner):
            return identifier(inner)
        case _:
            return ""


def is_secret(node):
    name = identifier(node)
    if name.isupper():  # a constant or a member of an enumeration
        return False
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_")
    return bool(SECRETS.intersection(words)) and words[-1] not in ABOUT


def compares_secret(node):
    """Whether a comparison with == or != could tell, by its time, how much of a secret was right."""
    equality = any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
    sides = [node.left, *node.comparators]
    with_literal = any(isinstance(side, ast.Constant) for side in sides)
    return equality and not with_literal and any(is_secret(side) for side in sides)


def _comparison(source):
    return ast.parse(source, mode="eval").body


def test_the_rule_knows_a_secret():
    assert compares_secret(_comparison("client.secret == given"))
    assert compares_secret(_comparison("given != form['code_verifier']"))
    assert compares_secret(_comparison("sha256(given).hexdigest() == stored_digest"))
    assert compares_secret(_comparison("a == row.refreshToken"))


def test_the_rule_knows_what_only_speaks_of_secrets():
    assert not compares_secret(_comparison("request.token_type == wanted"))
    assert not compares_secret(_comparison("token.client_id == client.client_id"))
    assert not compares_secret(_comparison("len(token) == size"))
    assert not compares_secret(_comparison("token == ''"))
    assert not compares_secret(_comparison("kind == Kind.ACCESS_TOKEN"))


def test_secrets_are_compared_in_constant_time():
    found = [
        f"{module.place(node)} {ast.unparse(node)}"
        for module in modules()
        for node in module.nodes(ast.Compare)
        if compares_secret(node)
    ]

    assert found == []
