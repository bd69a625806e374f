// oauth4webapi: clients prove themselves by a certificate, of an authority or their own, and tokens are bound to it.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { Browser } from "../browser.mjs";
import { fetchAs, issuer, redirect_uri } from "./setup.mjs";

const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));
assert.equal(as.tls_client_certificate_bound_access_tokens, true);
const auth = oauth.TlsClientAuth();

const with_ = (name) => ({ [oauth.customFetch]: fetchAs(name) });

async function signIn(client, options) {
  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri,
    response_type: "code",
    scope: "openid email",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const params = oauth.validateAuthResponse(as, client, await new Browser().visit(url), oauth.expectNoState);
  return oauth.processAuthorizationCodeResponse(
    as, client,
    await oauth.authorizationCodeGrantRequest(as, client, client.auth ?? auth, params, redirect_uri, verifier, options),
  );
}

for (const [client_id, certificate] of [["by-authority", "member"], ["self-signed", "alone"], ["late", "late"]]) {
  const client = { client_id, use_mtls_endpoint_aliases: true };
  const options = with_(certificate);
  const tokens = await signIn(client, options);
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);

  const userinfo = await oauth.processUserInfoResponse(
    as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token, options),
  );
  assert.equal(userinfo.email, "alice@id.test");
  const stolen = await oauth.userInfoRequest(as, client, tokens.access_token);
  assert.equal(stolen.status, 401);
  assert.match(stolen.headers.get("www-authenticate"), /invalid_token/);

  const refreshed = await oauth.processRefreshTokenResponse(
    as, client, await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, options),
  );
  const told = await oauth.processIntrospectionResponse(
    as, client, await oauth.introspectionRequest(as, client, auth, refreshed.access_token, options),
  );
  assert.equal(told.active, true);
  assert.ok(told.cnf["x5t#S256"]);
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, client, auth, refreshed.refresh_token, options),
  );

  // Without the certificate, and with somebody else's.
  for (const other of [{}, with_(certificate === "member" ? "alone" : "member")]) {
    const answer = await oauth.clientCredentialsGrantRequest(as, client, auth, {}, other);
    await assert.rejects(oauth.processClientCredentialsResponse(as, client, answer), { status: 401 });
  }
}

// A public client's tokens are bound to a certificate it registered (RFC 8705 §4).
const client = { client_id: "public-bound", auth: oauth.None() };
const options = with_("alone");
const tokens = await signIn(client, options);
assert.equal((await oauth.userInfoRequest(as, client, tokens.access_token, options)).status, 200);
assert.equal((await oauth.userInfoRequest(as, client, tokens.access_token, with_("member"))).status, 401);
const elsewhere = await oauth.refreshTokenGrantRequest(as, client, client.auth, tokens.refresh_token, with_("member"));
await assert.rejects(oauth.processRefreshTokenResponse(as, client, elsewhere), { error: "invalid_grant" });

// A certificate that nobody knows does not get through the handshake.
await assert.rejects(oauth.clientCredentialsGrantRequest(as, { client_id: "self-signed" }, auth, {}, with_("stranger")));
console.log("done");
