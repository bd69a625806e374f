"""What pages are told of the application that asks (OIDC Core §3.1.2.4)."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from limen.model.client import Client
from limen.model.person import Person
from limen.model.scope import Scope, ScopeDefinition
from limen.model.tenant import Tenant


def client_facts(client: Client, redirect_uri: str = "") -> dict[str, Any]:
    """Return what a page shows of the application; nothing here is fetched."""
    return {
        "client_name": _name(client),
        "client_names": {} if client.owner == "document" else client.client_names,
        "logo_uri": client.logo_uri,
        "client_uri": client.client_uri,
        "policy_uri": client.policy_uri,
        "tos_uri": client.tos_uri,
        "redirect_host": _host(redirect_uri),
    }


@lru_cache(maxsize=512)
def _host(redirect_uri: str) -> str:
    """Return where people go back to: the host, or the scheme of an app's own."""
    return urlsplit(redirect_uri).hostname or redirect_uri.partition(":")[0]


def _name(client: Client) -> str:
    """Whoever is known by an address alone could call itself anything: its host is part of its name."""
    name = client.client_name or client.client_id
    return f"{name} ({urlsplit(client.client_id).hostname})" if client.owner == "document" else name


def person_facts(person: Person) -> dict[str, str]:
    """Return how a page names the person."""
    return {"name": str(person.claims.get("name") or person.username), "username": person.username}


def scope_facts(tenant: Tenant, wanted: Scope, remembered: Scope) -> list[dict[str, object]]:
    """Return what a page says of each scope: who you are first, staying connected last."""
    definitions = {d.scope: d for d in tenant.scopes}
    found = [
        definitions.get(name) or ScopeDefinition(scope=name, display_name=name) for name in sorted(wanted)
    ]
    found.sort(key=lambda d: (d.scope != "openid", d.scope == "offline_access"))
    return [
        {
            "scope": d.scope,
            "display_name": d.display_name or d.scope,
            "description": d.description,
            "claims": d.claims,
            "already_granted": d.scope in remembered,
        }
        for d in found
    ]
