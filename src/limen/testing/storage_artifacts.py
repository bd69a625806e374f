"""The storage contract on what expires: how grants, sessions and artifacts are found, and swept."""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from limen.model.artifacts import BackchannelRequest, DeviceCode, Interaction, PushedRequest, ReferenceToken
from limen.ports.storage import EXPIRED_KEPT, Count, Mark, Put, Remove, Revoke, Storage
from limen.testing import storage_samples as sample
from limen.testing.storage_samples import FAR, T

Clause = Callable[[Storage], Awaitable[None]]


async def a_standing_is_the_grant_with_its_session_and_person(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()), Put(sample.session()), Put(sample.person()))

    standing = await storage.standing(T, "grant-1")

    assert standing is not None
    assert standing.grant == sample.grant()
    assert standing.session == sample.session()
    assert standing.person == sample.person()


async def a_standing_lacks_what_is_gone(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()), Put(sample.grant("grant-2", session_id=None, sub="bob")))

    for grant_id in ("grant-1", "grant-2"):
        standing = await storage.standing(T, grant_id)
        assert standing is not None
        assert (standing.session, standing.person) == (None, None)


async def a_revoked_grant_still_stands(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()))
    await storage.commit(Revoke(tenant_id=T, now=7, reason="logout", grant_id="grant-1"))

    standing = await storage.standing(T, "grant-1")

    assert standing is not None
    assert standing.grant == sample.grant(revoked_at=7, revoked_by="logout")


async def a_standing_read_again_is_as_it_is_by_then(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()), Put(sample.session()), Put(sample.person()))
    seen = [await storage.standing(T, "grant-1"), await storage.standing(T, "grant-1")]
    assert seen[0] == seen[1]

    await storage.commit(sample.rotate(0))
    after_rotation = await storage.standing(T, "grant-1")
    await storage.commit(Put(sample.person(enabled=False)), Remove(sample.session()))
    after_changes = await storage.standing(T, "grant-1")
    await storage.commit(Revoke(tenant_id=T, now=7, reason="logout", grant_id="grant-1"))
    after_revocation = await storage.standing(T, "grant-1")

    assert seen[0] is not None
    assert (seen[0].grant, seen[0].person) == (sample.grant(), sample.person())
    assert after_rotation is not None
    assert after_rotation.grant.generation == 1
    assert after_changes is not None
    assert (after_changes.session, after_changes.person) == (None, sample.person(enabled=False))
    assert after_revocation is not None
    assert (after_revocation.grant.revoked_at, after_revocation.grant.generation) == (7, 1)


async def a_grant_put_again_is_still_found_by_all_it_is_of(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()))
    newer = sample.grant(nonce="newer", rotated_at=5, expires_at=FAR - 1)
    await storage.commit(Put(newer))

    assert await storage.grants(T, session_id=newer.session_id) == (newer,)
    await storage.commit(Revoke(tenant_id=T, now=7, reason="test", client_id=newer.client_id, sub=newer.sub))
    assert await storage.grants(T) == ()


async def nothing_is_put_in_the_place_of_what_is_somebody_else_s(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()), Put(sample.device_code()))

    for other in (
        sample.grant(sub="sub-2"),
        sample.grant(client_id="client-2"),
        sample.grant(session_id=None),
        sample.device_code(client_id="client-2"),
        sample.device_code(user_code_digest="another"),
    ):
        change = Put(other)
        assert await storage.commit(Put(sample.grant("grant-2")), change) is change
    assert await storage.grants(T) == (sample.grant(),)


async def a_session_is_found_by_its_digest(storage: Storage) -> None:
    await storage.commit(Put(sample.session()))
    assert await storage.session(T, "digest of session-1") == (sample.session(), None)

    await storage.commit(Put(sample.person()))
    assert await storage.session(T, "digest of session-1") == (sample.session(), sample.person())


async def sessions_of_a_person_are_listed(storage: Storage) -> None:
    mine = (sample.session("1"), sample.session("2"))
    await storage.commit(*(Put(session) for session in mine), Put(sample.session("3", sub="bob")))

    assert await storage.sessions(T, "alice") == mine


