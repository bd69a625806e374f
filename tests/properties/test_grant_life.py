"""The life of grants under any order of events: codes pay once, families never fork, the dead stay dead.

The model knows three facts of each grant: whether it was ended, how often its code paid, and which of
its refresh tokens is the living leaf. The server must agree after every step (INV-01 to INV-05).
"""

import asyncio

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.world import SECRET, make_world

CLIENTS = {"rotating": {"refresh_token_rotation": True, "refresh_token_grace": 0}, "keeping": {}}


class Life:
    """What the model believes of one grant."""

    def __init__(self, client_id, code):
        self.client_id, self.code = client_id, code
        self.paid = 0
        self.ended = False
        self.leaf = None
        self.access = []  # (token, expires at)


class GrantLife(RuleBasedStateMachine):
    """Applications that redeem, refresh, repeat, revoke, in any order, while people come and go."""

    lives = Bundle("lives")
    refresh_tokens = Bundle("refresh_tokens")
    url = "memory:"

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.all = []
        self.person_lives = True

    def run(self, work):
        return self.runner.run(work)

    @initialize()
    def begin(self):
        async def prepare():
            world = await make_world(self.url)
            for client_id, its_settings in CLIENTS.items():
                await world.client(client_id, settings=its_settings)
            return world, await world.person(), world.browser()

        self.world, self.person, self.browser = self.run(prepare())

    @rule(target=lives, client_id=st.sampled_from(sorted(CLIENTS)))
    def authorize(self, client_id):
        if not self.person_lives:
            return multiple()
        life = Life(client_id, self.run(self.world.code_for(self.browser, client_id)))
        self.all.append(life)
        return life

    @rule(target=refresh_tokens, life=lives)
    def redeem(self, life):
        reply = self.run(self.world.redeem(life.code, auth=(life.client_id, SECRET)))
        if life.paid == 0 and self.person_lives and not life.ended:
            assert reply.status == 200, reply.text
            life.paid = 1
            return self._keep(life, reply.json())
        assert (reply.status, reply.error) == (400, "invalid_grant")
        if life.paid and not life.ended and self.person_lives:
            life.ended = True  # a replay takes with it what came of the code
        return multiple()

    @rule(target=refresh_tokens, token=refresh_tokens)
    def refresh(self, token):
        life, text = token
        reply = self.run(self.world.refresh(text, auth=(life.client_id, SECRET)))
        if life.ended or not self.person_lives:
            assert (reply.status, reply.error) == (400, "invalid_grant")
            return multiple()
        if text != life.leaf:
            assert (reply.status, reply.error) == (400, "invalid_grant")
            life.ended = True  # reuse ends the family
            return multiple()
        assert reply.status == 200, reply.text
        return self._keep(life, reply.json())

    @rule(token=consumes(refresh_tokens))
    def revoke_refresh_token(self, token):
        life, text = token
        self.run(self._revoke(life, text))
        life.ended = True

    @rule(life=lives)
    def revoke_access_token(self, life):
        if life.access:
            text, _ = life.access.pop()
            self.run(self._revoke(life, text))
            assert self.run(self._active(life, text)) is False

    @rule()
    def disable_the_person(self):
        self.person_lives = False
        self.run(self.world.change(self.person, enabled=False))

    @rule()
    def enable_the_person(self):
        self.person_lives = True
        self.run(self.world.change(self.person, enabled=True))

    @invariant()
    def the_server_agrees(self):
        for life in self.all:
            for text, _ in life.access[-2:]:
                expected = self.person_lives and not life.ended
                assert self.run(self._active(life, text)) is expected

    def teardown(self):
        self.run(self.world.close())
        self.runner.close()

    def _keep(self, life, tokens):
        life.access.append((tokens["access_token"], tokens["expires_in"]))
        if life.client_id == "rotating":
            assert tokens["refresh_token"] != life.leaf
        elif life.leaf is not None:
            assert tokens["refresh_token"] == life.leaf
        life.leaf = tokens["refresh_token"]
        return (life, life.leaf)

    async def _revoke(self, life, text):
        reply = await self.world.http.post(
            "/oauth2/revoke", form={"token": text}, auth=(life.client_id, SECRET)
        )
        assert reply.status == 200

    async def _active(self, life, text):
        return (await self.world.introspect(text, auth=(life.client_id, SECRET)))["active"]


@pytest.mark.parametrize("backend", ["memory", "sqlite"])
def test_no_token_is_active_under_an_ended_grant(backend, tmp_path):
    count = iter(range(10_000))

    class OnBackend(GrantLife):
        @property
        def url(self):
            return "memory:" if backend == "memory" else f"sqlite://{tmp_path}/{next(count)}.db"

    run_state_machine_as_test(
        OnBackend,
        settings=settings(
            max_examples=15 if backend == "sqlite" else 30,
            stateful_step_count=25,
            suppress_health_check=list(HealthCheck),
        ),
    )
