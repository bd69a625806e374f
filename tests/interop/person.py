"""A person with a browser, for clients whose library only makes addresses and takes what comes back."""

from urllib.parse import urljoin

import requests

from tests.world import PASSWORD, form_of


class Person:
    """Follows redirects and fills in our pages until the browser leaves for the client."""

    def __init__(self, *, username="alice", password=PASSWORD, verify=True):
        self.username, self.password = username, password
        self.session = requests.Session()
        self.session.trust_env = verify is True  # the environment's authorities would win over ours
        self.session.verify = verify

    def visit(self, url, *, allow=True):
        """Return where the browser is sent at last: the client's own address with its parameters."""
        origin = "/".join(url.split("/")[:3])
        reply = self.session.get(url, allow_redirects=False)
        for _ in range(12):
            if "location" in reply.headers:
                url = urljoin(url, reply.headers["location"])
                if not url.startswith(origin):
                    return url
                reply = self.session.get(url, allow_redirects=False)
                continue
            assert reply.status_code == 200, (reply.status_code, reply.text[:500])
            if "<form" not in reply.text:
                return url
            form = form_of(reply.text)
            url = urljoin(url, form.action)
            reply = self.session.post(url, data=self._filled(url, form, allow), allow_redirects=False)
        raise AssertionError("the journey does not end")

    def _filled(self, url, form, allow):
        if url.endswith("/sign_in"):
            return [*form.hidden, ("username", self.username), ("password", self.password)]
        if "sign_out" in form.buttons:
            return [*form.hidden, ("sign_out", "1")]
        return [*form.hidden, *form.ticked, ("allow" if allow else "deny", "1")]
