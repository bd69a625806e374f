"""Where a browser may go after sign-out (OIDC RP-Initiated Logout §2, §3)."""

from limen.model.client import Client


def may_return_to(uri: str, client: Client) -> bool:
    """Tell whether `uri` is registered: among the post-logout URIs, or else the redirect URIs."""
    return uri in (client.post_logout_redirect_uris or client.redirect_uris)
