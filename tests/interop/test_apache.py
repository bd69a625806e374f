"""mod_auth_openidc under Apache, as Debian packages them: a site protected without a line of code."""

import os
import tempfile
from pathlib import Path

import pytest
import pytest_asyncio

from tests import services
from tests.watching import Watched
from tests.world import PASSWORD, SECRET

MODULES = Path("/usr/lib/apache2/modules")
LOADED = ("mpm_event", "authn_core", "authz_core", "authz_user", "alias", "dir", "headers", "mime")
CONFIG = """
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
StartServers 1
{user}
{modules}
LoadModule auth_openidc_module {openidc}
TypesConfig /dev/null
DocumentRoot {folder}/www
DirectoryIndex index.html
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {secret}
OIDCRedirectURI http://localhost:{port}/in/cb
OIDCCryptoPassphrase a-passphrase-of-this-test
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCResponseMode {mode}
OIDCCookieSameSite On
OIDCInfoHook iat access_token userinfo
OIDCRemoteUserClaim sub
<Location /in>
  AuthType openid-connect
  Require valid-user
  Header set Cache-Control no-store
  Header set X-Sub "expr=%{{REMOTE_USER}}"
  Header set X-Email "expr=%{{HTTP:OIDC_CLAIM_email}}"
  Header set X-Name "expr=%{{HTTP:OIDC_CLAIM_name}}"
</Location>
"""


def html(text):
    return f'<!doctype html><html lang="en"><title>{text}</title><h1>{text}</h1>'


def configuration(folder, port, **told):
    modules = (f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED)
    return CONFIG.format(
        folder=folder,
        port=port,
        user="User www-data\nGroup www-data" if os.geteuid() == 0 else "",
        modules="\n".join(line for line in modules if Path(line.split()[-1]).exists()),
        openidc=MODULES / "mod_auth_openidc.so",
        secret=SECRET,
        **told,
    )


@pytest.fixture(params=["query", "form_post"])
def apache(live, request):
    """The base URL of a site under Apache, and the client it is."""
    client_id = f"apache-{request.param}-{os.getpid()}"
    # Apache leaves root behind, and has to reach its files all the same.
    with tempfile.TemporaryDirectory(prefix="limen-apache-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for place in ("www/in", "www/out"):
            (folder / place).mkdir(parents=True)
            (folder / place / "index.html").write_text(html("In" if "in" in place else "Out"))

        def arguments(port):
            (folder / "apache.conf").write_text(
                configuration(folder, port, issuer=live.base, client_id=client_id, mode=request.param)
            )
            return [services.program("apache2"), "-f", str(folder / "apache.conf"), "-D", "FOREGROUND"]

        with services.server(arguments) as (port, _):
            base = f"http://localhost:{port}"

            async def register(seed):
                await seed.client(
                    client_id,
                    client_name="Wiki",
                    redirect_uris=(f"{base}/in/cb",),
                    post_logout_redirect_uris=(f"{base}/out/",),
                    grant_types=frozenset({"authorization_code", "refresh_token"}),
                    settings={"require_pkce": True},
                )

            live.run(register)
            yield base, folder / "error.log"


@pytest_asyncio.fixture
async def tab(chromium, live):
    context = await chromium.new_context()
    context.set_default_timeout(15_000)
    watched = Watched(context, live.base)
    await watched.begin()
    page = await context.new_page()
    page.look = lambda: watched.look(page)
    yield page
    await context.close()
    watched.assert_clean()


async def test_a_site_under_apache_is_protected_and_left_again(apache, tab, live):
    base, log = apache

    answer = await tab.goto(f"{base}/in/")
    assert tab.url.startswith(live.base), (answer.status, await answer.text(), log.read_text())
    assert await tab.look() == "Sign in"
    await tab.fill("#username", "alice")
    await tab.fill("#password", PASSWORD)
    await tab.click("button.main")
    await tab.wait_for_selector("button[name=allow]")
    assert await tab.look() == "Wiki asks for access"
    await tab.click("button[name=allow]")
    await tab.wait_for_url(f"{base}/in/")
    answer = await tab.reload()

    assert await tab.title() == "In"
    told = answer.headers
    assert (told["x-sub"], told["x-email"], told["x-name"]) == ("sub-alice", "alice@id.test", "Alice Liddell")
    info = await (await tab.goto(f"{base}/in/cb?info=json")).json()
    assert info["userinfo"]["zoneinfo"] == "Europe/London"

    await tab.goto(f"{base}/in/cb?logout={base}/out/")
    await tab.wait_for_url(f"{base}/out/**")
    assert await tab.title() == "Out"
    answer = await tab.goto(f"{base}/in/")
    assert tab.url.startswith(live.base), (answer.status, await answer.text(), log.read_text())
    assert await tab.look() == "Sign in"
    assert ":error]" not in log.read_text()
