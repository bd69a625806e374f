"""What a lost race over a proof means (RFC 7523 §3, RFC 9449 §11.1)."""

from limen.errors import InvalidClient, InvalidDpopProof, InvalidRequest, OAuthError
from limen.ports.storage import Change, Mark


def refusal_of(change: Change) -> OAuthError:
    """Return the refusal for a proof that was used before."""
    if isinstance(change, Mark) and change.purpose == "assertion":
        return InvalidClient("client authentication failed", detail="the assertion was used before")
    if isinstance(change, Mark) and change.purpose == "dpop":
        return InvalidDpopProof("the DPoP proof was used before")
    return InvalidRequest("the request was overtaken by another; send it again")
