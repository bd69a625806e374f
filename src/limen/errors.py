"""The one error family: every refusal the protocols have a word for (RFC 6749 §5.2 and extensions).

`description` is for the client's developer and tells an attacker nothing; `detail` is for the
operator's log only. Rendering (JSON, redirect, page, challenge) belongs to `limen.http.errors`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class OAuthError(Exception):
    """A refusal. It is an answer, not an accident."""

    error: ClassVar[str]
    status: ClassVar[int] = 400
    back_to_app: Mapping[str, str] | None = None  # for a page: name and url of the app that sent the person

    def __init__(self, description: str, *, detail: str = "", page_code: str = "") -> None:
        super().__init__(description)
        self.description = description
        self.detail = detail
        self.page_code = page_code  # which words a page uses where the wire code alone says too little


class ErrorToClient(Exception):
    """An OAuthError that has a proven redirect target to leave by; only `redirect_target()` yields one."""

    cookies: tuple[Any, ...] = ()  # of the step that led to it, which is recorded nonetheless

    def __init__(self, target: object, error: OAuthError) -> None:
        super().__init__(error.description)
        self.target, self.error = target, error


# RFC 6749 §5.2 and §4.1.2.1
class InvalidRequest(OAuthError):
    error = "invalid_request"


class InvalidClient(OAuthError):
    error = "invalid_client"
    status = 401


class InvalidGrant(OAuthError):
    error = "invalid_grant"


class UnauthorizedClient(OAuthError):
    error = "unauthorized_client"


class MayNotIntrospect(UnauthorizedClient):
    """The client proved itself, and is not told all the same."""

    status = 403


class UnsupportedGrantType(OAuthError):
    error = "unsupported_grant_type"


class InvalidScope(OAuthError):
    error = "invalid_scope"


class AccessDenied(OAuthError):
    error = "access_denied"


class ForeignForm(AccessDenied):
    """A form of ours came from elsewhere: another site, another browser."""

    status = 403


class UnsupportedResponseType(OAuthError):
    error = "unsupported_response_type"


class ServerError(OAuthError):
    error = "server_error"
    status = 500


class TemporarilyUnavailable(OAuthError):
    error = "temporarily_unavailable"
    status = 503
    retry_after: int = 2  # seconds


class TooManyRequests(TemporarilyUnavailable):
    """RFC 6585 §4: whoever asked has asked too often."""

    status = 429

    def __init__(self, description: str, *, retry_after: int, detail: str = "") -> None:
        super().__init__(description, detail=detail, page_code="too_many_requests")
        self.retry_after = retry_after


# OpenID Connect Core §3.1.2.6
class LoginRequired(OAuthError):
    error = "login_required"


class AccountSelectionRequired(OAuthError):
    error = "account_selection_required"


class ConsentRequired(OAuthError):
    error = "consent_required"


class InvalidRequestUri(OAuthError):
    error = "invalid_request_uri"


class InvalidRequestObject(OAuthError):
    error = "invalid_request_object"


class RegistrationNotSupported(OAuthError):
    error = "registration_not_supported"


class RegistrationClosed(RegistrationNotSupported):
    """The tenant lets nobody register: there is nothing at that address."""

    status = 404


class UnmetAuthenticationRequirements(OAuthError):
    """OpenID Connect Core Unmet Authentication Requirements 1.0."""

    error = "unmet_authentication_requirements"


# RFC 6750 §3.1, RFC 9470 §3
class InvalidToken(OAuthError):
    error = "invalid_token"
    status = 401


class InsufficientScope(OAuthError):
    error = "insufficient_scope"
    status = 403


# RFC 7591 §3.2.2
class InvalidRedirectUri(OAuthError):
    error = "invalid_redirect_uri"


class InvalidClientMetadata(OAuthError):
    error = "invalid_client_metadata"


class InvalidSoftwareStatement(OAuthError):
    error = "invalid_software_statement"


class UnapprovedSoftwareStatement(OAuthError):
    error = "unapproved_software_statement"


# RFC 8628 §3.5
class AuthorizationPending(OAuthError):
    error = "authorization_pending"


class SlowDown(OAuthError):
    error = "slow_down"


class ExpiredToken(OAuthError):
    error = "expired_token"


# RFC 8693 §2.2.2, RFC 8707 §2
class InvalidTarget(OAuthError):
    error = "invalid_target"


# RFC 9396 §5
class InvalidAuthorizationDetails(OAuthError):
    error = "invalid_authorization_details"


# RFC 9449 §5, §8, §12
class InvalidDpopProof(OAuthError):
    error = "invalid_dpop_proof"


class UseDpopNonce(OAuthError):
    """The proof must carry the nonce of the answer's DPoP-Nonce header."""

    error = "use_dpop_nonce"

    def __init__(self, description: str, *, nonce: str = "", detail: str = "") -> None:
        super().__init__(description, detail=detail)
        self.nonce = nonce


# OpenID Connect CIBA Core §13, §11
class UnknownUserId(OAuthError):
    error = "unknown_user_id"


class MissingUserCode(OAuthError):
    error = "missing_user_code"


class InvalidUserCode(OAuthError):
    error = "invalid_user_code"


class InvalidBindingMessage(OAuthError):
    error = "invalid_binding_message"


class TransactionFailed(OAuthError):
    error = "transaction_failed"
