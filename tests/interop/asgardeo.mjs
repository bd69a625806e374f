// @asgardeo/auth-js: knows its addresses and issuer from a base URL alone, and joins bodies without encoding.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import asgardeo from "@asgardeo/auth-js";
import { importJWK, jwtVerify } from "jose";
import { Browser } from "./browser.mjs";

const { AsgardeoAuthClient } = asgardeo;
const baseUrl = process.env.ISSUER;
const signInRedirectURL = "http://127.0.0.1:9/cb";
const signOutRedirectURL = "http://127.0.0.1:9/out";

const cryptoUtils = {
  base64URLEncode: (value) => Buffer.from(value).toString("base64url"),
  base64URLDecode: (value) => Buffer.from(value, "base64url").toString("utf8"),
  generateRandomBytes: (length) => randomBytes(length),
  hashSha256: (data) => createHash("sha256").update(data).digest(),
  // The key tells its algorithm: none is given beside it.
  async verifyJwt(idToken, jwk, algorithms, audience, issuer, subject, clockTolerance, validateIssuer) {
    assert.ok(validateIssuer);
    await jwtVerify(idToken, await importJWK(jwk), { algorithms, audience, issuer, subject, clockTolerance });
    return true;
  },
};

const memory = () => {
  const kept = new Map();
  return {
    setData: async (key, value) => void kept.set(key, value),
    getData: async (key) => kept.get(key) ?? "{}",
    removeData: async (key) => void kept.delete(key),
  };
};

const failing = async (promise) => {
  try {
    await promise;
  } catch (refused) {
    return refused.message ?? refused;
  }
  return assert.fail("it was not refused");
};

async function client(more) {
  const made = new AsgardeoAuthClient();
  const config = {
    signInRedirectURL,
    signOutRedirectURL,
    scope: ["profile", "email", "internal_login"],
    validateIDToken: true,
    clockTolerance: 300,
    enablePKCE: true,
    responseMode: "query",
    ...more,
  };
  await made.initialize(config, memory(), cryptoUtils);
  return made;
}

async function signIn(auth, browser) {
  const callback = await browser.visit(await auth.getAuthorizationURL());
  assert.equal(`${callback.origin}${callback.pathname}`, signInRedirectURL);
  assert.ok(!callback.href.includes(process.env.SECRET));
  const { code, session_state, state } = Object.fromEntries(callback.searchParams);
  assert.equal(state, "request_0");
  const tokens = await auth.requestAccessToken(code, session_state, state);
  assert.equal(tokens.tokenType, "Bearer");
  assert.ok(!tokens.scope.split(" ").includes("internal_login"));
  return tokens;
}

const kinds = [
  ["asgardeo", process.env.SECRET],
  ["asgardeo-public", undefined],
];
const addresses = [
  { baseUrl },
  { wellKnownEndpoint: `${baseUrl}/.well-known/openid-configuration` },
  { wellKnownEndpoint: `${baseUrl}/oauth2/token/.well-known/openid-configuration` },
];

for (const [clientID, clientSecret] of kinds) {
  for (const address of addresses) {
    const browser = new Browser();
    const auth = await client({ clientID, clientSecret, sendIdTokenInLogoutRequest: true, ...address });
    const { issuer } = address.baseUrl ? { issuer: undefined } : await (await fetch(address.wellKnownEndpoint)).json();
    assert.ok(issuer === undefined || issuer === `${baseUrl}/oauth2/token`);

    const first = await signIn(auth, browser);
    assert.equal((await auth.getDecodedIDToken()).iss, `${baseUrl}/oauth2/token`);
    assert.ok((await auth.getBasicUserInfo()).sessionState);
    assert.ok(await auth.isAuthenticated());

    const second = await auth.refreshAccessToken();
    assert.ok(second.idToken && second.refreshToken);
    assert.notEqual(second.accessToken, first.accessToken);

    // A body of joined pairs, with the raw spaces of a list of scopes in it.
    const secret = clientSecret ? { client_secret: "{{clientSecret}}" } : {};
    const third = await auth.requestCustomGrant({
      id: "narrow",
      data: {
        client_id: "{{clientID}}",
        grant_type: "refresh_token",
        refresh_token: second.refreshToken,
        scope: "openid profile",
        ...secret,
      },
      returnsSession: false,
      signInRequired: true,
    });
    assert.deepEqual(third.scope.split(" ").sort(), ["openid", "profile"]);

    const out = await browser.visit(await auth.getSignOutURL());
    assert.equal(out.href, `${signOutRedirectURL}?state=sign_out_success`);
    assert.ok(AsgardeoAuthClient.isSignOutSuccessful(out.href));
    assert.ok(!AsgardeoAuthClient.didSignOutFail(out.href));

    const { accessToken } = second;
    const { status } = await auth.revokeAccessToken();
    assert.equal(status, 200);
    const refused = await fetch(`${baseUrl}/oauth2/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } });
    assert.equal(refused.status, 401);
  }

  // With nothing but client_id the person is asked; whoever is not signed in is told so all the same.
  const browser = new Browser();
  const auth = await client({ clientID, clientSecret, baseUrl });
  await signIn(auth, browser);
  for (const times of [1, 2]) {
    const out = await browser.visit(await auth.getSignOutURL());
    assert.equal(out.href, `${signOutRedirectURL}?state=sign_out_success`, `time ${times}`);
  }

  // A refusal is JSON, which the library reads into its exception.
  assert.equal((await failing(auth.requestAccessToken("no-code", "", "request_0"))).error, "invalid_grant");
}
console.log("done");
