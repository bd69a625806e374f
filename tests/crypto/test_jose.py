"""Other people's tokens: what the caller allows passes, every confusion is None (RFC 8725; rows JW)."""

import hmac
import json
import time
import zlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwk

from limen.crypto import base64url
from limen.crypto.encryption import DecryptionKey, decrypt
from limen.crypto.jose import VERIFIABLE, StrictJose
from limen.crypto.material import public_jwk
from limen.crypto.signatures import pair
from limen.protocol.algorithms import ENCRYPTION_ALGS, ENCRYPTION_ENCS

JOSE = StrictJose()
SECRET = "s" * 43


class Signer:
    """Somebody else's key: the JWK, and tokens with whatever header and payload a test wants."""

    def __init__(self, alg, private, **members):
        self.alg, self.private = alg, private
        self.public = private.public_key()
        self.jwk = public_jwk(self.public) | {"kid": f"{alg}-key"} | members
        self.sign = pair(alg, private).sign

    def token(self, payload=None, **header):
        head = {"alg": self.alg, "kid": self.jwk.get("kid")} | header
        head = {name: value for name, value in head.items() if value is not None}
        return self.raw(json.dumps(head).encode(), json.dumps(payload or {"sub": "you"}).encode())

    def raw(self, head, payload):
        signed = f"{base64url.encode(head)}.{base64url.encode(payload)}"
        return f"{signed}.{base64url.encode(self.sign(signed.encode()))}"


RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
SIGNERS = {
    "RS256": Signer("RS256", RSA),
    "RS512": Signer("RS512", RSA),
    "PS256": Signer("PS256", RSA),
    "PS384": Signer("PS384", RSA),
    "ES256": Signer("ES256", EC),
    "ES384": Signer("ES384", ec.generate_private_key(ec.SECP384R1())),
    "ES512": Signer("ES512", ec.generate_private_key(ec.SECP521R1())),
    "EdDSA": Signer("EdDSA", ed25519.Ed25519PrivateKey.generate()),
}
ES = SIGNERS["ES256"]
ALL = sorted(VERIFIABLE)


def verify(token, *keys, algs=ALL, typs=(None, "JWT")):
    return JOSE.verify(token, {"keys": list(keys or (ES.jwk,))}, algs=algs, typs=typs)


@pytest.mark.parametrize("alg", SIGNERS)
def test_a_good_token_of_each_algorithm_is_verified(alg):
    signer = SIGNERS[alg]

    assert verify(signer.token(), signer.jwk) == {"sub": "you"}
    assert verify(signer.token(kid=None), signer.jwk) == {"sub": "you"}
    assert verify(signer.token(typ="JWT"), signer.jwk) == {"sub": "you"}
    assert verify(signer.token(), {k: v for k, v in signer.jwk.items() if k != "kid"}) == {"sub": "you"}


@pytest.mark.parametrize("registered", ["EdDSA", "Ed25519"])
def test_eddsa_and_its_newer_name_are_one_algorithm(registered):
    key = {**SIGNERS["EdDSA"].jwk, "alg": registered}

    for sent in ("EdDSA", "Ed25519"):
        token = SIGNERS["EdDSA"].token(alg=sent)
        for allowed in ("EdDSA", "Ed25519"):
            assert verify(token, key, algs=[allowed]) == {"sub": "you"}
        assert verify(token, {**key, "alg": "ES256"}, algs=["EdDSA"]) is None
        assert verify(token, key, algs=["ES256"]) is None


def test_the_caller_decides_the_algorithm():
    token = SIGNERS["RS256"].token()

    assert verify(token, SIGNERS["RS256"].jwk, algs=["PS256", "ES256"]) is None
    assert verify(token, SIGNERS["RS256"].jwk, algs=[]) is None
    assert verify(token, SIGNERS["RS256"].jwk, algs=["none", "HS256"]) is None


