"""What each kind of application starts from (RFC 7591 metadata; OAuth 2.0 Security BCP, RFC 9700 §2)."""

from collections.abc import Mapping
from typing import Any

from limen.protocol.registered_values import DEVICE_CODE

TEMPLATES: Mapping[str, Mapping[str, Any]] = {
    "spa": {
        "application_type": "web",
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "limen_access_token_format": "jwt",
        "limen_access_token_lifetime": 600,
        "limen_refresh_token_rotation": True,
    },
    "web": {
        "application_type": "web",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
    },
    "native": {
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "limen_access_token_lifetime": 600,
        "limen_refresh_token_lifetime": 30 * 86_400,
        "limen_refresh_token_idle_lifetime": 14 * 86_400,
        "limen_refresh_token_rotation": True,
    },
    "service": {
        "application_type": "web",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "limen_allow_introspection": True,  # an API is one, too
    },
    "device": {
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "grant_types": [DEVICE_CODE, "refresh_token"],
        "response_types": [],
    },
    "standards-based": {},
}
