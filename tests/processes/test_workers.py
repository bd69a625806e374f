"""What one worker did, every worker knows: codes, rotation, revocation, disabled clients and people."""

import asyncio
import subprocess
import sys
import time
from collections import Counter

import aiohttp
import pytest

from tests.processes.conftest import KEY, Browser, basic, redemption
from tests.proofs import asserted

MANY = 1_000


async def at_once(url, forms, headers):
    """Send all forms over many connections at once; return (status, JSON) of each."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=90)) as http:

        async def send(form):
            async with http.post(url, data=form, headers=headers) as answer:
                return answer.status, await answer.json()

        return await asyncio.gather(*(send(form) for form in forms))


def limen(live, *arguments):
    """Act on the command line, beside the running server."""
    done = subprocess.run(
        [sys.executable, "-m", "limen.cli", *arguments, "--config", str(live.config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr


async def test_cd_02_a_code_pays_once_under_a_thousand_redemptions(live, lines):
    browser = await asyncio.to_thread(Browser, live)
    code = await asyncio.to_thread(browser.code)

    answers = await at_once(f"{live.base}/oauth2/token", [redemption(code)] * MANY, basic())

    assert Counter(status for status, _ in answers) == {200: 1, 400: MANY - 1}
    assert {told["error"] for status, told in answers if status == 400} == {"invalid_grant"}
    paid = next(told for status, told in answers if status == 200)
    lines.within_a_second(lambda line: line.is_active(paid["access_token"]), False)
    lines.within_a_second(lambda line: line.userinfo(paid["access_token"]), 401)
    assert [line.refresh(paid["refresh_token"])[0] for line in lines] == [400] * 3


def test_a_replayed_code_takes_back_what_it_paid_at_every_worker(lines, browser):
    first, second, _ = lines
    code = browser.code()
    _, tokens = first.redeem(code)
    lines.within_a_second(lambda line: line.is_active(tokens["access_token"]), True)

    assert second.redeem(code)[1]["error"] == "invalid_grant"

    lines.within_a_second(lambda line: line.userinfo(tokens["access_token"]), 401)
    lines.within_a_second(lambda line: line.is_active(tokens["access_token"]), False)
    assert [line.refresh(tokens["refresh_token"])[0] for line in lines] == [400] * 3


async def test_rt_02_a_thousand_refreshes_without_grace_have_one_success(live, lines):
    browser = await asyncio.to_thread(Browser, live)
    _, tokens = lines.all[0].redeem(await asyncio.to_thread(browser.code, "strict"), "strict")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    answers = await at_once(f"{live.base}/oauth2/token", [form] * MANY, basic("strict"))

    assert Counter(status for status, _ in answers) == {200: 1, 400: MANY - 1}
    # All the others were reuse: the family ends.
    successor = next(told for status, told in answers if status == 200)
    assert [line.refresh(successor["refresh_token"], "strict")[0] for line in lines] == [400] * 3
    lines.within_a_second(lambda line: line.is_active(successor["access_token"]), False)


async def test_refreshes_within_the_grace_make_one_family(live, lines):
    browser = await asyncio.to_thread(Browser, live)
    _, tokens = lines.all[0].redeem(await asyncio.to_thread(browser.code, "graceful"), "graceful")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    answers = await at_once(f"{live.base}/oauth2/token", [form] * 100, basic("graceful"))

    assert {status for status, _ in answers} == {200}
    assert len({told["refresh_token"] for _, told in answers} - {tokens["refresh_token"]}) == 1
    successor = answers[0][1]["refresh_token"]
    status, told = lines.all[1].refresh(successor, "graceful")
    assert (status, told["refresh_token"] != successor) == (200, True)


def test_revoked_means_refused_at_every_worker_within_a_second(lines, browser):
    first = lines.all[0]
    _, tokens = first.redeem(browser.code())

    first.post("/oauth2/revoke", {"token": tokens["access_token"]}, **basic())

    lines.within_a_second(lambda line: line.is_active(tokens["access_token"]), False)
    lines.within_a_second(lambda line: line.userinfo(tokens["access_token"]), 401)
    first.post("/oauth2/revoke", {"token": tokens["refresh_token"]}, **basic())
    assert [line.refresh(tokens["refresh_token"])[0] for line in lines] == [400] * 3


def test_lc_02_a_disabled_person_is_out_within_a_second(live, lines):
    carol = Browser(live, "carol")
    _, tokens = lines.all[0].redeem(carol.code())

    limen(live, "user", "disable", "carol")
    lines.within_a_second(lambda line: line.is_active(tokens["access_token"]), False)
    lines.within_a_second(lambda line: line.userinfo(tokens["access_token"]), 401)
    assert carol.answer(prompt="none")["error"] == "login_required"
    assert [line.refresh(tokens["refresh_token"])[0] for line in lines] == [400] * 3

    limen(live, "user", "enable", "carol")
    time.sleep(1)  # what the command changed the workers know a second later
    assert "code" in Browser(live, "carol").answer()


def test_a_disabled_client_is_out_within_a_second(live, lines):
    form = {"grant_type": "client_credentials"}
    assert lines.all[0].post("/oauth2/token", form, **basic("strict"))[0] == 200

    limen(live, "app", "update", "strict", "--set", "limen_enabled=false")
    lines.within_a_second(lambda line: line.post("/oauth2/token", form, **basic("strict"))[0], 401)
    limen(live, "app", "update", "strict", "--set", "limen_enabled=true")
    lines.within_a_second(lambda line: line.post("/oauth2/token", form, **basic("strict"))[0], 200)


def test_a_disabled_tenant_is_out_within_a_second(live, lines):
    discovery = "/t/other/.well-known/openid-configuration"
    browser = Browser(live, tenant="/t/other")
    _, tokens = lines.all[0].redeem(browser.code(), tenant="/t/other")
    assert lines.all[1].userinfo(tokens["access_token"], "/t/other") == 200

    limen(live, "tenant", "disable", "other", "--yes")
    lines.within_a_second(lambda line: line.get(discovery)[0], 404)
    lines.within_a_second(lambda line: line.userinfo(tokens["access_token"], "/t/other"), 404)
    limen(live, "tenant", "enable", "other")
    lines.within_a_second(lambda line: line.get(discovery)[0], 200)


def assertion(live, jti):
    now = int(time.time())
    claims = {"iss": "machine", "sub": "machine", "aud": live.base, "iat": now, "exp": now + 60, "jti": jti}
    return {"grant_type": "client_credentials", **asserted(KEY.sign(claims))}


def test_ca_07_a_client_assertion_works_once_at_all_workers_together(live, lines):
    form = assertion(live, f"once-{time.time()}")

    answers = [line.post("/oauth2/token", form) for line in (*lines, *lines)]

    assert [status for status, _ in answers] == [200] + [401] * 5
    assert {told["error"] for status, told in answers if status == 401} == {"invalid_client"}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_every_worker_tells_its_health(lines, path):
    assert [line.get(path)[0] for line in lines] == [200] * 3
