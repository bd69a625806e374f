"""A tenant's keys: made once, shared by workers, rotated without a gap (OIDC Core §10.1.1)."""

import asyncio
import hmac
import json
import re

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import structs

from limen.crypto import base64url
from limen.crypto.keyring import Keyring
from limen.crypto.master import MasterKey, WrongMasterKey
from limen.crypto.rotation import Times
from limen.ports.storage import Put
from limen.storage import open_storage

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.fixture
async def loaded(keyring):
    await keyring.load("t1")
    return keyring


async def test_a_new_tenant_gets_the_algorithms_everybody_needs(loaded):
    assert loaded.algorithms("t1") == ("RS256", "ES256", "PS256", "EdDSA")
    assert [key["alg"] for key in loaded.jwks("t1")["keys"][4:]] == ["ECDH-ES", "RSA-OAEP-256"]


async def test_jw_28_the_jwk_set_has_complete_public_keys_and_nothing_private(loaded):
    keys = loaded.jwks("t1")["keys"]

    assert [key["alg"] for key in keys[:4]] == ["RS256", "ES256", "PS256", "EdDSA"]
    assert len(keys) == 6
    assert len({key["kid"] for key in keys}) == 6
    assert all({"kty", "kid", "use", "alg"} <= key.keys() for key in keys)
    assert all(PRIVATE.isdisjoint(key) for key in keys)
    assert all(len(base64url.decode(key["n"])) >= 256 for key in keys if key["kty"] == "RSA")


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "EdDSA"])
async def test_another_implementation_verifies_what_we_sign(loaded, alg):
    token = loaded.sign("t1", alg, "at+jwt", {"sub": "you"})

    header = jwt.get_unverified_header(token)
    jwk = next(key for key in loaded.jwks("t1")["keys"] if key["kid"] == header["kid"])
    assert header == {"alg": alg, "typ": "at+jwt", "kid": jwk["kid"]}
    assert jwt.decode(token, jwt.PyJWK(jwk), algorithms=[alg]) == {"sub": "you"}
    assert loaded.verify("t1", token, typ="at+jwt") == {"sub": "you"}


async def test_an_algorithm_without_a_key_is_a_lookup_error_until_it_is_added(loaded):
    with pytest.raises(LookupError):
        loaded.sign("t1", "ES512", "JWT", {})

    for alg in ("ES384", "ES512", "RS384", "RS512", "PS384", "PS512"):
        await loaded.add("t1", "sig", alg)

    for alg in ("ES384", "ES512", "RS384", "RS512", "PS384", "PS512"):
        token = loaded.sign("t1", alg, "JWT", {"sub": "you"})
        jwk = next(key for key in loaded.jwks("t1")["keys"] if key["alg"] == alg)
        assert jwt.decode(token, jwt.PyJWK(jwk), algorithms=[alg]) == {"sub": "you"}


async def test_adding_twice_makes_one_key(loaded, another_worker):
    other = another_worker()
    await other.load("t1")

    await asyncio.gather(loaded.add("t1", "sig", "ES384"), other.add("t1", "sig", "ES384"))

    assert [key["alg"] for key in loaded.jwks("t1")["keys"]].count("ES384") == 1
    assert loaded.jwks("t1") == other.jwks("t1")


async def test_a_token_of_another_type_tenant_or_signature_is_not_ours(loaded):
    await loaded.load("t2")
    token = loaded.sign("t1", "ES256", "at+jwt", {"sub": "you"})

    assert loaded.verify("t1", token, typ=None) == {"sub": "you"}
    assert loaded.verify("t1", token, typ="application/at+JWT") == {"sub": "you"}
    assert loaded.verify("t1", token, typ="logout+jwt") is None
    assert loaded.verify("t2", token, typ=None) is None
    head, body, signature = token.split(".")
    for bad in (
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{signature}.{body}",
        token + "=",
    ):
        assert loaded.verify("t1", bad, typ=None) is None


async def test_jw_02_our_public_key_is_no_hmac_key(loaded):
    jwk = loaded.jwks("t1")["keys"][0]
    head = base64url.encode(json.dumps({"alg": "HS256", "kid": jwk["kid"]}).encode())
    signed = f"{head}.{base64url.encode(b'{}')}"

    for key in (json.dumps(jwk).encode(), jwt.PyJWK(jwk).key.public_bytes(Encoding.PEM, PublicFormat.PKCS1)):
        mac = base64url.encode(hmac.digest(key, signed.encode(), "sha256"))
        assert loaded.verify("t1", f"{signed}.{mac}", typ=None) is None


