"""Canaries are carried through every flow; afterwards nothing that is kept or shown knows any of them."""

import contextlib
import json
import re
import secrets
import time
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.interop.person import Person
from tests.processes.conftest import CALLBACK, Browser, Line, redemption, served
from tests.processes.test_workers import assertion
from tests.world import PASSWORD, SECRET, form_of

LABELS = {"route", "status", "le", "grant_type", "error"}


def canary(name):
    return f"canary-{name}-{secrets.token_hex(12)}"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Go every flow; return all secrets by name, and where the server may have put them."""
    folder = tmp_path_factory.mktemp("canaries")
    with served(folder, f"sqlite://{folder}/limen.db") as live:
        known = {"client secret": SECRET, "password": PASSWORD}
        go(live, known)
        time.sleep(0.5)
        with contextlib.closing(Line(live.base)) as line:
            metrics = line.get("/metrics")[1]
        yield known, {"log": live.log.read_text(), "metrics": metrics, "database": kept(folder)}


def kept(folder):
    return "".join(p.read_bytes().decode("latin-1") for p in sorted(Path(folder).glob("limen.db*")))


def go(live, known):
    """Every flow, right and wrong, each with values of its own."""
    browser = Browser(live)
    asked = {name: canary(name) for name in ("state", "nonce", "login_hint", "client_secret")}
    answer = browser.answer(**{**asked, "max_age": "0", "prompt": "login"})
    known |= {f"authorize {name}": value for name, value in asked.items() if name != "nonce"}
    known |= {"code": answer["code"], "session state": answer["session_state"]}
    known |= {f"cookie {c.name}": c.value for c in browser.person.session.cookies}
    with contextlib.closing(Line(live.base)) as line:
        machines(live, line, known, answer["code"])
    wrong_password(live, known)
    sign_out(live, browser, known)


def machines(live, line, known, code):
    status, tokens = line.redeem(code)
    assert status == 200
    known |= {name: tokens[name] for name in ("access_token", "refresh_token", "id_token")}
    known["code_verifier"] = verifier = canary("verifier") + "v" * 20
    line.post("/oauth2/token", {**redemption(canary("code")), "code_verifier": verifier})
    line.refresh(tokens["refresh_token"])
    line.userinfo(tokens["access_token"])
    line.is_active(tokens["access_token"])
    wrong = {name: canary(name) for name in ("refresh_token", "token", "client_secret", "access_token")}
    line.refresh(wrong["refresh_token"])
    line.is_active(wrong["token"])
    line.userinfo(wrong["access_token"])
    line.get(f"/oauth2/userinfo?access_token={wrong['access_token']}")
    line.get(f"/nowhere?client_secret={wrong['client_secret']}")
    line.post(
        "/oauth2/token", {"client_id": "web", "client_secret": wrong["client_secret"], "grant_type": "x"}
    )
    known |= {f"wrong {name}": value for name, value in wrong.items()}
    form = assertion(live, canary("jti"))
    known["client_assertion"] = form["client_assertion"]
    line.post("/oauth2/token", form)
    line.post("/oauth2/token", form)
    for kind in ("access_token", "refresh_token"):
        line.post("/oauth2/revoke", {"token": tokens[kind], "client_id": "web", "client_secret": SECRET})
    line.redeem(code)


def wrong_password(live, known):
    known["wrong password"] = wrong = canary("password")
    person = Person(password=wrong)
    page = person.session.get(start(live), timeout=10)
    form = form_of(page.text)
    known |= {"form token": dict(form.hidden)["form_token"]}
    data = [*form.hidden, ("username", canary("username")), ("password", wrong)]
    person.session.post(page.url, data=data, timeout=10)


def start(live):
    asked = {"client_id": "web", "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}
    asked |= {
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    return requests.Request("GET", f"{live.base}/oauth2/authorize", params=asked).prepare().url


def sign_out(live, browser, known):
    answer = browser.answer(scope="openid")
    with contextlib.closing(Line(live.base)) as line:
        hint = line.redeem(answer["code"])[1]["id_token"]
    known |= {"id_token_hint": hint, "second code": answer["code"], "logout state": canary("bye")}
    asked = {"id_token_hint": hint, "state": known["logout state"], "logout_hint": "alice"}
    browser.person.session.get(f"{live.base}/oidc/logout", params=asked, timeout=10)


@pytest.mark.parametrize("where", ["log", "metrics", "database"])
def test_lk_01_no_canary_is_found_anywhere(told, where):
    known, places = told
    # What was sent by a browser along the way is kept with its journey until it ends: it opens nothing.
    kept_with_journey = {"authorize state", "authorize login_hint"} if where == "database" else set()
    # Not a credential: the browser state is readable by the page's scripts, and kept with the session.
    readable = {name for name in known if name.startswith("cookie lm_bs_")} if where == "database" else set()

    found = {name for name, value in known.items() if value in places[where]}

    assert found - kept_with_journey - readable == set()
    # Nor its halves: a token is not cut to fit a line.
    tokens = {name: value for name, value in known.items() if value.startswith(("lm_", "eyJ"))}
    assert len(tokens) >= 6
    assert {name for name, value in tokens.items() if value[-32:] in places[where]} == set()


def test_lk_02_access_lines_have_routes_and_no_queries(told):
    _, places = told
    lines = [json.loads(line) for line in places["log"].splitlines() if line.startswith("{")]
    requests_ = [line for line in lines if line["event"] == "request"]

    assert {"/oauth2/authorize", "/oidc/logout", "/i/{interaction}/{step}"} <= {
        r.get("route") for r in requests_
    }
    for line in requests_:
        assert re.fullmatch(r"LMN-[0-9A-Z]{4}-[0-9A-Z]{4}", line["reference"])
        assert not any(sign in str(value) for value in line.values() for sign in ("?", "%", "&"))


def test_lk_08_metrics_have_bounded_labels(told):
    _, places = told
    routes = set()
    for family in text_string_to_metric_families(places["metrics"]):
        for sample in family.samples:
            assert set(sample.labels) <= LABELS, sample
            routes.add(sample.labels.get("route", "none"))
            assert not any("alice" in value or "127.0" in value for value in sample.labels.values()), sample

    assert "/oauth2/token" in routes
    assert not any("canary" in route for route in routes)
    assert len(routes) < 60


def test_metrics_tell_tokens_by_their_grant(told):
    _, places = told
    families = text_string_to_metric_families(places["metrics"])
    tokens = next(family for family in families if family.name == "limen_tokens")
    issued = {sample.labels["grant_type"]: sample.value for sample in tokens.samples}

    assert issued["authorization_code"] >= 2
    assert issued["refresh_token"] >= 1
    assert issued["other"] == 0
