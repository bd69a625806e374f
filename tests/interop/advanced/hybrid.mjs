// openid-client: response types code id_token, code token and code id_token token.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { decodeJwt } from "jose";
import * as client from "openid-client";
import { Browser } from "../browser.mjs";
import { asQuery, issuer, redirect_uri, secret } from "./setup.mjs";

const half = (text) => createHash("sha256").update(text).digest().subarray(0, 16).toString("base64url");

async function asked(config, response_type, more = {}) {
  const [pkceCodeVerifier, expectedState, expectedNonce] = [
    client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce(),
  ];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: "openid email",
    response_type,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    ...more,
  });
  return [url, { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }];
}

async function configured(detached) {
  const config = await client.discovery(issuer, "hybrid", {}, client.ClientSecretBasic(secret));
  client.useCodeIdTokenResponseType(config);
  if (detached) client.enableDetachedSignatureResponseChecks(config);
  return config;
}

const browser = new Browser();
for (const detached of [false, true]) {
  const config = await configured(detached);
  for (const response_type of ["code id_token", "code id_token token"]) {
    for (const response_mode of ["fragment", "form_post"]) {
      const [url, checks] = await asked(config, response_type, { response_mode, max_age: "300" });
      const callback = await browser.visit(url);
      const posted = callback instanceof Request ? await callback.clone().text() : callback.hash.slice(1);
      const told = new URLSearchParams(posted);
      const tokens = await client.authorizationCodeGrant(config, callback, { ...checks, maxAge: 300 });
      const front = decodeJwt(told.get("id_token"));
      assert.equal(front.s_hash, half(checks.expectedState));
      assert.equal(front.sub, tokens.claims().sub);
      assert.equal(told.has("access_token"), response_type.endsWith(" token"));
      if (told.has("access_token")) {
        assert.equal(front.at_hash, half(told.get("access_token")));
        const userinfo = await client.fetchUserInfo(config, told.get("access_token"), front.sub);
        assert.equal(userinfo.email, "alice@id.test");
      }
      assert.equal((await client.fetchUserInfo(config, tokens.access_token, front.sub)).email, "alice@id.test");
    }
  }
}

const config = await client.discovery(issuer, "hybrid", {}, client.ClientSecretBasic(secret));
const [url, checks] = await asked(config, "code token");
const callback = asQuery(await browser.visit(url));
assert.equal(callback.searchParams.get("token_type"), "Bearer");
const front = callback.searchParams.get("access_token");
const tokens = await client.authorizationCodeGrant(config, callback, checks);
assert.equal((await client.fetchUserInfo(config, front, tokens.claims().sub)).email, "alice@id.test");

// Refused by redirect, in the fragment that this response type uses.
const hybrid = await configured(false);
const [refused, its] = await asked(hybrid, "code id_token", { prompt: "none" });
const answer = await new Browser().visit(refused);
assert.equal(new URLSearchParams(answer.hash.slice(1)).get("error"), "login_required");
await assert.rejects(client.authorizationCodeGrant(hybrid, answer, its), { error: "login_required" });
console.log("done");