async def test_workers_that_start_at_once_end_with_the_same_keys(another_worker):
    workers = [another_worker() for _ in range(4)]

    await asyncio.gather(*(worker.load("t1") for worker in workers))

    first = workers[0]
    sealed = first.seal("t1", "at", b"content")
    for worker in workers:
        assert worker.jwks("t1") == first.jwks("t1")
        assert worker.open("t1", "at", sealed) == b"content"
        assert worker.pairwise("t1", "x") == first.pairwise("t1", "x")


async def test_workers_with_their_own_connection_to_one_file_end_with_the_same_keys(
    tmp_path, master, clock, entropy
):
    from tests.crypto.conftest import generate_once

    stores = [await open_storage(f"sqlite://{tmp_path}/limen.db", clock=clock) for _ in range(2)]
    workers = [
        Keyring(store, master, clock=clock, entropy=entropy, generate=generate_once) for store in stores
    ]

    await asyncio.gather(*(worker.load("t1") for worker in workers))

    assert workers[0].jwks("t1") == workers[1].jwks("t1")
    assert workers[1].open("t1", "at", workers[0].seal("t1", "at", b"x")) == b"x"
    for store in stores:
        await store.close()


async def test_two_tenants_share_no_kid_and_no_subject(loaded):
    await loaded.load("t2")

    kids = [{key["kid"] for key in loaded.jwks(t)["keys"]} for t in ("t1", "t2")]
    assert kids[0].isdisjoint(kids[1])
    assert loaded.pairwise("t1", "x") != loaded.pairwise("t2", "x")


async def test_km_05_a_wrong_master_key_makes_no_new_keys(loaded, store, another_worker):
    before = await store.keys("t1")

    with pytest.raises(WrongMasterKey):
        await another_worker(b"w" * 32).load("t1")

    assert await store.keys("t1") == before


async def test_km_03_the_store_holds_only_envelopes(loaded, store):
    text = repr(await store.keys("t1"))

    assert "PRIVATE KEY" not in text
    assert not re.search(r'"(d|p|q|dp|dq|qi|k)":', text)


async def test_km_01_a_rotation_publishes_before_use_and_verifies_until_tokens_have_expired(loaded, clock):
    old = loaded.sign("t1", "ES256", "JWT", {"n": 1})

    await loaded.rotate("t1", "sig")
    assert len([k for k in loaded.jwks("t1")["keys"] if k["alg"] == "ES256"]) == 2
    assert (
        loaded.sign("t1", "EdDSA", "JWT", {}).split(".")[0]
        == loaded.sign("t1", "EdDSA", "JWT", {}).split(".")[0]
    )
    assert kid(loaded.sign("t1", "ES256", "JWT", {})) == kid(old)

    clock.time += 86_400
    await loaded.load("t1")
    new = loaded.sign("t1", "ES256", "JWT", {"n": 2})
    assert kid(new) != kid(old)
    assert loaded.verify("t1", old, typ=None) == {"n": 1}
    assert loaded.verify("t1", new, typ=None) == {"n": 2}
    assert {kid(old), kid(new)} <= {k["kid"] for k in loaded.jwks("t1")["keys"]}

    clock.time += Times().overlap
    await loaded.load("t1")
    assert loaded.verify("t1", old, typ=None) is None
    assert loaded.verify("t1", new, typ=None) == {"n": 2}
    assert kid(old) not in {k["kid"] for k in loaded.jwks("t1")["keys"]}


async def test_an_emergency_rotation_takes_the_old_key_away_at_once(loaded, another_worker, clock):
    other = another_worker()
    await other.load("t1")
    old = loaded.sign("t1", "RS256", "JWT", {})

    await loaded.rotate("t1", "sig", times=Times(lead=0, overlap=0))
    clock.time += 2
    await other.load("t1")

    assert loaded.verify("t1", old, typ=None) is None
    assert other.verify("t1", old, typ=None) is None
    assert other.verify("t1", loaded.sign("t1", "RS256", "JWT", {"n": 1}), typ=None) == {"n": 1}


async def test_one_algorithm_may_be_rotated_alone(loaded):
    await loaded.rotate("t1", "sig", "ES256")

    assert sorted(key["alg"] for key in loaded.jwks("t1")["keys"] if key["use"] == "sig") == [
        "ES256", "ES256", "EdDSA", "PS256", "RS256",
    ]  # fmt: skip


async def test_an_emergency_rotation_hurries_no_key_of_another_use(loaded, store):
    await loaded.rotate("t1", "seal")
    await loaded.rotate("t1", "sig", times=Times(lead=0, overlap=0))

    states = {key.kid: key.state for key in await store.keys("t1") if key.use == "seal"}
    assert states == {"seal-1": "active", "seal-2": "next"}


