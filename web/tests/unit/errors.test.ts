import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { failureOf, otherFaults, reasonOf, retryDelayOf, SignedOutError } from "../../src/errors.ts";
import { invalid, refusal, retryAfter, unauthenticated } from "../fake/faults.ts";

test("a refusal is told apart by its reason, not by its code", () => {
  assert.equal(reasonOf(unauthenticated("TOKEN_EXPIRED")), "TOKEN_EXPIRED");
  assert.equal(reasonOf(unauthenticated("REFRESH_REPLAYED")), "REFRESH_REPLAYED");
});

test("a reason of another domain doesn't count", () => {
  const foreign = refusal(Code.Unavailable, "TOKEN_EXPIRED");
  const detail = foreign.details[0];
  assert.ok(detail && "value" in detail);
  Object.assign(detail.value, { domain: "elsewhere" });
  assert.equal(reasonOf(foreign), "UPSTREAM_UNAVAILABLE");
});

test("an answer without a reason is read by its code", () => {
  assert.equal(reasonOf(new ConnectError("gone", Code.NotFound)), "NOT_FOUND");
  assert.equal(reasonOf(new ConnectError("what", Code.DataLoss)), "INTERNAL");
  assert.equal(reasonOf(refusal(Code.Unavailable, "A_REASON_OF_TOMORROW")), "UPSTREAM_UNAVAILABLE");
});

test("no answer at all is a missing connection", () => {
  assert.equal(reasonOf(new TypeError("Failed to fetch")), "UNREACHABLE");
  assert.equal(reasonOf(ConnectError.from(new TypeError("Failed to fetch"))), "UNREACHABLE");
});

test("a call that nobody is signed in for reads as an ended session", () => {
  assert.equal(failureOf(ConnectError.from(new SignedOutError())).message, "Your session has ended. Sign in again.");
});

test("every fault of a request comes with its field, as a sentence", () => {
  const failure = failureOf(invalid({ email: "must be an e-mail address", password: "Is too short." }));
  assert.equal(failure.fields.get("email"), "Must be an e-mail address.");
  assert.equal(failure.fields.get("password"), "Is too short.");
});

test("a fault that no field can show is not kept from the reader", () => {
  const failure = failureOf(invalid({ email: "must be shorter", device_name: "must be shorter" }));
  assert.equal(otherFaults(failure, ["email"]), "device_name: Must be shorter.");
});

test("a wait that the server asks for is told", () => {
  const throttled = retryAfter(Code.ResourceExhausted, "TOO_MANY_ATTEMPTS", 8);
  assert.equal(failureOf(throttled).message, "Too many tries. Try again in 8 s.");
  assert.equal(retryDelayOf(throttled), 8);
  assert.match(failureOf(retryAfter(Code.ResourceExhausted, "QUOTA_EXCEEDED", 3600)).message, /in 60 min\.$/);
});

test("a server's own text is never shown", () => {
  const leaky = new ConnectError("SELECT * FROM users", Code.Internal);
  assert.equal(failureOf(leaky).message, "Something went wrong on the server. Try again.");
});

test("every published reason has its words", () => {
  const source = readFileSync(new URL("../../../specs/errors.md", import.meta.url), "utf8");
  const published = [...source.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, reason]) => reason ?? "");
  assert.ok(published.length > 20);
  assert.deepEqual(
    published.filter((reason) => reasonOf(refusal(Code.DataLoss, reason)) !== reason),
    [],
  );
});
