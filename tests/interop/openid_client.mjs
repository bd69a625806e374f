// openid-client: discovery, code with PKCE, userinfo, refresh, introspection, revocation, sign-out.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { Browser } from "./browser.mjs";

const redirect_uri = "http://127.0.0.1:9/cb";
const issuer = new URL(process.env.ISSUER);
const execute = [client.allowInsecureRequests];

for (const [id, auth] of [
  ["basic", client.ClientSecretBasic(process.env.SECRET)],
  ["post", client.ClientSecretPost(process.env.SECRET)],
  ["public", client.None()],
]) {
  const config = await client.discovery(issuer, id, { redirect_uris: [redirect_uri] }, auth, { execute });
  const browser = new Browser();
  for (const response_mode of ["query", "form_post", "fragment"]) {
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri,
      scope: "openid profile email",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
      response_mode,
    });
    let callback = await browser.visit(url);
    if (response_mode === "fragment") callback = new URL(callback.href.replace("#", "?"));
    const tokens = await client.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
    assert.equal(userinfo.email, "alice@id.test");

    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal(refreshed.claims().sub, claims.sub);
    assert.notEqual(refreshed.access_token, tokens.access_token);
    if (id !== "public") {
      assert.equal((await client.tokenIntrospection(config, refreshed.access_token)).active, true);
    }
    await client.tokenRevocation(config, refreshed.refresh_token);
    await assert.rejects(client.refreshTokenGrant(config, refreshed.refresh_token), { error: "invalid_grant" });
    if (response_mode === "fragment") {
      const out = client.buildEndSessionUrl(config, {
        id_token_hint: tokens.id_token,
        post_logout_redirect_uri: "http://127.0.0.1:9/out",
        state: "bye",
      });
      assert.equal((await browser.visit(out)).href, "http://127.0.0.1:9/out?state=bye");
    }
  }
}
console.log("done");