async def test_rotating_twice_leaves_one_successor_waiting(loaded):
    await loaded.rotate("t1", "sig")
    await loaded.rotate("t1", "sig")

    assert len(loaded.jwks("t1")["keys"]) == 10


async def test_the_pairwise_key_is_never_rotated(loaded):
    with pytest.raises(LookupError):
        await loaded.rotate("t1", "pairwise")


async def test_a_retired_sealing_key_opens_what_is_stored_but_no_token(loaded, clock):
    token, secret = loaded.seal("t1", "at", b"a"), loaded.seal("t1", "cs", b"s")

    await loaded.rotate("t1", "seal", times=Times(lead=0))
    clock.time += 86_400
    await loaded.load("t1")
    assert loaded.open("t1", "at", token) == b"a"
    assert loaded.seal("t1", "cs", b"s", again=b"") != secret

    clock.time += Times().seal_overlap
    await loaded.load("t1")
    assert loaded.open("t1", "at", token) is None
    assert loaded.open("t1", "cs", secret) == b"s"


async def test_a_new_master_key_takes_over_what_the_old_one_closed(loaded, another_worker, store):
    jwks = loaded.jwks("t1")
    both = another_worker(b"n" * 32, older=(b"m" * 32,))
    await both.load("t1")

    assert await both.rewrap("t1") == 8
    assert await both.rewrap("t1") == 0

    new = another_worker(b"n" * 32)
    await new.load("t1")
    assert new.jwks("t1") == jwks
    with pytest.raises(WrongMasterKey):
        await another_worker().load("t1")


class Meddling:
    """A store in which somebody else changes a key just before the next change is made."""

    def __init__(self, store, change):
        self._store, self._change = store, change

    def __getattr__(self, name):
        return getattr(self._store, name)

    async def commit(self, *changes):
        change, self._change = self._change, None
        if change is not None:
            await self._store.commit(change)
        return await self._store.commit(*changes)


async def test_a_new_master_key_undoes_nothing_that_a_server_does_meanwhile(loaded, store, entropy, clock):
    key = next(key for key in await store.keys("t1") if key.alg == "ES256")
    retiring = structs.replace(key, state="retiring", retired_at=clock.now() + 60)
    master = MasterKey(b"n" * 32, entropy, older=(b"m" * 32,))
    keyring = Keyring(Meddling(store, Put(retiring)), master, clock=clock, entropy=entropy)

    assert await keyring.rewrap("t1") == 8

    after = next(key for key in await store.keys("t1") if key.alg == "ES256")
    assert (after.state, after.retired_at) == ("retiring", retiring.retired_at)
    assert all(master.is_current(key.envelope) for key in await store.keys("t1"))


async def test_what_a_server_has_read_before_does_not_bring_the_older_master_key_back(
    loaded, store, entropy, clock, another_worker
):
    await loaded.rotate("t1", "sig", "ES256")
    both = another_worker(b"n" * 32, older=(b"m" * 32,))
    clock.time += 86_400

    class Late(Meddling):
        """Somebody puts all keys into new envelopes between a server's reading and its writing."""

        async def commit(self, *changes):
            if self._change is not None:
                self._change = None
                await both.rewrap("t1")
            return await self._store.commit(*changes)

    master = MasterKey(b"n" * 32, entropy, older=(b"m" * 32,))
    await Keyring(Late(store, True), master, clock=clock, entropy=entropy).load("t1")

    keys = await store.keys("t1")
    assert all(master.is_current(key.envelope) for key in keys)
    assert sorted(key.state for key in keys if key.alg == "ES256") == ["active", "retiring"]


async def test_an_envelope_moved_to_another_row_does_not_open(loaded, store, another_worker):
    keys = {key.alg: key for key in await store.keys("t1")}
    await store.commit(Put(structs.replace(keys["ES256"], envelope=keys["EdDSA"].envelope)))

    with pytest.raises(WrongMasterKey):
        await another_worker().load("t1")


async def test_a_forgotten_tenant_is_read_again(loaded, store, another_worker):
    other = another_worker()
    await other.load("t1")
    await loaded.add("t1", "sig", "ES384")

    await other.load("t1")
    assert "ES384" not in other.algorithms("t1")
    other.forget("t1")
    await other.load("t1")
    assert "ES384" in other.algorithms("t1")


async def test_rsa_keys_are_made_off_the_loop(store, clock, entropy):
    beats = 0

    async def beat():
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0.001)

    task = asyncio.create_task(beat())
    await Keyring(store, MasterKey(b"m" * 32, entropy), clock=clock, entropy=entropy).load("t1")
    task.cancel()

    assert beats > 5


def kid(token):
    return jwt.get_unverified_header(token)["kid"]
