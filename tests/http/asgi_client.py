"""A small in-process HTTP client for the ASGI application: redirects off, a cookie jar, forms and JSON.

client = AsgiClient(app, "https://id.test")
reply = await client.post("/oauth2/token", form={"grant_type": "client_credentials"}, auth=("id", "secret"))
assert reply.status == 200 and reply.json()["token_type"] == "Bearer"
"""

import base64
import json
import re
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit


@dataclass(frozen=True)
class Reply:
    """An answer; `url` is what was asked for."""

    url: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name):
        """The field's only value, None when it is missing; a repeated field fails the test."""
        values = self.all(name)
        assert len(values) < 2, values
        return values[0] if values else None

    def all(self, name):
        """Every value of the field."""
        return [value for key, value in self.headers if key == name.lower()]

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """The protocol's error code of a JSON refusal or of a redirect."""
        return self.params.get("error") if self.header("location") else self.json().get("error")

    @property
    def location(self):
        """Where a redirect leads, made absolute; of a journey's page shown at once, its own address."""
        form = re.search(r'action="([^"?]*/i/[^"?]*)', self.text) if self.header("location") is None else None
        return urljoin(self.url, form[1] if form else self.header("location") or "")

    @property
    def params(self):
        """What a redirect carries in its query or fragment, or else the members of the JSON body."""
        if self.header("location") is None:
            return self.json()
        parts = urlsplit(self.header("location"))
        return dict(parse_qsl(parts.fragment or parts.query, keep_blank_values=True))


class AsgiClient:
    """One browser or program: it keeps cookies by their name on the wire."""

    def __init__(
        self, app, base_url="https://id.test", *, client=("192.0.2.10", 40000), headers=None, certificate=None
    ):
        self.app, self.base_url, self.client = app, base_url.rstrip("/"), client
        self.headers = dict(headers or {})
        self.certificate = certificate
        self.cookies = {}

    async def get(self, path, *, params=None, headers=None):
        return await self.request("GET", path, params=params, headers=headers)

    async def post(self, path, *, form=None, json=None, body=None, headers=None, auth=None):
        return await self.request("POST", path, form=form, json=json, body=body, headers=headers, auth=auth)

    async def submit(self, path, form, *, headers=None):
        """Post a form of one of our own pages, as a browser does."""
        return await self.post(path, form=form, headers={"Sec-Fetch-Site": "same-origin", **(headers or {})})

    async def follow(self, reply):
        """Go where a redirect of ours leads."""
        assert reply.location.startswith(self.base_url), reply.location
        return await self.get(reply.location)

    async def request(
        self, method, path, *, params=None, form=None, json=None, body=None, headers=None, auth=None
    ):
        """Send one request; `form` is a mapping or a list of pairs, `auth` a pair for Basic."""
        url = path if "://" in path else self.base_url + path
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params, doseq=True)
        body, kind = _content(form, json, body)
        fields = {**({"Content-Type": kind} if kind else {}), **self.headers, **(headers or {})}
        if auth:
            fields["Authorization"] = basic(*auth)
        reply = await self.send(method, url, [(name, value) for name, value in fields.items() if value], body)
        self._keep(reply)
        return reply

    async def send(self, method, url, headers, body=b""):
        """Send exactly these header fields besides Host, Cookie and Content-Length."""
        parts = urlsplit(url)
        fields = [("host", parts.netloc), *headers]
        if self.cookies and not any(name.lower() == "cookie" for name, _ in headers):
            fields.append(("cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())))
        if body:
            fields.append(("content-length", str(len(body))))
        raw = parts.path or "/"
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": parts.scheme,
            "path": unquote(raw),
            "raw_path": raw.encode(),
            "query_string": parts.query.encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in fields],
            "client": self.client,
            "server": (parts.hostname, parts.port or 443),
            "extensions": {"limen.certificate": self.certificate} if self.certificate else {},
        }
        return await exchange(self.app, scope, body, url)

    def _keep(self, reply):
        for line in reply.all("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


async def exchange(app, scope, body=b"", url=""):
    """Run one ASGI request with the whole body at once."""
    sent = []
    events = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        return events.pop() if events else {"type": "http.disconnect"}

    async def send(event):
        sent.append(event)

    await app(scope, receive, send)
    headers = [(name.decode(), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    return Reply(url, sent[0]["status"], headers, b"".join(event["body"] for event in sent[1:]))


def basic(client_id, secret):
    """HTTP Basic as RFC 6749 §2.3.1 wants it: both parts form-encoded."""
    pair = f"{urlencode({'': client_id})[1:]}:{urlencode({'': secret})[1:]}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _content(form, value, body):
    if form is not None:
        return urlencode(form, doseq=True).encode(), "application/x-www-form-urlencoded"
    if value is not None:
        return json.dumps(value).encode(), "application/json"
    return body or b"", None