async def live_grants_are_found_all_or_by_session(storage: Storage) -> None:
    one = sample.grant("1")
    two = sample.grant("2", client_id="other")
    three = sample.grant("3", session_id=None)
    four = sample.grant("4", sub="bob", session_id="session-2")
    dead = sample.grant("5", revoked_at=9)
    await storage.commit(*(Put(grant) for grant in (one, two, three, four, dead)))

    assert await storage.grants(T) == (one, two, three, four)
    assert await storage.grants(T, session_id="session-1") == (one, two)
    assert await storage.grants(T, session_id="session-3") == ()


async def grants_are_found_in_their_own_tenant_and_in_order(storage: Storage) -> None:
    for tenant_id in ("other", T):
        for number in ("3", "1", "2"):
            await storage.commit(Put(sample.grant(number, tenant_id=tenant_id)))
        await storage.commit(
            Put(sample.grant("4", tenant_id=tenant_id, revoked_at=9)),
            Put(sample.grant("5", tenant_id=tenant_id, sub="b", client_id="b", session_id="b")),
        )

    found = await storage.grants(T, session_id="session-1")
    assert found == tuple(sample.grant(number) for number in "123")
    assert [grant.grant_id for grant in await storage.grants(T)] == ["1", "2", "3", "5"]


async def an_artifact_is_found_by_kind_and_digest_even_expired(storage: Storage) -> None:
    old = sample.interaction(expires_at=1)
    await storage.commit(Put(old), Put(sample.pushed("same")), Put(sample.device_code("same")))

    assert await storage.get(Interaction, T, "interaction-1") == old
    assert await storage.get(PushedRequest, T, "same") == sample.pushed("same")
    assert await storage.get(DeviceCode, T, "same") == sample.device_code("same")
    assert await storage.get(Interaction, T, "same") is None


async def a_device_code_is_found_by_its_user_code(storage: Storage) -> None:
    await storage.commit(Put(sample.device_code("1")), Put(sample.device_code("2")))

    assert await storage.device_code(T, "user code of 2") == sample.device_code("2")
    assert await storage.device_code(T, "2") is None


async def pending_backchannel_requests_wait_for_their_person(storage: Storage) -> None:
    await storage.commit(
        Put(sample.backchannel("1")),
        Put(sample.backchannel("2", status="approved")),
        Put(sample.backchannel("3", sub="bob")),
        Put(sample.backchannel("4")),
    )

    waiting = await storage.backchannel_requests(T, "alice")

    assert waiting == (sample.backchannel("1"), sample.backchannel("4"))


# --- upkeep ---


async def what_has_expired_is_swept_and_nothing_else(storage: Storage) -> None:
    for number, expires_at in enumerate((0, 99, 100, 101)):
        await storage.commit(
            Put(sample.grant(f"{number}", expires_at=expires_at)),
            Put(sample.session(f"{number}", expires_at=expires_at)),
            Put(sample.consent(f"{number}", expires_at=expires_at)),
            Put(sample.pushed(f"{number}", expires_at=expires_at or 101)),
            Mark(tenant_id=T, purpose="code", digest=f"{number}", expires_at=expires_at or 101),
        )
    await storage.commit(Put(sample.person()), Put(sample.event()), Put(sample.key()))

    assert await storage.sweep(100) == 10

    assert [grant.grant_id for grant in await storage.grants(T)] == ["0", "3"]
    assert [session.session_id for session in await storage.sessions(T, "alice")] == ["0", "3"]
    assert [consent.client_id for consent in await storage.consents(T, "alice")] == ["0", "3"]
    assert await storage.get(PushedRequest, T, "2") is None
    assert await storage.get(PushedRequest, T, "3") is not None
    assert await storage.commit(Mark(tenant_id=T, purpose="code", digest="3", expires_at=1)) is not None
    assert await storage.commit(Mark(tenant_id=T, purpose="code", digest="2", expires_at=1)) is None
    assert await storage.person(T, "alice") is not None
    assert await storage.events(T) == (sample.event(),)


