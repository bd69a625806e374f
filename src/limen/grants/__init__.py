"""Grants: one file per grant_type."""

from limen.credentials.awaited_decision import AwaitedDecisions
from limen.credentials.issuer_keys import IssuerKeys
from limen.credentials.known_device import KnownDevices
from limen.credentials.password import PasswordCheck
from limen.credentials.subject_token import SubjectTokens
from limen.credentials.trusted_issuer import TrustedIssuers
from limen.grants.authorization_code import AuthorizationCodeGrant
from limen.grants.base import Grant
from limen.grants.ciba import CibaGrant
from limen.grants.client_credentials import ClientCredentials
from limen.grants.device_code import DeviceCodeGrant
from limen.grants.jwt_bearer import JwtBearer
from limen.grants.password import PasswordGrant
from limen.grants.refresh_token import RefreshTokenGrant
from limen.grants.token_exchange import TokenExchange
from limen.ports import Ports
from limen.tokens.code import Codes
from limen.tokens.formats import all_formats
from limen.tokens.presented import AccessTokens
from limen.tokens.refresh import RefreshTokens


def all_grants(ports: Ports) -> tuple[Grant, ...]:
    """Return every grant this server knows."""
    refresh_tokens = RefreshTokens(ports.keys)
    decisions = AwaitedDecisions(ports.storage, refresh_tokens)
    trusted_issuers = TrustedIssuers(
        storage=ports.storage,
        jose=ports.jose,
        issuer_keys=IssuerKeys(jose=ports.jose, fetcher=ports.fetcher, clock=ports.clock),
        clock=ports.clock,
    )
    return (
        AuthorizationCodeGrant(ports.storage, Codes(ports.keys), refresh_tokens),
        ClientCredentials(),
        RefreshTokenGrant(ports.storage, refresh_tokens),
        DeviceCodeGrant(decisions),
        CibaGrant(decisions),
        PasswordGrant(
            check=PasswordCheck(
                ports.storage, ports.passwords, KnownDevices(ports.keys, ports.entropy), ports.clock
            ),
            refresh_tokens=refresh_tokens,
            events=ports.events,
            entropy=ports.entropy,
        ),
        JwtBearer(trusted_issuers, ports.entropy),
        TokenExchange(_subject_tokens(ports, trusted_issuers), ports.entropy),
    )


def _subject_tokens(ports: Ports, trusted_issuers: TrustedIssuers) -> SubjectTokens:
    return SubjectTokens(
        storage=ports.storage,
        keys=ports.keys,
        jose=ports.jose,
        access_tokens=AccessTokens(storage=ports.storage, formats=all_formats(ports), clock=ports.clock),
        trusted_issuers=trusted_issuers,
    )
