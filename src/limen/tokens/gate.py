"""The one gate: everything a token depends on must be active now (RFC 6749 §10.4, RFC 9700 §4.14)."""

from limen.errors import InvalidGrant
from limen.model.client import Client
from limen.model.grant import Grant
from limen.model.tenant import Tenant
from limen.ports.storage import Standing


def tenant_or_client_refuses(tenant: Tenant, client: Client | None, issued_at: int) -> str:
    """Return why the tenant or the client lets nothing pass that was issued then, or ''."""
    if not tenant.enabled or issued_at < tenant.not_before:
        return "the tenant is disabled or its tokens were ended"
    if client is None or not client.enabled or issued_at < client.not_before:
        return "the client is gone or disabled or its tokens were ended"
    return ""


def standing_refuses(standing: Standing | None, issued_at: int, *, now: int) -> str:
    """Return why the grant, its person or its session let nothing pass, or ''.

    A session that has expired and was not swept yet counts as ended.
    """
    if standing is None:
        return "the grant is gone"
    grant, person = standing.grant, standing.person
    if grant.revoked_at:
        return f"the grant was revoked: {grant.revoked_by}"
    if person is None or not person.enabled:
        return "the person is gone or disabled"
    if min(issued_at, grant.auth_time or issued_at) < person.not_before:
        return "the person's credentials changed"
    session = standing.session
    if needs_session(grant) and (session is None or 0 < session.expires_at <= now):
        return "the session has ended"
    return ""


def needs_session(grant: Grant) -> bool:
    """A grant bound to its session dies with it (token binding sso-session)."""
    return "sso-session" in grant.binding


def require_standing(standing: Standing | None, issued_at: int, *, now: int) -> Standing:
    """Refuse with InvalidGrant unless the grant and all it hangs from is active."""
    if standing is None or (reason := standing_refuses(standing, issued_at, now=now)):
        raise InvalidGrant("the grant is no longer valid", detail=reason if standing else "the grant is gone")
    return standing
