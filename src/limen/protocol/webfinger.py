"""Which issuer a WebFinger resource belongs to (RFC 7033, OIDC Discovery §2)."""

from urllib.parse import unquote, urlsplit

from limen.errors import InvalidRequest

ISSUER_REL = "http://openid.net/specs/connect/1.0/issuer"
_LONGEST = 2_048


def tenant_of(resource: str, root: str) -> str | None:
    """Return the tenant name of a resource on our host, None when it is of another host.

    `acct:bob@host` is of the root tenant, `acct:bob%40acme@host` of tenant acme, and
    `https://host/t/acme` speaks for itself. Whether bob exists is nobody's business.
    """
    if len(resource) > _LONGEST:
        raise InvalidRequest("resource is too long")
    scheme, colon, rest = resource.partition(":")
    if not colon:
        scheme, rest = "acct", resource
    if scheme == "acct":
        account, at, host = rest.rpartition("@")
        if not at or not account or not host:
            raise InvalidRequest("resource is not an acct: URI")
        name = unquote(account).rpartition("@")
        return _ours(host, name[2] if name[1] else "", root)
    if scheme not in {"https", "http"}:
        raise InvalidRequest("resource must be an acct: or https: URI")
    try:
        parts = urlsplit(resource)
    except ValueError:
        raise InvalidRequest("resource is not a URI") from None
    segments = parts.path.split("/")
    return _ours(
        parts.netloc.rpartition("@")[2],
        "".join(segments[2:3]) if segments[1:2] == ["t"] else "",
        root,
    )


def _ours(host: str, name: str, root: str) -> str | None:
    ours = urlsplit(root)
    return name if host.lower() in {ours.netloc, ours.hostname} else None
