// oauth4webapi and openid-client: tokens bound by DPoP, with and without nonces of ours.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";
import { Browser } from "../browser.mjs";
import { issuer, redirect_uri, secret } from "./setup.mjs";

const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));

async function code(client, more = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri,
    response_type: "code",
    scope: "openid email offline_access",
    prompt: "consent",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...more,
  });
  const params = oauth.validateAuthResponse(as, client, await new Browser().visit(url), oauth.expectNoState);
  return [params, redirect_uri, verifier];
}

// Once more when the server asks for its nonce: the handle has heard it.
async function twice(ask, read) {
  try {
    return [await read(await ask()), 1];
  } catch (refused) {
    if (!oauth.isDPoPNonceError(refused)) throw refused;
    return [await read(await ask()), 2];
  }
}

for (const [client_id, auth, tries] of [
  ["dpop", oauth.ClientSecretBasic(secret), 1],
  ["dpop-nonce", oauth.ClientSecretBasic(secret), 2],
  ["dpop-public", oauth.None(), 1],
]) {
  for (const alg of ["ES256", "PS256", "Ed25519"]) {
    const keys = await oauth.generateKeyPair(alg, { extractable: true });
    const jkt = await thumbprint(keys.publicKey);
    const one = { client_id };
    const DPoP = oauth.DPoP(one, keys);
    const [params, uri, verifier] = await code(one, alg === "ES256" ? { dpop_jkt: jkt } : {});
    const [tokens, asked] = await twice(
      () => oauth.authorizationCodeGrantRequest(as, one, auth, params, uri, verifier, { DPoP }),
      (answer) => oauth.processAuthorizationCodeResponse(as, one, answer),
    );
    assert.equal(asked, tries);
    assert.equal(tokens.token_type, "dpop");
    const { sub } = oauth.getValidatedIdTokenClaims(tokens);
    const [userinfo] = await twice(
      () => oauth.userInfoRequest(as, one, tokens.access_token, { DPoP }),
      (answer) => oauth.processUserInfoResponse(as, one, sub, answer),
    );
    assert.equal(userinfo.email, "alice@id.test");

    // As a bearer token, and with another key.
    assert.equal((await oauth.userInfoRequest(as, one, tokens.access_token)).status, 401);
    const other = oauth.DPoP(one, await oauth.generateKeyPair("ES256"));
    await assert.rejects(twice(
      () => oauth.userInfoRequest(as, one, tokens.access_token, { DPoP: other }),
      (answer) => oauth.processUserInfoResponse(as, one, sub, answer),
    ));

    const [refreshed] = await twice(
      () => oauth.refreshTokenGrantRequest(as, one, auth, tokens.refresh_token, { DPoP }),
      (answer) => oauth.processRefreshTokenResponse(as, one, answer),
    );
    assert.equal(refreshed.token_type, "dpop");
    if (client_id !== "dpop-public") {
      const told = await oauth.processIntrospectionResponse(
        as, one, await oauth.introspectionRequest(as, one, auth, refreshed.access_token),
      );
      assert.deepEqual([told.cnf.jkt, told.token_type], [jkt, "DPoP"]);
    } else {
      const stolen = await oauth.refreshTokenGrantRequest(as, one, auth, refreshed.refresh_token, { DPoP: other });
      await assert.rejects(oauth.processRefreshTokenResponse(as, one, stolen), { error: "invalid_grant" });
    }
  }
}

// openid-client does the second try by itself.
const config = await client.discovery(issuer, "dpop-nonce", {}, client.ClientSecretBasic(secret));
const handle = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
const verifier = client.randomPKCECodeVerifier();
const callback = await new Browser().visit(client.buildAuthorizationUrl(config, {
  redirect_uri,
  scope: "openid email",
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
}));
const tokens = await client.authorizationCodeGrant(
  config, callback, { pkceCodeVerifier: verifier }, undefined, { DPoP: handle },
);
const { sub } = tokens.claims();
assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP: handle })).sub, sub);
const service = await client.clientCredentialsGrant(config, {}, { DPoP: handle });
assert.equal(service.token_type, "dpop");
await assert.rejects(client.clientCredentialsGrant(config), { error: "invalid_dpop_proof" });

// RFC 7638 for the public half of a key.
async function thumbprint(publicKey) {
  const { crv, e, kty, n, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  const members = Object.entries({ crv, e, kty, n, x, y }).filter(([, value]) => value !== undefined);
  return createHash("sha256").update(JSON.stringify(Object.fromEntries(members))).digest("base64url");
}
console.log("done");
