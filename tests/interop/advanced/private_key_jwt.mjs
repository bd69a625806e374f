// oauth4webapi: private_key_jwt with each kind of key at every endpoint a client calls.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { Browser } from "../browser.mjs";
import { issuer, key, kid, redirect_uri } from "./setup.mjs";

const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));
assert.ok(as.token_endpoint_auth_signing_alg_values_supported.includes("PS256"));
const client = { client_id: "private-key" };
const unproven = { code: "OAUTH_WWW_AUTHENTICATE_CHALLENGE", status: 401 };

for (const name of ["es256", "ps256", "eddsa"]) {
  let assertion;
  const auth = oauth.PrivateKeyJwt({ key: await key(name), kid: kid(name) }, {
    [oauth.modifyAssertion]: (_header, payload) => {
      assertion = payload;
    },
  });
  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri,
    response_type: "code",
    scope: "openid",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const params = oauth.validateAuthResponse(as, client, await new Browser().visit(url), oauth.expectNoState);
  const tokens = await oauth.processAuthorizationCodeResponse(
    as, client, await oauth.authorizationCodeGrantRequest(as, client, auth, params, redirect_uri, verifier),
  );
  assert.equal(assertion.aud, as.issuer);
  const refreshed = await oauth.processRefreshTokenResponse(
    as, client, await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token),
  );
  const told = await oauth.processIntrospectionResponse(
    as, client, await oauth.introspectionRequest(as, client, auth, refreshed.access_token),
  );
  assert.equal(told.active, true);
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, refreshed.refresh_token));
  await oauth.processClientCredentialsResponse(
    as, client, await oauth.clientCredentialsGrantRequest(as, client, auth, {}),
  );
}

// The same assertion twice, one for somebody else, and one by a key nobody registered.
const refused = async (changes, signing = "es256") => {
  const auth = oauth.PrivateKeyJwt({ key: await key(signing), kid: kid("es256") }, {
    [oauth.modifyAssertion]: (_header, payload) => Object.assign(payload, changes),
  });
  const answer = await oauth.clientCredentialsGrantRequest(as, client, auth, {});
  await assert.rejects(oauth.processClientCredentialsResponse(as, client, answer), unproven);
};
const once = oauth.PrivateKeyJwt({ key: await key("es256"), kid: kid("es256") }, {
  [oauth.modifyAssertion]: (_header, payload) => Object.assign(payload, { jti: "again" }),
});
await oauth.processClientCredentialsResponse(as, client, await oauth.clientCredentialsGrantRequest(as, client, once, {}));
await refused({ jti: "again" });
await refused({ aud: "https://other.test" });
await refused({ aud: [as.issuer, "https://other.test"] });
await refused({ exp: 1 });
await refused({}, "stranger");
console.log("done");
