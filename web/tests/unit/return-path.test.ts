import assert from "node:assert/strict";
import { test } from "node:test";
import { returnPath, signInPath } from "../../src/routes/return-path.ts";

test("a path of this page is returned to, with its query", () => {
  const [, query = ""] = signInPath("/lists/7?task=8").split("?");
  assert.equal(returnPath(new URLSearchParams(query).get("next") ?? undefined), "/lists/7?task=8");
});

test("no address leads away from this page", () => {
  for (const next of [
    "https://elsewhere.example/",
    "//elsewhere.example/",
    "/\\elsewhere.example/",
    "/\t/elsewhere.example/",
    "javascript:alert(1)",
    "lists",
    "",
    undefined,
  ]) {
    assert.match(returnPath(next), /^\/(?![/\\])/, String(next));
    assert.doesNotMatch(returnPath(next), /elsewhere\.example\/?$/, String(next));
  }
});

test("the first page needs no way back", () => {
  assert.equal(signInPath("/"), "/sign-in");
});
