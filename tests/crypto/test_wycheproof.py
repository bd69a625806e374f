"""Project Wycheproof's JOSE vectors: what is valid and supported passes our wrapper, the rest never."""

import json
from pathlib import Path

import pytest
from joserfc import jwk

from limen.crypto import base64url
from limen.crypto.encryption import DecryptionKey, decrypt, family
from limen.crypto.jose import VERIFIABLE, verified_payload
from limen.crypto.mac import authentic_payload
from limen.crypto.segments import split_jwe, split_jws
from limen.protocol.algorithms import ENCRYPTION_ALGS, ENCRYPTION_ENCS

VECTORS = Path(__file__).parent / "vectors"


def cases(kind):
    groups = json.loads((VECTORS / f"wycheproof_{kind}.json").read_text())
    return [
        pytest.param(group, test, id=f"{group['file']}-{test[0]}-{test[1]}".replace(" ", "_"))
        for group in groups
        for test in group["tests"]
    ]


# Where we differ from a vector on purpose, or the vector differs from its own comment.
DIFFERENT = {
    ("json_web_signature", 346): "the key says PS256 and the token PS384; a key's alg is binding here",
    ("json_web_signature", 350): "likewise",
    ("json_web_signature", 347): "the key says ES521, which is no algorithm",
    ("json_web_signature", 351): "likewise",
    ("json_web_signature", 367): "the token is, byte for byte, a valid one",
    ("json_web_signature", 370): "likewise",
    ("json_web_signature", 372): "an invalid character is never skipped here",
    ("json_web_signature", 373): "likewise",
    ("json_web_key", 11): "client secrets of 256 bits serve HS384 here (RFC 7518 §3.2 asks for 384)",
    ("json_web_key", 12): "client secrets of 256 bits serve HS512 here (RFC 7518 §3.2 asks for 512)",
}


def is_good(group, test):
    """Tell whether Limen should accept the vector."""
    return (test[3] == "valid") is not ((group["file"], test[0]) in DIFFERENT)


def keys_of(group, side):
    keys = group[side] or group["private"]
    return keys.get("keys", [keys])


def accepted(group, token):
    keys = keys_of(group, "public")
    public = {"keys": [key for key in keys if key["kty"] != "oct"]}
    if verified_payload(token, public, algs=sorted(VERIFIABLE), typs=(None, "JWT")) is not None:
        return True
    # Secrets come from a client's record: never beside public keys, never two of one name.
    kids = [key.get("kid") for key in keys]
    if any(key["kty"] != "oct" for key in keys) or len(set(kids)) < len(kids):
        return False
    return any(accepted_by_secret(key, token) for key in keys)


def accepted_by_secret(key, token):
    # What a client's record says about its secret, a JWK says in alg, use, key_ops and kid.
    jws = split_jws(token)
    if jws is None or key.get("use", "sig") != "sig" or "verify" not in key.get("key_ops", ["verify"]):
        return False
    if jws.header.get("kid", key.get("kid")) != key.get("kid"):
        return False
    algs = [key["alg"]] if "alg" in key else ("HS256", "HS384", "HS512")
    return authentic_payload(token, base64url.decode(key["k"]) or b"", algs=algs) is not None


@pytest.mark.parametrize(("group", "test"), cases("jws"))
def test_signature(group, test):
    token = test[2] if isinstance(test[2], str) else json.dumps(test[2])

    assert accepted(group, token) is is_good(group, test)


def decrypted(group, token):
    for key in keys_of(group, "private"):
        if key["kty"] not in {"RSA", "EC"}:
            continue
        imported = (jwk.RSAKey if key["kty"] == "RSA" else jwk.ECKey).import_key(dict(key))
        ours = DecryptionKey(key.get("kid", ""), family(key.get("alg", "?")), imported)
        # A key's own alg is the one a caller would allow for it.
        algs = [key["alg"]] if "alg" in key else ENCRYPTION_ALGS
        found = decrypt(token, [ours], algs=algs, encs=ENCRYPTION_ENCS)
        if found is not None:
            return found
    return None


@pytest.mark.parametrize(("group", "test"), cases("jwe"))
def test_encryption(group, test):
    token = test[2] if isinstance(test[2], str) else json.dumps(test[2])

    found = decrypted(group, token)

    parts = split_jwe(token)
    supported = parts is not None and parts.header["alg"] in ENCRYPTION_ALGS
    assert (found is not None) is (test[3] == "valid" and supported)
    if found is not None and len(test) > 4:
        assert found.encode().hex() == test[4]
