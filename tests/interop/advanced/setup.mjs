// What every program here begins with: the server, the registered keys, and fetch with a client certificate.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { importJWK } from "jose";
import * as client from "openid-client";

export const issuer = new URL(process.env.ISSUER);
export const secret = process.env.SECRET;
export const redirect_uri = "https://app.test/cb";
const folder = process.env.FOLDER;

// signing, rsa and ec are the private halves of what all clients here registered.
const jwks = JSON.parse(readFileSync(`${folder}/keys.json`));
export const kid = (name) => jwks[name].kid;
export const key = (name, alg = jwks[name].alg) => importJWK(jwks[name], alg);

// A fetch whose connections show the certificate of this name.
export function fetchAs(name) {
  const agent = new Agent({
    cert: readFileSync(`${folder}/${name}.pem`),
    key: readFileSync(`${folder}/${name}.key`),
    ca: readFileSync(process.env.NODE_EXTRA_CA_CERTS),
    keepAlive: true,
  });
  return (url, { method = "GET", headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const sent = body === undefined || body === null ? undefined : body.toString();
      const asked = { ...Object.fromEntries(new Headers(headers)) };
      if (sent !== undefined) asked["content-length"] = Buffer.byteLength(sent);
      if (body instanceof URLSearchParams) asked["content-type"] ??= "application/x-www-form-urlencoded";
      const going = request(url, { method, headers: asked, agent }, async (answer) => {
        const parts = [];
        for await (const part of answer) parts.push(part);
        const { statusCode: status } = answer;
        const pairs = Object.entries(answer.headers).flatMap(([k, v]) => [v].flat().map((each) => [k, each]));
        resolve(new Response(parts.length ? Buffer.concat(parts) : null, { status, headers: pairs }));
      });
      going.on("error", reject);
      going.end(sent);
    });
}

// Fragments where a library reads only queries.
export const asQuery = (url) => new URL(url.href.replace("#", "?"));

// What openid-client sends to sign alice in, and what it checks the answer by.
export async function asked(more = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const parameters = {
    redirect_uri,
    scope: "openid email",
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  };
  return [parameters, checks];
}