def test_the_caller_decides_the_type():
    assert verify(ES.token(typ="JWT"), typs=["at+jwt"]) is None
    assert verify(ES.token(), typs=["at+jwt"]) is None
    assert verify(ES.token(typ="at+jwt"), typs=[None]) is None
    assert verify(ES.token(typ="application/AT+jwt"), typs=["at+jwt"]) == {"sub": "you"}


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "", "NONE"])
def test_jw_01_no_token_goes_unsigned(alg):
    head = base64url.encode(json.dumps({"alg": alg}).encode())
    body = base64url.encode(b'{"sub":"you"}')

    for signature in ("", "AA"):
        token = f"{head}.{body}.{signature}"
        assert verify(token, algs=[*ALL, alg, "none"]) is None
        assert JOSE.verify_hmac(token, SECRET, algs=[alg, "HS256"]) is None
        assert JOSE.verify_embedded(token, algs=[alg], typ="dpop+jwt") is None


@pytest.mark.parametrize("signer", [SIGNERS["RS256"], ES])
def test_jw_02_a_public_key_is_no_hmac_secret(signer):
    public = [
        signer.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        signer.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(signer.jwk).encode(),
    ]
    for key in public:
        head = base64url.encode(json.dumps({"alg": "HS256", "kid": signer.jwk["kid"]}).encode())
        signed = f"{head}.{base64url.encode(b'{}')}"
        token = f"{signed}.{base64url.encode(hmac.digest(key, signed.encode(), 'sha256'))}"
        assert verify(token, signer.jwk, algs=[*ALL, "HS256"]) is None


def test_a_symmetric_key_in_a_jwk_set_verifies_nothing():
    token = JOSE.sign_hmac("HS256", "JWT", {"a": 1}, SECRET)

    assert verify(token, {"kty": "oct", "k": base64url.encode(SECRET.encode())}, algs=["HS256"]) is None


@pytest.mark.parametrize(
    "member",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"crit": ["x-unknown"], "x-unknown": 1},
        {"b64": False, "crit": ["b64"]},
        {"b64": True},
        {"jku": "https://evil.test/"},
        {"x5u": "https://evil.test/"},
        {"x5c": ["MIIB"]},
        {"jwk": ES.jwk},
        {"zip": "DEF"},
        {"p2c": 1},
        {"p2s": "c2FsdA"},
        {"kid": 1},
        {"enc": 1},
        {"cty": ["JWT"]},
        {"typ": ["JWT"]},
        {"alg": ["ES256"]},
        {"alg": None},
    ],
    ids=lambda member: next(iter(member)),
)
def test_jw_04_jw_07_a_header_chooses_neither_rules_nor_keys(member):
    head = {"alg": "ES256"} | member
    token = ES.raw(json.dumps(head).encode(), b"{}")

    assert verify(token) is None
    if "jwk" not in member:
        assert JOSE.header(token) is None


@pytest.mark.parametrize(
    ("head", "payload"),
    [
        (b'{"alg":"ES256","alg":"ES256"}', b"{}"),
        (b'{"alg":"none","alg":"ES256"}', b"{}"),
        (b'{"alg":"ES256"}', b'{"sub":"you","sub":"me"}'),
        (b'{"alg":"ES256"}', b'{"a":{"b":1,"b":1}}'),
        (b'{"alg":"ES256"}', b'{"exp":NaN}'),
        (b'{"alg":"ES256"}', b'{"exp":Infinity}'),
        (b'{"alg":"ES256"}', b'{"exp":1e999}'),
        (b'{"alg":"ES256"}', b'{"exp":' + b"9" * 5_000 + b"}"),
        (b'{"alg":"ES256"}', b"[1]"),
        (b'{"alg":"ES256"}', b'"text"'),
        (b'{"alg":"ES256"}', b""),
        (b'{"alg":"ES256"}', b'{"a":"\xff"}'),
        (b'{"alg":"ES256"}', b'{"a":"\\ud800"}'),
        (b'\xef\xbb\xbf{"alg":"ES256"}', b"{}"),
        (b'["ES256"]', b"{}"),
        (b"{}", b"{}"),
    ],
)
def test_json_that_two_readers_could_read_differently_is_refused(head, payload):
    assert verify(ES.raw(head, payload)) is None


