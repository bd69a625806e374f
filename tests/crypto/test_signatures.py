"""Signatures by every algorithm: r and s at full length (RFC 7518 §3.4), whatever their values."""

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from limen.crypto.material import generate, load_private
from limen.crypto.signatures import SIGNING_ALGORITHMS, pair, r_and_s


@pytest.mark.parametrize("alg", SIGNING_ALGORITHMS)
def test_what_is_signed_verifies_and_nothing_else(alg):
    made = pair(alg, load_private(generate(alg).private))

    signature = made.sign(b"a claim")

    assert made.verify(signature, b"a claim")
    assert not made.verify(signature, b"another claim")
    assert not made.verify(signature[:-1], b"a claim")
    half = len(signature) // 2
    assert not made.verify(signature[:half] + b"\0" + signature[half:], b"a claim")


def test_an_algorithm_and_a_key_must_fit():
    keys = {alg: load_private(generate(alg).private) for alg in ("RS256", "ES256", "EdDSA")}

    for alg in ("RS256", "PS512", "ES256", "EdDSA"):
        for kind, key in keys.items():
            if kind[:1] != alg[:1] and (kind, alg[:1]) != ("RS256", "P"):
                with pytest.raises(LookupError):
                    pair(alg, key)


@pytest.mark.parametrize("bits", [256, 384, 521])
def test_r_and_s_are_as_long_as_the_curve_says(bits):
    size = (bits + 7) // 8
    values = (1, 127, 128, 255, 256, 2 ** (bits - 9), 2 ** (bits - 8), 2 ** (bits - 1) - 1, 2**bits - 1)

    for r in values:
        for s in values:
            made = r_and_s(encode_dss_signature(r, s), size)
            assert made == r.to_bytes(size, "big") + s.to_bytes(size, "big")
