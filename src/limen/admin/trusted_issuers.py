"""What an operator may say of an issuer whose JWTs a tenant believes (RFC 7523 §3, RFC 8725 §3.1)."""

from collections.abc import Sequence

from limen.admin.refusal import Invalid
from limen.model.tenant import Tenant, TrustedIssuer
from limen.protocol import json_member as read
from limen.protocol.algorithms import SIGNING_ALGS

_SUBJECTS = ("person", "foreign")


def check_issuers(member: str, issuers: Sequence[TrustedIssuer], *, tenant: Tenant) -> None:
    """Refuse with Invalid or InvalidClientMetadata what would never work, or mean more than was said."""
    names = [each.issuer for each in issuers]
    if len(set(names)) < len(names):
        raise Invalid(f"{member} names one issuer twice")
    if not all(names) or tenant.issuer in names:
        raise Invalid(f"{member}: issuer must be another issuer's identifier")
    for each in issuers:
        _check(f"{member}: {each.issuer[:64]!a}:", each, tenant)


def _check(about: str, issuer: TrustedIssuer, tenant: Tenant) -> None:
    if (issuer.jwks is None) is (issuer.jwks_uri is None):
        raise Invalid(f"{about} needs either jwks or jwks_uri")
    if issuer.jwks_uri is not None:
        read.address(f"{about} jwks_uri", issuer.jwks_uri, development=tenant.development)
    else:
        read.jwk_set(f"{about} jwks", issuer.jwks)
    read.one_of(f"{about} subjects", issuer.subjects, _SUBJECTS)
    if not issuer.algorithms:
        raise Invalid(f"{about} algorithms must name at least one")
    for alg in issuer.algorithms:
        read.one_of(f"{about} algorithms", alg, SIGNING_ALGS)
