"""Certificates as they come: every form is read, chains are believed only when they hold (RFC 8705 §2.1)."""

import base64
import datetime as dt
import itertools
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from limen.crypto.certificates import Authorities, InvalidCertificate, leaf_of, parse, to_jwk, validity
from limen.crypto.jose import StrictJose

START = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
NOW = int(START.timestamp()) + 86_400


class Party:
    """A key with a certificate, issued by another party or by itself."""

    def __init__(self, name, issuer=None, *, ca=None, days=10, uses=None, key=None, usage=None):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name((issuer or self).name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(START)
            .not_valid_after(START + dt.timedelta(days=days))
        )
        if ca is not None:
            builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        if usage:
            builder = builder.add_extension(usage, critical=True)
        if uses:
            builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        self.certificate = builder.sign((issuer or self).key, hashes.SHA256())
        self.der = self.certificate.public_bytes(Encoding.DER)
        self.pem = self.certificate.public_bytes(Encoding.PEM)


ROOT = Party("root", ca=True)
BETWEEN = Party("between", ROOT, ca=True)
CLIENT = Party("client", ROOT)
BELOW = Party("below", BETWEEN)


@pytest.mark.parametrize(
    "data",
    [
        CLIENT.pem,
        b"some text before\n" + CLIENT.pem,
        quote(CLIENT.pem).encode(),
        CLIENT.der,
        pkcs7.serialize_certificates([CLIENT.certificate], Encoding.PEM),
        pkcs7.serialize_certificates([CLIENT.certificate], Encoding.DER),
    ],
    ids=["pem", "text before", "escaped pem", "der", "p7b pem", "p7b der"],
)
def test_every_form_of_a_certificate_is_read(data):
    assert parse(data) == [CLIENT.certificate]


def test_a_file_may_hold_several():
    assert parse(CLIENT.pem + ROOT.pem) == [CLIENT.certificate, ROOT.certificate]


def test_pkcs7_that_is_not_sorted_is_read_without_a_warning():
    """As `openssl crl2pkcs7` writes it: the certificates as they were named."""
    ordered = pkcs7.serialize_certificates([ROOT.certificate, CLIENT.certificate], Encoding.DER)
    first, second = sorted((ROOT.der, CLIENT.der), key=ordered.index)

    found = parse(ordered.replace(first + second, second + first))

    assert [each.public_bytes(Encoding.DER) for each in found] == [second, first]


@pytest.mark.parametrize("order", list(itertools.permutations(["root", "between", "below"])))
def test_a_chain_is_its_holder_s_in_whatever_order_it_stands(order):
    chain = {"root": ROOT, "between": BETWEEN, "below": BELOW}

    assert leaf_of([chain[name].certificate for name in order]) == BELOW.certificate


@pytest.mark.parametrize("found", [[CLIENT], [CLIENT, CLIENT], [ROOT], [ROOT, CLIENT, ROOT]])
def test_one_certificate_is_its_holder_s_however_often_it_is_given(found):
    assert leaf_of([party.certificate for party in found]) == found[len(found) // 2].certificate


def test_certificates_of_several_holders_are_refused():
    with pytest.raises(InvalidCertificate, match="which of the certificates"):
        leaf_of([CLIENT.certificate, BELOW.certificate])


@pytest.mark.parametrize(
    "data", [b"", b"x", b"-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----", b"%", b"0" * 300_000]
)
def test_anything_else_is_refused_with_a_reason(data):
    with pytest.raises(InvalidCertificate, match="certificate"):
        parse(data)


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)], ids=["EC", "RSA"]
)
def test_a_certificate_becomes_a_jwk_that_verifies_and_carries_it(key):
    party = Party("rp", key=key)

    jwk = to_jwk(party.certificate)

    assert base64.b64decode(jwk["x5c"][0]) == party.der
    assert {"kty", "kid", "x5t#S256"} <= jwk.keys()
    assert StrictJose().check_jwks({"keys": [jwk]}) is None


def test_a_weak_or_foreign_key_becomes_no_jwk():
    for key in (
        rsa.generate_private_key(65537, 1024),
        dsa.generate_private_key(2048),
        ec.generate_private_key(ec.SECP256K1()),
    ):
        with pytest.raises(InvalidCertificate, match="key"):
            to_jwk(Party("rp", key=key).certificate)


def test_validity_is_in_seconds():
    assert validity(CLIENT.certificate) == (int(START.timestamp()), int(START.timestamp()) + 864_000)


AUTHORITIES = Authorities([ROOT.certificate])


def test_a_certificate_of_a_known_authority_is_believed_while_it_is_valid():
    assert AUTHORITIES.trusts(CLIENT.der, now=NOW)
    assert not AUTHORITIES.trusts(CLIENT.der, now=NOW - 200_000)
    assert not AUTHORITIES.trusts(CLIENT.der, now=NOW + 86_400 * 10)


def test_a_chain_over_another_authority_needs_its_certificate():
    leaf = Party("leaf", BETWEEN)

    assert AUTHORITIES.trusts(leaf.der, [BETWEEN.der], now=NOW)
    assert not AUTHORITIES.trusts(leaf.der, now=NOW)
    assert not AUTHORITIES.trusts(leaf.der, [Party("between", ca=True).der], now=NOW)


def test_a_client_is_no_authority():
    declared = Party("client", ROOT, ca=False)

    assert not AUTHORITIES.trusts(Party("leaf", CLIENT).der, [CLIENT.der], now=NOW)
    assert not AUTHORITIES.trusts(Party("leaf", declared).der, [declared.der], now=NOW)


@pytest.mark.parametrize("may", [True, False])
def test_an_authority_must_be_allowed_to_sign_certificates(may):
    usage = dict.fromkeys(
        [
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ],
        False,
    )
    between = Party(
        "between",
        ROOT,
        ca=True,
        usage=x509.KeyUsage(digital_signature=True, key_cert_sign=may, **usage),
    )

    assert AUTHORITIES.trusts(Party("leaf", between).der, [between.der], now=NOW) is may


def test_strangers_are_not_believed():
    assert not AUTHORITIES.trusts(Party("self").der, now=NOW)
    assert not AUTHORITIES.trusts(Party("client", Party("root", ca=True)).der, now=NOW)
    for nonsense in (b"", b"\x30\x00", CLIENT.der[:-1]):
        assert not AUTHORITIES.trusts(nonsense, now=NOW)
    assert not AUTHORITIES.trusts(CLIENT.der, [b"x"], now=NOW)


def test_a_certificate_for_servers_alone_is_not_for_clients():
    server = Party("server", ROOT, uses=[ExtendedKeyUsageOID.SERVER_AUTH])
    both = Party("both", ROOT, uses=[ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])

    assert not AUTHORITIES.trusts(server.der, now=NOW)
    assert AUTHORITIES.trusts(both.der, now=NOW)
