"""A tenant as an operator reads and changes it: plain names, settings without a prefix (RFC 7396 patches)."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from limen.admin.refusal import Invalid
from limen.admin.tenant_rules import check_detail_types, check_numbers, check_resources
from limen.admin.trusted_issuers import check_issuers
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.protocol.client_metadata import did_you_mean
from limen.protocol.settings_metadata import NAMES, read_settings, write_settings

_LEGACY = frozenset({"implicit", "password", "plain_pkce", "alg_none"})
_MODES = frozenset({"closed", "token", "statement", "open"})
_WEB = re.compile(r"https?://[!-~]+")
# What an operator is shown but changes by other acts, or never.
_SHOWN = ("tenant_id", "name", "issuer", "enabled", "development", "created_at", "updated_at", "revision")


# What an operator sets freely, besides the settings.
_CHANGEABLE = (
    "display_name",
    "legacy",
    "resources",
    "detail_types",
    "trusted_issuers",
    "registration",
    "require_pushed_authorization_requests",
    "require_https_redirect",
    "webfinger_requires_auth",
    "session_lifetime",
    "session_idle_lifetime",
    "support_url",
    "privacy_url",
    "terms_url",
    "labels",
)
_KNOWN = frozenset((*_CHANGEABLE, "settings"))


def write_tenant(tenant: Tenant) -> dict[str, Any]:
    """Return the tenant as a document, without the digests of initial access tokens."""
    members: dict[str, Any] = {name: getattr(tenant, name) for name in _CHANGEABLE}
    members["legacy"] = sorted(tenant.legacy)
    document: dict[str, Any] = {name: getattr(tenant, name) for name in _SHOWN} | msgspec.to_builtins(members)
    document["registration"].pop("initial_access", None)
    return document | {"settings": write_settings(tenant.settings, prefix="")}


def read_tenant(document: Mapping[str, Any], *, base: Tenant) -> Tenant:
    """Return `base` as the document wants it, or refuse with Invalid."""
    changes: dict[str, Any] = {}
    for name, value in document.items():
        if name in _SHOWN:
            if value != getattr(base, name):
                raise Invalid(
                    f"{name} cannot be changed", hint="make another tenant, or use enable and disable"
                )
        elif name not in _KNOWN:
            raise Invalid(f"{name[:64]!a} is not a member of a tenant{did_you_mean(name, _KNOWN)}")
        elif name != "settings":
            changes[name] = value
    read = _convert(changes, base)
    _check(read)
    members: dict[str, Any] = {name: getattr(read, name) for name in _CHANGEABLE}
    # Its tokens are made and revoked by their own acts; a document never holds them.
    members["registration"] = replace(read.registration, initial_access=base.registration.initial_access)
    return replace(base, **members, settings=_settings(document.get("settings", {})))


def _convert(changes: Mapping[str, Any], base: Tenant) -> Tenant:
    """Return a tenant that has the changes and no more: what the document leaves out is as in a new one."""
    identity = {name: getattr(base, name) for name in ("tenant_id", "name", "issuer", "development")}
    try:
        return msgspec.convert({**changes, **identity}, Tenant, strict=True)
    except msgspec.ValidationError as wrong:
        raise Invalid(str(wrong)) from None


def _settings(document: Any) -> Settings:
    if not isinstance(document, Mapping):
        raise Invalid("settings must be an object")
    for name in document:
        if name not in NAMES:
            raise Invalid(f"{name[:64]!a} is not a setting{did_you_mean(name, frozenset(NAMES))}")
    return read_settings(document, prefix="", base=Settings(), may=lambda _name, _value: True)


def _check(read: Tenant) -> None:
    if unknown := read.legacy - _LEGACY:
        raise Invalid(
            f"legacy: {min(unknown)[:64]!a} is unknown", hint=f"choose of {', '.join(sorted(_LEGACY))}"
        )
    if read.registration.mode not in _MODES:
        raise Invalid("registration.mode is unknown", hint=f"choose of {', '.join(sorted(_MODES))}")
    check_numbers(read)
    check_resources(read)
    check_detail_types(read)
    check_issuers("trusted_issuers", read.trusted_issuers, tenant=read)
    check_issuers("registration.statement_issuers", read.registration.statement_issuers, tenant=read)
    for name in ("support_url", "privacy_url", "terms_url"):
        url = getattr(read, name)
        if url is not None and not _WEB.fullmatch(url):
            raise Invalid(f"{name} must be a web address")
