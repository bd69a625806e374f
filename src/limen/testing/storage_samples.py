"""Records and changes for the storage contract: valid, small, and unlike one another."""

from typing import Any

from limen.model.artifacts import BackchannelRequest, DeviceCode, Interaction, PushedRequest, ReferenceToken
from limen.model.client import Client, ClientSecret
from limen.model.consent import Consent
from limen.model.event import Event
from limen.model.grant import Grant
from limen.model.key import Key
from limen.model.person import Person
from limen.model.scope import Scope
from limen.model.session import Session
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.ports.storage import Live, Mark, Present, Revoke, Rotate, Storage, Unchanged

T = "tenant-1"
FAR = 4_000_000_000


def tenant(tenant_id: str = T, **members: Any) -> Tenant:
    defaults: dict[str, Any] = {"name": tenant_id, "issuer": f"https://id.example/t/{tenant_id}"}
    return Tenant(tenant_id=tenant_id, **(defaults | members))


def client(client_id: str = "app", **members: Any) -> Client:
    defaults: dict[str, Any] = {
        "tenant_id": T,
        "client_secrets": (ClientSecret(secret_id="1", digest="d"),),
        "scope": Scope({"openid", "email"}),
        "settings": Settings(consent="ask", allowed_cors_origins=("https://app.example",)),
        "jwks": {"keys": [{"kty": "EC"}]},
    }
    return Client(client_id=client_id, **(defaults | members))


def person(sub: str = "alice", **members: Any) -> Person:
    defaults: dict[str, Any] = {"tenant_id": T, "username": sub, "claims": {"name": "Élise 🦊", "age": 7}}
    return Person(sub=sub, **(defaults | members))


def session(session_id: str = "session-1", **members: Any) -> Session:
    defaults: dict[str, Any] = {
        "tenant_id": T,
        "digest": f"digest of {session_id}",
        "sub": "alice",
        "auth_time": 1,
        "expires_at": FAR,
    }
    return Session(session_id=session_id, **(defaults | members))


def grant(grant_id: str = "grant-1", **members: Any) -> Grant:
    defaults: dict[str, Any] = {
        "tenant_id": T,
        "client_id": "app",
        "sub": "alice",
        "scope": Scope({"openid"}),
        "session_id": "session-1",
        "claims": {"id_token": {"email": None}},
        "binding": {"dpop": "thumbprint"},
        "expires_at": FAR,
    }
    return Grant(grant_id=grant_id, **(defaults | members))


def consent(client_id: str = "app", **members: Any) -> Consent:
    defaults: dict[str, Any] = {"tenant_id": T, "sub": "alice", "scope": Scope({"openid"})}
    return Consent(client_id=client_id, **(defaults | members))


def event(event_id: str = "event-1", **members: Any) -> Event:
    defaults: dict[str, Any] = {"tenant_id": T, "at": 1, "name": "session.created", "facts": {"amr": "pwd"}}
    return Event(event_id=event_id, **(defaults | members))


def key(kid: str = "key-1", **members: Any) -> Key:
    defaults: dict[str, Any] = {
        "tenant_id": T,
        "use": "sig",
        "alg": "ES256",
        "state": "active",
        "envelope": "e",
    }
    return Key(kid=kid, **(defaults | members))


def interaction(digest: str = "interaction-1", **members: Any) -> Interaction:
    defaults: dict[str, Any] = {
        "tenant_id": T,
        "expires_at": FAR,
        "client_id": "app",
        "params": {"scope": ("openid",), "resource": ("a", "b")},
        "fresh_until": 2,
        "browser_digest": "b",
    }
    return Interaction(digest=digest, **(defaults | members))


def pushed(digest: str = "pushed-1", **members: Any) -> PushedRequest:
    defaults: dict[str, Any] = {"tenant_id": T, "expires_at": FAR, "client_id": "app", "params": {}}
    return PushedRequest(digest=digest, **(defaults | members))


def device_code(digest: str = "device-1", **members: Any) -> DeviceCode:
    defaults: dict[str, Any] = {
        "tenant_id": T,
        "expires_at": FAR,
        "client_id": "app",
        "user_code_digest": f"user code of {digest}",
        "scope": Scope({"openid", "profile"}),
        "interval": 5,
    }
    return DeviceCode(digest=digest, **(defaults | members))


def backchannel(digest: str = "ciba-1", **members: Any) -> BackchannelRequest:
    defaults: dict[str, Any] = {
        "tenant_id": T,
        "expires_at": FAR,
        "client_id": "app",
        "sub": "alice",
        "scope": Scope({"openid"}),
        "interval": 5,
    }
    return BackchannelRequest(digest=digest, **(defaults | members))


def reference(digest: str = "reference-1", **members: Any) -> ReferenceToken:
    defaults: dict[str, Any] = {
        "tenant_id": T,
        "expires_at": FAR,
        "client_id": "app",
        "grant_id": "grant-1",
        "body": "",
    }
    return ReferenceToken(digest=digest, **(defaults | members))


def mark(digest: str = "code-1", purpose: str = "code", tenant_id: str = T) -> Mark:
    return Mark(tenant_id=tenant_id, purpose=purpose, digest=digest, expires_at=FAR)


def rotate(generation: int, refresh_expires_at: int = 50, grant_id: str = "grant-1") -> Rotate:
    return Rotate(
        tenant_id=T, grant_id=grant_id, generation=generation, now=20, refresh_expires_at=refresh_expires_at
    )


def present(session_id: str = "session-1") -> Present:
    return Present(tenant_id=T, session_id=session_id)


def unchanged(revision: int, sub: str = "alice") -> Unchanged:
    return Unchanged(tenant_id=T, sub=sub, revision=revision)


def live(grant_id: str = "grant-1") -> Live:
    return Live(tenant_id=T, grant_id=grant_id)


def revoke(**members: Any) -> Revoke:
    return Revoke(tenant_id=T, now=30, reason="test", **members)


async def kept_grant(storage: Storage, grant_id: str = "grant-1") -> Grant:
    standing = await storage.standing(T, grant_id)
    assert standing is not None
    return standing.grant