def test_jw_15_a_giant_token_is_refused_before_it_is_decoded():
    started = time.process_time()

    for giant in ("A" * 10_000_000 + ".AA.AA", "AA.AA." + "A" * 10_000_000, "." * 10_000_000):
        assert verify(giant) is None
        assert JOSE.header(giant) is None
        assert JOSE.peek(giant) is None

    assert time.process_time() - started < 0.5


def test_the_header_has_a_limit_of_its_own():
    assert verify(ES.token(pad="x" * 5_000)) == {"sub": "you"}
    assert verify(ES.token(pad="x" * 8_000)) is None


def test_jw_26_deep_nesting_is_refused():
    for depth in (33, 990, 20_000):
        deep = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
        assert verify(ES.raw(b'{"alg":"ES256"}', deep)) is None
    assert verify(ES.raw(b'{"alg":"ES256"}', b'{"a":' + b"[" * 31 + b"]" * 31 + b"}"))


@settings(max_examples=300)
@given(st.data())
def test_any_changed_character_is_refused(data):
    token = ES.token(kid=None)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(max_codepoint=0x17F).filter(lambda c: c != token[place]))

    assert verify(token[:place] + other + token[place + 1 :]) is None


@given(st.text(max_size=80))
def test_any_text_is_answered_with_none(text):
    for token in (text, f"{text}.{text}.{text}", f"eyJhbGciOiJFUzI1NiJ9.{text}.AA"):
        assert verify(token) is None
        assert JOSE.verify_hmac(token, SECRET, algs=["HS256"]) is None
        assert JOSE.verify_embedded(token, algs=ALL, typ="dpop+jwt") is None
        JOSE.header(token)
        JOSE.peek(token)


def test_the_json_serialization_is_refused():
    head, body, signature = ES.token().split(".")

    assert verify(json.dumps({"protected": head, "payload": body, "signature": signature})) is None


@pytest.mark.parametrize(
    "members",
    [
        {"use": "enc"},
        {"alg": "ES384"},
        {"alg": "RS256"},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"kid": "other"},
        {"kty": "oct"},
        {"kty": ["EC"]},
        {"kty": "RSA", "n": SIGNERS["RS256"].jwk["n"], "e": "AQAB"},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"crv": None},
        {"x": None},
        {"x": "AA"},
        {"y": ES.jwk["x"]},
        {"y": ES.jwk["y"] + "="},
    ],
    ids="-".join,
)
def test_a_key_that_does_not_fit_verifies_nothing(members):
    assert verify(ES.token(), ES.jwk | members) is None


def test_a_key_whose_members_fit_verifies():
    assert verify(ES.token(), ES.jwk | {"use": "sig", "alg": "ES256", "key_ops": ["verify"]})


def test_the_right_one_of_several_keys_of_one_name_is_found():
    other = Signer("ES256", ec.generate_private_key(ec.SECP256R1())).jwk

    assert verify(ES.token(), other, ES.jwk)
    assert verify(ES.token(kid=None), "nonsense", 7, other, ES.jwk)
    assert verify(ES.token(kid=None), *[other] * 8, ES.jwk) is None


@pytest.mark.parametrize("alg", ["RS1", "PS1", "RS", "ES256K", "HS256", "none"])
def test_an_algorithm_we_do_not_know_verifies_nothing_though_a_caller_allows_it(alg):
    for signer in (SIGNERS["RS256"], ES):
        assert verify(signer.token(alg=alg), signer.jwk, algs=[alg]) is None


