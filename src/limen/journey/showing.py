"""What pages are told of the application that asks (OIDC Core §3.1.2.4)."""

from typing import Any
from urllib.parse import urlsplit

from limen.model.client import Client
from limen.model.person import Person


def client_facts(client: Client, redirect_uri: str = "") -> dict[str, Any]:
    """Return what a page shows of the application; nothing here is fetched."""
    return {
        "client_name": client.client_name or client.client_id,
        "logo_uri": client.logo_uri,
        "client_uri": client.client_uri,
        "policy_uri": client.policy_uri,
        "tos_uri": client.tos_uri,
        "redirect_host": urlsplit(redirect_uri).hostname or redirect_uri.partition(":")[0],
    }


def person_facts(person: Person) -> dict[str, str]:
    """Return how a page names the person."""
    return {"name": str(person.claims.get("name") or person.username), "username": person.username}
