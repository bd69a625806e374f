// oauth4webapi and openid-client: the FAPI 2.0 profiles; private_key_jwt or mTLS, DPoP or mTLS, and message signing.
// FAPI 1.0 Advanced: a signed request, and an ID token beside the code as its detached signature.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";
import { Browser } from "../browser.mjs";
import { asked, fetchAs, issuer, key, kid, redirect_uri } from "./setup.mjs";

const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));
const signing = { key: await key("ps256"), kid: kid("ps256") };

async function twice(ask, read) {
  try {
    return await read(await ask());
  } catch (refused) {
    if (!oauth.isDPoPNonceError(refused)) throw refused;
    return read(await ask());
  }
}

for (const [client_id, proves, bound] of [
  ["fapi2-key-dpop", "key", "dpop"],
  ["fapi2-key-tls", "key", "tls"],
  ["fapi2-tls-dpop", "tls", "dpop"],
  ["fapi2-tls-tls", "tls", "tls"],
]) {
  const one = { client_id, id_token_signed_response_alg: "PS256", use_mtls_endpoint_aliases: true };
  const auth = proves === "key" ? oauth.PrivateKeyJwt(signing) : oauth.TlsClientAuth();
  const tls = proves === "tls" || bound === "tls" ? { [oauth.customFetch]: fetchAs("member") } : {};
  const DPoP = bound === "dpop" ? oauth.DPoP(one, await oauth.generateKeyPair("ES256")) : undefined;
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = {
    response_type: "code",
    redirect_uri,
    scope: "openid email offline_access",
    prompt: "consent",
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  };
  const pushed = await twice(
    () => oauth.pushedAuthorizationRequest(as, one, auth, parameters, { DPoP, ...tls }),
    (answer) => oauth.processPushedAuthorizationResponse(as, one, answer),
  );
  assert.ok(pushed.expires_in < 600);
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({ client_id, request_uri: pushed.request_uri });
  const params = oauth.validateAuthResponse(as, one, await new Browser().visit(url), state);
  const tokens = await twice(
    () => oauth.authorizationCodeGrantRequest(as, one, auth, params, redirect_uri, verifier, { DPoP, ...tls }),
    (answer) => oauth.processAuthorizationCodeResponse(as, one, answer, { expectedNonce: nonce, requireIdToken: true }),
  );
  assert.equal(tokens.token_type, bound === "dpop" ? "dpop" : "bearer");
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);
  const userinfo = await twice(
    () => oauth.userInfoRequest(as, one, tokens.access_token, { DPoP, ...tls }),
    (answer) => oauth.processUserInfoResponse(as, one, sub, answer),
  );
  assert.equal(userinfo.email, "alice@id.test");
  assert.equal((await oauth.userInfoRequest(as, one, tokens.access_token)).status, 401);
  const refreshed = await twice(
    () => oauth.refreshTokenGrantRequest(as, one, auth, tokens.refresh_token, { DPoP, ...tls }),
    (answer) => oauth.processRefreshTokenResponse(as, one, answer),
  );
  assert.ok(refreshed.access_token);

  // Not pushed, or pushed without what the profile demands.
  url.search = new URLSearchParams({ client_id, ...parameters });
  assert.equal((await new Browser().visit(url)).searchParams.get("error"), "invalid_request");
  for (const [name, value] of [["code_challenge_method", "plain"], ["response_type", "code id_token"]]) {
    const answer = await oauth.pushedAuthorizationRequest(as, one, auth, { ...parameters, [name]: value }, { DPoP, ...tls });
    await assert.rejects(oauth.processPushedAuthorizationResponse(as, one, answer), { name: "ResponseBodyError" });
  }
}

// Message signing: signed requests, answers and introspection.
const metadata = {
  id_token_signed_response_alg: "PS256",
  authorization_signed_response_alg: "PS256",
  introspection_signed_response_alg: "PS256",
};
const config = await client.discovery(issuer, "fapi2-messages", metadata, client.PrivateKeyJwt(signing));
client.useJwtResponseMode(config);
client.enableNonRepudiationChecks(config);
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
const [parameters, checks] = await asked();
const signed = await client.buildAuthorizationUrlWithJAR(config, parameters, signing);
const request = { request: signed.searchParams.get("request") };
const url = await client.buildAuthorizationUrlWithPAR(config, request, { DPoP });
const callback = await new Browser().visit(url);
const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP });
const { sub } = tokens.claims();
assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).email, "alice@id.test");
assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, true);
await assert.rejects(client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP }), { error: "invalid_request" });

// FAPI 1.0 Advanced.
{
  const metadata = { id_token_signed_response_alg: "PS256", use_mtls_endpoint_aliases: true };
  const config = await client.discovery(issuer, "fapi1", metadata, client.PrivateKeyJwt(signing));
  config[client.customFetch] = fetchAs("member");
  client.useCodeIdTokenResponseType(config);
  client.enableDetachedSignatureResponseChecks(config);
  const checks = { expectedState: client.randomState(), expectedNonce: client.randomNonce() };
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const parameters = {
    redirect_uri,
    scope: "openid email",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  };
  const url = await client.buildAuthorizationUrlWithJAR(config, parameters, signing);
  // The parameters that OAuth itself demands stand beside the object (FAPI 1.0 Advanced §5.2.3.8).
  for (const [name, value] of [["response_type", "code id_token"], ["scope", "openid email"], ["redirect_uri", redirect_uri]]) {
    url.searchParams.set(name, value);
  }
  const callback = await new Browser().visit(url);
  const tokens = await client.authorizationCodeGrant(config, callback, { ...checks, pkceCodeVerifier });
  const { sub } = tokens.claims();
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub)).email, "alice@id.test");
  const stolen = await fetch(as.userinfo_endpoint, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  assert.equal(stolen.status, 401);
  const unsigned = await new Browser().visit(client.buildAuthorizationUrl(config, parameters));
  assert.equal(new URLSearchParams(unsigned.hash.slice(1)).get("error"), "invalid_request");
}
console.log("done");