@pytest.mark.parametrize("jwks", [{}, {"keys": {}}, {"keys": None}, {"keys": "x"}, {"keys": []}])
def test_a_set_that_is_none_verifies_nothing(jwks):
    assert JOSE.verify(ES.token(), jwks, algs=ALL, typs=[None]) is None
    assert JOSE.encrypt("x", jwks, alg="ECDH-ES", enc="A128GCM", cty=None) is None


def test_a_signature_of_another_shape_is_refused():
    head, body, _ = ES.token().split(".")
    signed = f"{head}.{body}".encode()

    der = EC.sign(signed, ec.ECDSA(hashes.SHA256()))
    for signature in (der, b"\0" * 64, b"\0" * 63, b"\xff" * 64, ES.sign(signed) + b"\0"):
        assert verify(f"{head}.{body}.{base64url.encode(signature)}") is None


# --- secrets ---


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_a_token_keyed_by_a_secret_is_verified_with_it_alone(alg):
    token = JOSE.sign_hmac(alg, "JWT", {"sub": "you"}, SECRET)

    assert JOSE.header(token) == {"alg": alg, "typ": "JWT"}
    assert JOSE.verify_hmac(token, SECRET, algs=[alg]) == {"sub": "you"}
    assert JOSE.verify_hmac(token, "t" * 43, algs=[alg]) is None
    assert JOSE.verify_hmac(token, SECRET, algs=["RS256"]) is None
    assert JOSE.verify_hmac(ES.token(), SECRET, algs=["ES256", alg]) is None


def test_a_short_secret_neither_signs_nor_verifies():
    token = JOSE.sign_hmac("HS256", "", {}, SECRET)

    assert JOSE.verify_hmac(token, SECRET[:31], algs=["HS256"]) is None
    for alg, secret in (("HS256", "s" * 31), ("RS256", SECRET), ("none", SECRET)):
        with pytest.raises(LookupError):
            JOSE.sign_hmac(alg, "JWT", {}, secret)


# --- DPoP proofs ---


def proof(signer, jwk=None, **header):
    return signer.token(
        jwk=jwk or {k: v for k, v in signer.jwk.items() if k != "kid"}, kid=None, typ="dpop+jwt", **header
    )


@pytest.mark.parametrize("alg", SIGNERS)
def test_a_proof_is_verified_with_the_key_it_carries(alg):
    claims, jkt = JOSE.verify_embedded(proof(SIGNERS[alg]), algs=ALL, typ="dpop+jwt")

    assert claims == {"sub": "you"}
    assert len(jkt) == 43


def test_the_thumbprint_depends_on_the_key_alone():
    plain = JOSE.verify_embedded(proof(ES), algs=ALL, typ="dpop+jwt")
    decorated = ES.jwk | {"kid": "x", "use": "sig", "more": 1}

    assert JOSE.verify_embedded(proof(ES, decorated), algs=ALL, typ="dpop+jwt") == plain
    assert JOSE.verify_embedded(proof(SIGNERS["ES384"]), algs=ALL, typ="dpop+jwt")[1] != plain[1]


def test_dp_13_a_proof_with_an_rsa_4096_key_is_accepted_and_one_of_10_kb_refused():
    big = Signer("PS256", rsa.generate_private_key(65537, 4096))

    assert JOSE.verify_embedded(proof(big), algs=ALL, typ="dpop+jwt")
    assert JOSE.verify_embedded(proof(big, pad="x" * 10_000), algs=ALL, typ="dpop+jwt") is None


