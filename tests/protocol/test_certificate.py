"""Whose certificate it is (RFC 8705 §2.1.2, §2.2.2, §3.1; attack rows MT)."""

import base64
import datetime as dt
import hashlib
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from limen.model.client import Client
from limen.protocol.certificate import is_registered, proves, thumbprint

# RFC 8705 Appendix A: a certificate and its thumbprint.
EXAMPLE = base64.b64decode(
    "MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UE"
    "AwwEbXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ/Au08/coZwxS7LfA4vOLS9Wu"
    "neIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJ"
    "SGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY="
)
EXAMPLE_X5T = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"

NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(*alternatives, subject=(("O", "Example"), ("CN", "rp"))):
    oids = {"O": NameOID.ORGANIZATION_NAME, "CN": NameOID.COMMON_NAME}
    name = x509.Name([x509.NameAttribute(oids[kind], value) for kind, value in subject])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + dt.timedelta(days=1))
    )
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def client(**subject):
    return Client(tenant_id="t", client_id="c", **{f"tls_client_auth_{k}": v for k, v in subject.items()})


def test_the_thumbprint_is_that_of_the_specification():
    assert thumbprint(EXAMPLE) == EXAMPLE_X5T


def test_the_subject_must_be_the_whole_name():
    der = certificate()

    assert proves(client(subject_dn="CN=rp,O=Example"), der)
    assert proves(client(subject_dn="cn=rp, o=Example"), der)
    for other in (
        "CN=rp",
        "O=Example,CN=rp",
        "CN=rp+O=Example",
        "CN=RP,O=Example",
        "CN=rp,O=Example,C=US",
        "rp",
    ):
        assert not proves(client(subject_dn=other), der)


def test_mt_06_a_comma_inside_a_value_makes_no_second_name():
    der = certificate(subject=(("CN", "rp,O=Example"),))

    assert not proves(client(subject_dn="CN=rp,O=Example"), der)
    assert proves(client(subject_dn="CN=rp\\,O\\=Example"), der)


NAMES = (
    x509.DNSName("rp.example"),
    x509.DNSName("*.wild.example"),
    x509.UniformResourceIdentifier("https://rp.example/id"),
    x509.IPAddress(ipaddress.ip_address("192.0.2.7")),
    x509.IPAddress(ipaddress.ip_address("2001:db8::7")),
    x509.RFC822Name("Ops@rp.example"),
)


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (
            "san_dns",
            ["rp.example", "RP.Example", "*.wild.example"],
            ["a.wild.example", "rp.example.org", "example"],
        ),
        ("san_uri", ["https://rp.example/id"], ["https://rp.example/id/", "https://RP.example/id"]),
        (
            "san_ip",
            ["192.0.2.7", "2001:db8::7", "2001:0DB8:0::7"],
            ["192.0.2.70", "nonsense", "::ffff:192.0.2.7"],
        ),
        ("san_email", ["Ops@rp.example", "Ops@RP.EXAMPLE"], ["ops@rp.example", "Ops@rp.example.org"]),
    ],
)
def test_an_alternative_name_must_be_the_registered_one(kind, right, wrong):
    der = certificate(*NAMES)

    assert all(proves(client(**{kind: value}), der) for value in right)
    assert not any(proves(client(**{kind: value}), der) for value in wrong)
    assert not proves(client(**{kind: right[0]}), certificate())


def test_the_common_name_is_no_alternative_name():
    assert not proves(client(san_dns="rp"), certificate())


def test_none_or_several_registered_subjects_match_nothing():
    der = certificate(*NAMES)

    assert not proves(client(), der)
    assert not proves(client(subject_dn="CN=rp,O=Example", san_dns="rp.example"), der)


@pytest.mark.parametrize("der", [b"", b"\x30\x00", EXAMPLE[:-1], EXAMPLE + b"x"])
def test_what_is_no_certificate_proves_nothing(der):
    assert not proves(client(subject_dn="CN=mtls"), der)


def test_the_example_of_the_specification_proves_its_subject():
    assert proves(client(subject_dn="CN=mtls"), EXAMPLE)


def test_mt_08_a_self_signed_certificate_must_be_in_the_clients_keys():
    der, other = certificate(), certificate(x509.DNSName("x"))
    x5c = {"kty": "EC", "x5c": [base64.b64encode(der).decode(), "AA=="]}
    digest = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()

    assert is_registered(der, {"keys": [7, {"kty": "EC"}, x5c]})
    assert is_registered(der, {"keys": [{"kty": "EC", "x5t#S256": digest}]})
    assert not is_registered(other, {"keys": [x5c, {"x5t#S256": digest}]})
    for odd in ({}, {"keys": None}, {"keys": [{"x5c": "x"}, {"x5c": ["!"]}, {"x5c": []}, {"x5t#S256": "é"}]}):
        assert not is_registered(der, odd)
