"""The rules of rotation, without store or clock."""

from hypothesis import given
from hypothesis import strategies as st

from limen.crypto.rotation import Times, advance, successors
from limen.model.key import Key


def key(kid, state, *, alg="ES256", use="sig", **more):
    return Key(tenant_id="t", kid=kid, use=use, alg=alg, state=state, envelope="", **more)


TIMES = Times(lead=10, overlap=100)


def test_only_an_active_key_without_successor_gets_one():
    keys = [
        key("a", "active"),
        key("b", "active", alg="RS256"),
        key("c", "next", alg="RS256"),
        key("d", "retiring"),
    ]

    assert successors(keys, "sig") == ("ES256",)
    assert successors(keys, "enc") == ()
    assert successors([key("e", "retiring", alg="RS512"), key("f", "retired", alg="PS512")], "sig") == ()


def test_a_sealing_key_stays_longer_than_any_refresh_token_lives():
    old, new = key("seal-1", "active", use="seal"), key("seal-2", "next", use="seal", created_at=50)
    times = Times(lead=10, overlap=100, seal_overlap=1_000)

    assert [k.retired_at for k in advance([old, new], 60, times) if k.kid == "seal-1"] == [1_060]


def test_a_successor_takes_over_after_its_lead_and_the_old_key_stays_its_overlap():
    keys = [key("old", "active"), key("new", "next", created_at=50), key("other", "active", alg="RS256")]

    assert advance(keys, 59, TIMES) == ()
    changed = {k.kid: k for k in advance(keys, 60, TIMES)}
    assert set(changed) == {"old", "new"}
    assert (changed["new"].state, changed["new"].activated_at) == ("active", 60)
    assert (changed["old"].state, changed["old"].retired_at) == ("retiring", 160)


def test_a_retiring_key_retires_in_its_time():
    keys = [key("old", "retiring", retired_at=160)]

    assert advance(keys, 159, TIMES) == ()
    assert advance(keys, 160, TIMES)[0].state == "retired"


def test_after_a_long_stop_the_old_key_still_gets_its_overlap():
    keys = [key("old", "active"), key("new", "next", created_at=50)]

    changed = {k.kid: k for k in advance(keys, 1_000_000, TIMES)}
    assert changed["old"].state == "retiring"
    assert changed["old"].retired_at == 1_000_100


STATES = st.sampled_from(["next", "active", "retiring", "retired"])


@given(st.lists(st.tuples(STATES, st.sampled_from(["ES256", "RS256"]), st.integers(0, 200)), max_size=8))
def test_no_algorithm_ever_loses_its_active_key_and_nothing_goes_backwards(drawn):
    keys = [
        key(str(n), state, alg=alg, created_at=at, retired_at=at) for n, (state, alg, at) in enumerate(drawn)
    ]
    order = ["next", "active", "retiring", "retired"]

    after = {k.kid: k for k in keys} | {k.kid: k for k in advance(keys, 100, TIMES)}

    for before in keys:
        assert order.index(after[before.kid].state) >= order.index(before.state)
    had = {k.alg for k in keys if k.state == "active"}
    assert had <= {k.alg for k in after.values() if k.state == "active"}