@pytest.mark.parametrize(
    "jwk",
    [
        ES.jwk | {"d": base64url.encode(b"\x01" * 32)},
        {"kty": "oct", "k": base64url.encode(b"s" * 32)},
        SIGNERS["ES384"].jwk,
        SIGNERS["RS256"].jwk,
        ES.jwk | {"use": "enc"},
        ES.jwk | {"alg": "RS256"},
        {"kty": "EC"},
        [],
        "key",
        None,
    ],
    ids=["private", "symmetric", "other curve", "other type", "use", "alg", "empty", "list", "text", "null"],
)
def test_a_proof_with_an_unfit_key_is_refused(jwk):
    head = {"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk}

    assert JOSE.verify_embedded(ES.raw(json.dumps(head).encode(), b"{}"), algs=ALL, typ="dpop+jwt") is None


@pytest.mark.parametrize("alg", SIGNERS)
def test_a_proof_that_its_own_key_did_not_sign_is_refused(alg):
    head, payload, _ = proof(SIGNERS[alg]).split(".")
    *_, foreign = SIGNERS[alg].token({"sub": "somebody else"}).split(".")

    assert JOSE.verify_embedded(f"{head}.{payload}.{foreign}", algs=ALL, typ="dpop+jwt") is None


@pytest.mark.parametrize("payload", [b"[]", b"text", b"{", b""])
def test_a_proof_that_claims_nothing_is_refused(payload):
    head = {"alg": "ES256", "typ": "dpop+jwt", "jwk": ES.jwk}

    assert JOSE.verify_embedded(ES.raw(json.dumps(head).encode(), payload), algs=ALL, typ="dpop+jwt") is None


def test_a_proof_is_nothing_else_and_nothing_else_is_a_proof():
    assert JOSE.verify_embedded(ES.token(typ="dpop+jwt"), algs=ALL, typ="dpop+jwt") is None
    assert JOSE.verify_embedded(proof(ES), algs=["RS256"], typ="dpop+jwt") is None
    assert JOSE.verify_embedded(proof(ES), algs=ALL, typ="JWT") is None
    assert verify(proof(ES), typs=["dpop+jwt"]) is None
    assert JOSE.peek(proof(ES)) is None
    assert JOSE.header(proof(ES))["typ"] == "dpop+jwt"


# --- encryption ---


@pytest.fixture
async def loaded(keyring):
    await keyring.load("t1")
    return keyring


@pytest.mark.parametrize("enc", ENCRYPTION_ENCS)
@pytest.mark.parametrize("alg", ENCRYPTION_ALGS)
async def test_what_is_encrypted_to_our_keys_we_can_read(loaded, alg, enc):
    # Our keys name one algorithm of their family, so for others the sender goes by the kind of key.
    jwks = {"keys": [{k: v for k, v in key.items() if k != "alg"} for key in loaded.jwks("t1")["keys"]]}

    token = JOSE.encrypt('{"söme": "claims"}', jwks, alg=alg, enc=enc, cty="JWT")

    header = JOSE.header(token)
    assert (header["alg"], header["enc"], header["cty"]) == (alg, enc, "JWT")
    assert loaded.decrypt("t1", token, algs=[alg], encs=[enc]) == '{"söme": "claims"}'
    assert loaded.decrypt("t1", token, algs=["RSA1_5"], encs=[enc]) is None
    assert loaded.decrypt("t1", token, algs=[alg], encs=[]) is None
    head, *rest = token.split(".")
    assert loaded.decrypt("t1", ".".join([head, *rest[:-1], "A" * 22]), algs=[alg], encs=[enc]) is None


async def test_a_jwe_for_another_tenant_cannot_be_read(loaded):
    await loaded.load("t2")
    token = JOSE.encrypt("x", loaded.jwks("t1"), alg="ECDH-ES", enc="A256GCM", cty=None)

    assert loaded.decrypt("t1", token, algs=ENCRYPTION_ALGS, encs=ENCRYPTION_ENCS) == "x"
    assert loaded.decrypt("t2", token, algs=ENCRYPTION_ALGS, encs=ENCRYPTION_ENCS) is None


async def test_a_long_text_survives_and_a_giant_one_is_refused(loaded):
    def around(text):
        token = JOSE.encrypt(text, loaded.jwks("t1"), alg="ECDH-ES", enc="A256GCM", cty=None)
        return loaded.decrypt("t1", token, algs=["ECDH-ES"], encs=["A256GCM"])

    assert around("x" * 45_000) == "x" * 45_000
    assert around("x" * 50_000) is None


@pytest.mark.parametrize(
    ("alg", "enc"), [("RSA1_5", "A128GCM"), ("dir", "A128GCM"), ("ECDH-ES", "none"), ("", "")]
)
def test_nothing_is_encrypted_with_what_we_do_not_offer(alg, enc):
    assert JOSE.encrypt("x", {"keys": [SIGNERS["RS256"].jwk, ES.jwk]}, alg=alg, enc=enc, cty=None) is None


def test_nothing_is_encrypted_to_a_key_for_signatures():
    keys = [ES.jwk | {"use": "sig"}, SIGNERS["RS256"].jwk | {"alg": "RS256"}, SIGNERS["EdDSA"].jwk]

    for alg in ("ECDH-ES", "RSA-OAEP", "RSA-OAEP-256"):
        assert JOSE.encrypt("x", {"keys": keys}, alg=alg, enc="A128GCM", cty=None) is None
    assert JOSE.encrypt("x", {"keys": [*keys, ES.jwk]}, alg="ECDH-ES", enc="A128GCM", cty=None)


def jwe(header, *rest):
    return ".".join([base64url.encode(json.dumps(header).encode()), *(base64url.encode(r) for r in rest)])


@pytest.mark.parametrize(
    "member", [{"enc": None}, {"enc": 1}, {"jwk": ES.jwk}, {"alg": None}, {"crit": []}, {"zip": "DEF"}]
)
def test_a_jwe_must_say_how_it_is_encrypted_and_bring_no_key(member):
    header = {"alg": "ECDH-ES", "enc": "A256GCM"}
    odd = {name: value for name, value in (header | member).items() if value is not None}

    assert JOSE.header(jwe(header, b"", b"i", b"c", b"t")) == header
    assert JOSE.header(jwe(odd, b"", b"i", b"c", b"t")) is None


@pytest.mark.parametrize("part", range(5))
def test_no_part_of_a_token_is_anything_but_base64url(part):
    token = jwe({"alg": "ECDH-ES", "enc": "A256GCM"}, b"k", b"i", b"c", b"t").split(".")
    token[part] += "!"

    assert JOSE.header(".".join(token)) is None


@pytest.mark.parametrize("part", range(3))
def test_no_part_of_a_signed_token_is_anything_but_base64url(part):
    token = ES.token().split(".")
    token[part] += "!"

    assert JOSE.header(".".join(token)) is None
    assert JOSE.peek(".".join(token)) is None


@pytest.mark.parametrize("curve", [ec.SECP256R1, ec.SECP384R1, ec.SECP521R1])
def test_a_text_is_encrypted_to_a_key_on_each_curve(curve):
    private = ec.generate_private_key(curve())
    key = DecryptionKey("k", "ECDH-ES", jwk.ECKey.import_key(private))
    jwks = {"keys": [public_jwk(private.public_key()) | {"kid": "k"}]}

    token = JOSE.encrypt("x", jwks, alg="ECDH-ES+A256KW", enc="A256GCM", cty=None)

    assert JOSE.header(token)["kid"] == "k"
    assert decrypt(token, [key], algs=["ECDH-ES+A256KW"], encs=["A256GCM"]) == "x"


def test_a_text_is_encrypted_to_a_key_on_curve_25519():
    key = {"kty": "OKP", "crv": "X25519", "x": SIGNERS["EdDSA"].jwk["x"]}

    assert JOSE.encrypt("x", {"keys": [key]}, alg="ECDH-ES", enc="A256GCM", cty=None)


@pytest.mark.parametrize("malformed", [{"x": "AA"}, {"y": ES.jwk["x"]}])
def test_a_text_is_encrypted_to_the_first_key_that_is_well_formed(malformed):
    keys = [ES.jwk | malformed | {"kid": "bad"}, ES.jwk | {"kid": 7}, ES.jwk]

    token = JOSE.encrypt("x", {"keys": keys}, alg="ECDH-ES", enc="A256GCM", cty=None)

    assert {"kid", "cty"}.isdisjoint(JOSE.header(token))
    assert (
        decrypt(
            token,
            [
                DecryptionKey(
                    "other", "ECDH-ES", jwk.ECKey.import_key(ec.generate_private_key(ec.SECP256R1()))
                ),
                DecryptionKey("ours", "ECDH-ES", jwk.ECKey.import_key(EC)),
            ],
            algs=["ECDH-ES"],
            encs=["A256GCM"],
        )
        == "x"
    )


def test_our_key_opens_only_what_names_it_or_none_and_is_of_its_kind():
    ours = DecryptionKey("k", "ECDH-ES", jwk.ECKey.import_key(EC))
    named, unnamed = (
        JOSE.encrypt("x", {"keys": [key]}, alg="ECDH-ES", enc="A256GCM", cty=None)
        for key in (ES.jwk, {n: v for n, v in ES.jwk.items() if n != "kid"})
    )

    def opened(token, key):
        return decrypt(token, [key], algs=["ECDH-ES"], encs=["A256GCM"])

    assert opened(unnamed, ours) == opened(named, ours._replace(kid="ES256-key")) == "x"
    assert opened(named, ours) is None
    assert opened(unnamed, ours._replace(alg="RSA-OAEP-256")) is None


async def test_jw_11_a_compressed_jwe_is_refused(loaded):
    bomb = zlib.compress(b"\0" * 20_000_000)
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "zip": "DEF"}

    started = time.process_time()
    token = jwe(header, b"", b"i" * 12, bomb, b"t" * 16)
    assert loaded.decrypt("t1", token, algs=["ECDH-ES"], encs=["A256GCM"]) is None
    assert time.process_time() - started < 0.05


