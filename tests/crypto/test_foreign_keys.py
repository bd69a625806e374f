"""JWK Sets of clients: what is acceptable, and the thumbprints of the specifications (JW-22, RFC 7638)."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from limen.crypto import base64url
from limen.crypto.foreign_keys import complaint, take, thumbprint
from limen.crypto.jose import StrictJose
from limen.crypto.material import public_jwk

RSA_7638 = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n"
        "3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgd"
        "AZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur"
        "-kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}
# RFC 8037 §A.3
OKP_8037 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
EC_KEY = public_jwk(ec.generate_private_key(ec.SECP256R1()).public_key())


def test_thumbprints_are_those_of_the_specifications():
    assert thumbprint(RSA_7638) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert thumbprint(OKP_8037) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_ordinary_public_keys_are_acceptable():
    assert StrictJose().check_jwks({"keys": [RSA_7638, OKP_8037, EC_KEY, {"kty": "AKP", "pub": "x"}]}) is None
    assert complaint({"keys": []}) is None


def small(bits):
    return public_jwk(rsa.generate_private_key(65537, bits).public_key())


@pytest.mark.parametrize(
    ("key", "word"),
    [
        (small(1024), "weak"),
        (RSA_7638 | {"e": "AQ"}, "weak"),
        (RSA_7638 | {"e": "Ag"}, "weak"),
        (RSA_7638 | {"n": base64url.encode(b"\xff" * 1_025)}, "weak"),
        (RSA_7638 | {"n": base64url.encode(b"\xff" * 256)[:-1]}, "malformed"),
        (RSA_7638 | {"n": 7}, "malformed"),
        ({"kty": "oct", "k": "c2VjcmV0MTI"}, "symmetric"),
        (EC_KEY | {"crv": "P-192", "x": "A" * 32, "y": "A" * 32}, "malformed"),
        (EC_KEY | {"crv": "secp256k1"}, "malformed"),
        (EC_KEY | {"x": EC_KEY["y"]}, "malformed"),
        (EC_KEY | {"x": base64url.encode(b"\0" + base64url.decode(EC_KEY["x"]))}, "malformed"),
        (RSA_7638 | {"e": "BA"}, "weak"),
        (RSA_7638 | {"e": base64url.encode(b"\1\0\0\0\1")}, "weak"),
        (RSA_7638 | {"n": base64url.encode(b"\xff" * 255 + b"\xfe")}, "weak"),
        (RSA_7638 | {"n": base64url.encode(b"\x7f" + b"\xff" * 255)}, "weak"),
        ({"kty": "oct"}, "kty"),
        ({"kty": 7}, "kty"),
        ({}, "kty"),
        ("key", "no key"),
    ],
)
def test_jw_22_weak_private_and_malformed_keys_are_refused_with_a_reason(key, word):
    assert word in complaint({"keys": [EC_KEY, key]})


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_jw_22_one_private_member_is_enough_to_refuse_a_key(member):
    assert "private" in complaint({"keys": [RSA_7638 | {member: "AA"}]})


@pytest.mark.parametrize(
    "key",
    [
        RSA_7638 | {"e": "Aw"},
        RSA_7638 | {"e": base64url.encode(b"\xff" * 4)},
        RSA_7638 | {"n": base64url.encode(b"\xff" * 1_024)},
        public_jwk(ec.generate_private_key(ec.SECP384R1()).public_key()),
        public_jwk(ec.generate_private_key(ec.SECP521R1()).public_key()),
        OKP_8037 | {"crv": "X25519"},
    ],
    ids=["exponent 3", "largest exponent", "8192 bits", "P-384", "P-521", "X25519"],
)
def test_a_key_at_the_edge_of_what_is_strong_is_taken(key):
    assert complaint({"keys": [key]}) is None


def test_a_set_of_fifty_keys_is_acceptable():
    assert complaint({"keys": [EC_KEY] * 50}) is None


@pytest.mark.parametrize("jwks", [{}, {"keys": None}, {"keys": {}}, {"keys": [EC_KEY] * 51}])
def test_a_set_must_be_a_list_of_some_keys(jwks):
    assert complaint(jwks)


def test_a_modulus_with_a_leading_zero_is_still_a_key():
    # Some implementations write one; RFC 7518 §6.3.1.1 tells them not to.
    n = base64url.encode(b"\0" + base64url.decode(RSA_7638["n"]))

    assert take(RSA_7638 | {"n": n}) is not None