async def what_has_just_expired_is_there_for_as_long_as_the_sweep_waits(storage: Storage) -> None:
    at, spent = 1_000, Mark(tenant_id=T, purpose="code", digest="1", expires_at=1_000)
    kinds = (sample.device_code, sample.backchannel, sample.interaction, sample.pushed, sample.reference)
    await storage.commit(
        *(Put(kind("1", expires_at=at)) for kind in kinds),
        Put(sample.grant("1", expires_at=at)),
        Put(sample.session("1", expires_at=at)),
        Put(sample.consent("1", expires_at=at)),
        Count(tenant_id=T, bucket="1", now=at - 10, window=10),
        spent,
    )

    for now in (at, at + EXPIRED_KEPT - 1):
        assert await storage.sweep(now - EXPIRED_KEPT) == 0
        assert len(await _expired(storage)) == 10
        assert await storage.commit(spent) is spent

    assert await storage.sweep(at) == 10
    assert await _expired(storage) == []
    assert await storage.commit(spent) is None


async def _expired(storage: Storage) -> list[object]:
    """What is left under the name 1, by every way there is to find it."""
    kinds = (DeviceCode, BackchannelRequest, Interaction, PushedRequest, ReferenceToken)
    left: list[object] = [await storage.get(kind, T, "1") for kind in kinds]
    left += [await storage.device_code(T, "user code of 1"), await storage.standing(T, "1")]
    left += [await storage.session(T, "digest of 1"), await storage.consent(T, "alice", "1")]
    left.append(await storage.throttle(T, "1"))
    return [found for found in left if found is not None]


async def a_long_sweep_goes_to_its_end(storage: Storage) -> None:
    marks = [Mark(tenant_id=T, purpose="dpop", digest=f"{number}", expires_at=1) for number in range(1200)]
    await storage.commit(*marks)

    assert await storage.sweep(2) == len(marks)
    assert await storage.sweep(2) == 0


async def what_stays_does_not_hold_up_the_sweep(storage: Storage) -> None:
    for expires_at in (0, FAR):
        lasting = (sample.consent(f"{number:03}", expires_at=expires_at) for number in range(600))
        await storage.commit(*(Put(consent) for consent in lasting))
        gone = [sample.consent(name, expires_at=1) for name in ("x", "y")]
        await storage.commit(*(Put(consent) for consent in gone))

        assert await storage.sweep(2) == len(gone)

        assert len(await storage.consents(T, "alice")) == 600


async def a_store_that_works_says_so(storage: Storage) -> None:
    await storage.check()
    await storage.check()


async def a_change_of_one_copy_leaves_the_other(storage: Storage) -> None:
    claims = {"name": "before"}
    await storage.commit(Put(sample.person(claims=claims)))

    claims["name"] = "after"

    kept = await storage.person(T, "alice")
    assert kept is not None
    assert kept.claims == {"name": "before"}
    assert replace(kept, claims=claims) != kept


ARTIFACTS: tuple[Clause, ...] = (
    a_standing_is_the_grant_with_its_session_and_person,
    a_standing_lacks_what_is_gone,
    a_revoked_grant_still_stands,
    a_standing_read_again_is_as_it_is_by_then,
    a_grant_put_again_is_still_found_by_all_it_is_of,
    nothing_is_put_in_the_place_of_what_is_somebody_else_s,
    a_session_is_found_by_its_digest,
    sessions_of_a_person_are_listed,
    live_grants_are_found_all_or_by_session,
    grants_are_found_in_their_own_tenant_and_in_order,
    an_artifact_is_found_by_kind_and_digest_even_expired,
    a_device_code_is_found_by_its_user_code,
    pending_backchannel_requests_wait_for_their_person,
    what_has_expired_is_swept_and_nothing_else,
    what_has_just_expired_is_there_for_as_long_as_the_sweep_waits,
    a_long_sweep_goes_to_its_end,
    what_stays_does_not_hold_up_the_sweep,
    a_store_that_works_says_so,
    a_change_of_one_copy_leaves_the_other,
)
