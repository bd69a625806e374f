// oauth4webapi: the strictest reader of our answers.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { Browser } from "./browser.mjs";

const redirect_uri = "http://127.0.0.1:9/cb";
const issuer = new URL(process.env.ISSUER);
const options = { [oauth.allowInsecureRequests]: issuer.protocol === "http:" };

for (const algorithm of ["oidc", "oauth2"]) {
  const as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm, ...options }),
  );
  const client = { client_id: "basic" };
  const auth = oauth.ClientSecretBasic(process.env.SECRET);
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri,
    response_type: "code",
    scope: "openid email offline_access",
    state,
    nonce,
    prompt: "consent",
    max_age: "300",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const callback = await new Browser().visit(url);
  const params = oauth.validateAuthResponse(as, client, callback, state);
  const response = await oauth.authorizationCodeGrantRequest(
    as, client, auth, params, redirect_uri, verifier, options,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
    expectedNonce: nonce,
    maxAge: 300,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(as, response, options);
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);
  const userinfo = await oauth.processUserInfoResponse(
    as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token, options),
  );
  assert.equal(userinfo.email_verified, true);
  const refreshed = await oauth.processRefreshTokenResponse(
    as, client, await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, options),
  );
  const told = await oauth.processIntrospectionResponse(
    as, client, await oauth.introspectionRequest(as, client, auth, refreshed.access_token, options),
  );
  assert.equal(told.active, true);
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, client, auth, refreshed.refresh_token, options),
  );
  const own = await oauth.processClientCredentialsResponse(
    as, client, await oauth.clientCredentialsGrantRequest(as, client, auth, {}, options),
  );
  assert.equal(own.token_type, "bearer");
}
console.log("done");
