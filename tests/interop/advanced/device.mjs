// openid-client: a device asks, polls too early, and a person says yes or no in a browser.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { Browser } from "../browser.mjs";
import { issuer } from "./setup.mjs";

const config = await client.discovery(issuer, "tv", {}, client.None());
const browser = new Browser();
for (const typed of [false, true]) {
  const codes = await client.initiateDeviceAuthorization(config, { scope: "openid email offline_access" });
  const polled = client.pollDeviceAuthorizationGrant(config, codes);
  if (typed) {
    await browser.enter(codes.verification_uri, codes.user_code.toLowerCase().replace("-", ""));
  } else {
    await browser.enter(codes.verification_uri_complete);
  }
  const tokens = await polled;
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(userinfo.email, "alice@id.test");
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(refreshed.claims().sub, tokens.claims().sub);
  await assert.rejects(client.pollDeviceAuthorizationGrant(config, codes), { error: "invalid_grant" });
}

const codes = await client.initiateDeviceAuthorization(config, { scope: "openid" });
const polled = assert.rejects(client.pollDeviceAuthorizationGrant(config, codes), { error: "access_denied" });
await browser.enter(codes.verification_uri_complete, undefined, { allow: false });
await polled;
console.log("done");
