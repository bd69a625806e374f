"""The jti of our JWTs ends in the grant they hang from, so that it can be asked for (RFC 7519 §4.1.7)."""


def jti_of(identifier: str, grant_id: str | None) -> str:
    """Return the jti of a token of this grant, or of none."""
    return f"{identifier}.{grant_id}" if grant_id else identifier


def jti_parts(jti: str) -> tuple[str, str | None]:
    """Return the token's own identifier and its grant's."""
    identifier, _, grant_id = jti.partition(".")
    return identifier, grant_id or None