@pytest.mark.parametrize("count", [300_000, 2**31])
async def test_jw_12_a_password_based_jwe_is_refused_without_hashing(loaded, count):
    header = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": count, "p2s": "c2FsdHNhbHQ"}
    token = jwe(header, b"k" * 24, b"i" * 12, b"c", b"t" * 16)

    started = time.process_time()
    assert loaded.decrypt("t1", token, algs=[header["alg"]], encs=["A128GCM"]) is None
    assert time.process_time() - started < 0.05


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(ES.jwk),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ES.jwk, "d"]), inner, max_size=5)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(["epk", "apu", "apv", "kid", "cty", "iv", "tag"]), JSON))
def test_odd_headers_of_a_jwe_are_answered_with_none(members):
    key = DecryptionKey("k", "ECDH-ES", jwk.ECKey.import_key(EC))
    for alg in ("ECDH-ES", "ECDH-ES+A128KW"):
        token = jwe({"alg": alg, "enc": "A128GCM"} | members, b"k" * 24, b"i" * 12, b"c", b"t" * 16)
        assert decrypt(token, [key], algs=ENCRYPTION_ALGS, encs=ENCRYPTION_ENCS) is None


@settings(max_examples=300)
@given(
    JSON, st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "use", "alg", "key_ops"]), JSON)
)
def test_odd_keys_are_answered_with_none(key, members):
    assert verify(ES.token(), ES.jwk | members) in (None, {"sub": "you"})
    JOSE.check_jwks({"keys": [key, ES.jwk | members]})
    JOSE.encrypt("x", {"keys": [key, ES.jwk | members]}, alg="ECDH-ES", enc="A128GCM", cty=None)
    JOSE.verify(ES.token(), {"keys": key}, algs=ALL, typs=[None])
    head = json.dumps({"alg": "ES256", "typ": "dpop+jwt", "jwk": key}).encode()
    JOSE.verify_embedded(ES.raw(head, b"{}"), algs=ALL, typ="dpop+jwt")
