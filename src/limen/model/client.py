"""The registered client, with the names of RFC 7591 §2, OIDC Registration §2 and their extensions."""

from collections.abc import Mapping
from typing import Any

import msgspec

from limen.model.scope import Scope
from limen.model.settings import Settings


class ClientSecret(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One of a client's secrets. `digest` proves it; `sealed` exists only where HMAC needs the value."""

    secret_id: str
    digest: str
    sealed: str | None = None
    created_at: int = 0
    expires_at: int = 0  # 0: never (RFC 7591 §3.2.1)


class Client(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One application of a tenant. A field's name is its registered metadata name."""

    tenant_id: str
    client_id: str
    client_secrets: tuple[ClientSecret, ...] = ()
    client_id_issued_at: int = 0
    client_name: str = ""
    client_names: Mapping[str, str] = msgspec.field(default_factory=dict)  # language tag -> client_name#tag
    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    contacts: tuple[str, ...] = ()  # this and the next two are for people who read registrations
    software_id: str | None = None
    software_version: str | None = None
    software_statement: str | None = None
    application_type: str = "web"
    enabled: bool = True
    first_party: bool = False  # the operator's own: where it is trusted, prompt=consent asks nothing either
    owner: str = "operator"  # operator, registration, document

    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    initiate_login_uri: str | None = None
    grant_types: frozenset[str] = frozenset({"authorization_code"})
    response_types: tuple[str, ...] = ("code",)
    scope: Scope | None = None  # None: every scope of the tenant but the restricted
    default_max_age: int | None = None
    require_auth_time: bool = False  # ID tokens tell it of everybody who signed in, asked for or not
    default_acr_values: tuple[str, ...] = ()
    authorization_details_types: tuple[str, ...] = ()

    token_endpoint_auth_method: str = "client_secret_basic"
    token_endpoint_auth_signing_alg: str | None = None
    tls_client_auth_subject_dn: str | None = None
    tls_client_auth_san_dns: str | None = None
    tls_client_auth_san_uri: str | None = None
    tls_client_auth_san_ip: str | None = None
    tls_client_auth_san_email: str | None = None
    tls_client_certificate_bound_access_tokens: bool = False
    dpop_bound_access_tokens: bool = False
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None

    subject_type: str = "public"
    sector_identifier_uri: str | None = None
    id_token_signed_response_alg: str = "RS256"
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    userinfo_signed_response_alg: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None
    authorization_signed_response_alg: str = "RS256"
    authorization_encrypted_response_alg: str | None = None
    authorization_encrypted_response_enc: str | None = None
    introspection_signed_response_alg: str | None = None
    introspection_encrypted_response_alg: str | None = None
    introspection_encrypted_response_enc: str | None = None
    request_object_signing_alg: str | None = None
    request_object_encryption_alg: str | None = None
    request_object_encryption_enc: str | None = None
    request_uris: tuple[str, ...] = ()
    require_signed_request_object: bool = False
    require_pushed_authorization_requests: bool = False

    backchannel_token_delivery_mode: str | None = None
    backchannel_client_notification_endpoint: str | None = None
    backchannel_authentication_request_signing_alg: str | None = None
    backchannel_user_code_parameter: bool = False

    settings: Settings = Settings()
    not_before: int = 0  # tokens issued before this second are dead
    registration_access_token_digest: str | None = None
    used_at: int = 0  # when a client that nobody administers was first seen at work; 0: never
    created_at: int = 0
    updated_at: int = 0
    revision: int = 1

    @property
    def is_public(self) -> bool:
        """RFC 6749 §2.1: the client cannot keep a secret."""
        return self.token_endpoint_auth_method == "none"
