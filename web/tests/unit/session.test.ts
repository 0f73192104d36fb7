import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, createClient } from "@connectrpc/connect";
import { TaskListService } from "../../src/gen/docket/task/v1/task_list_service_pb.ts";
import type { Session } from "../../src/session/session.ts";
import { refusal } from "../fake/faults.ts";
import { holding } from "../holding.ts";
import { because, Browser, email, password, until } from "./kit.ts";

const minute = 60_000;

function listIn(session: Session) {
  return createClient(TaskListService, session.transport).listTaskLists({});
}

test("a first visit finds nobody signed in, and says nothing of an ended session", async () => {
  const session = new Browser().tab();
  assert.equal(session.state().kind, "restoring");
  await session.restore();
  assert.deepEqual(session.state(), { kind: "signedOut", reason: "none" });
});

test("a reload takes the session up again", async () => {
  const browser = new Browser();
  const before = (await browser.signedIn()).state();
  const reloaded = browser.tab();
  await reloaded.restore();
  assert.deepEqual(reloaded.state(), before);
  assert.equal((await listIn(reloaded)).taskLists.length, 1);
});

test("a wrong password is refused and changes nothing", async () => {
  const session = new Browser().tab();
  await session.restore();
  await assert.rejects(session.signIn(email, password), because("BAD_CREDENTIALS"));
  assert.deepEqual(session.state(), { kind: "signedOut", reason: "none" });
});

test("no token ever reaches the notes that outlive a page", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  assert.ok(![...browser.storage.entries.values()].includes(await session.token()));
  assert.deepEqual([...browser.storage.entries.keys()], ["session"]);
});

test("a token is renewed before it ends, and once for all calls that wait", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  browser.now += 8 * minute;
  await listIn(session);
  assert.equal(browser.backend.countOf("RefreshSession"), 0);
  browser.now += 1.5 * minute;
  await Promise.all([listIn(session), listIn(session), listIn(session)]);
  assert.equal(browser.backend.countOf("RefreshSession"), 1);
});

test("a token that can't be renewed serves until it ends", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  browser.now += 9.5 * minute;
  browser.backend.onCall = (method) => {
    if (method === "RefreshSession") throw refusal(Code.Unavailable, "DATABASE_UNAVAILABLE");
  };
  assert.equal((await listIn(session)).taskLists.length, 1);
  browser.now += minute;
  await assert.rejects(listIn(session), because("DATABASE_UNAVAILABLE"));
  assert.equal(session.state().kind, "signedIn");
});

test("two tabs that renew at once both stay signed in", async () => {
  const browser = new Browser();
  const tabs = [await browser.signedIn(), browser.tab()] as const;
  await tabs[1].restore();
  browser.now += 9.5 * minute;
  await Promise.all(tabs.map(listIn));
  assert.deepEqual(tabs[0].state(), tabs[1].state());
  assert.equal(tabs[0].state().kind, "signedIn");
});

test("a tab that gets an access token alone goes on, and takes the cookie from no other", async () => {
  const browser = new Browser();
  browser.apart = true;
  const tabs = [await browser.signedIn(), browser.tab()] as const;
  await tabs[1].restore();
  const { held, release } = holding();
  let answers = 0;
  browser.backend.onAnswer = (method) => {
    if (method !== "RefreshSession") return;
    answers += 1;
    if (answers === tabs.length) release();
    return held;
  };
  browser.now += 9.5 * minute;
  await Promise.all(tabs.map(listIn));
  assert.equal(browser.backend.accounts.reuses, 1);
  assert.notEqual(await tabs[0].token(), await tabs[1].token());
  browser.now += 9.5 * minute;
  for (const tab of tabs) {
    assert.equal((await listIn(tab)).taskLists.length, 1);
    assert.equal(tab.state().kind, "signedIn");
  }
  assert.equal(browser.backend.accounts.reuses, 1);
});

test("an answer that was lost is asked for again with the same request id, even after a reload", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  browser.backend.onAnswer = (method) => {
    if (method === "RefreshSession") throw new TypeError("Failed to fetch");
  };
  browser.now += 11 * minute;
  await assert.rejects(listIn(session));
  assert.equal(browser.backend.countOf("RefreshSession"), 4);
  browser.backend.onAnswer = () => undefined;
  browser.now += 5 * minute;
  const reloaded = browser.tab();
  await reloaded.restore();
  assert.equal(reloaded.state().kind, "signedIn");
  assert.equal(browser.storage.read("refreshRequest"), undefined);
});

test("an ended session says so, and keeps saying so after a reload", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  browser.backend.accounts.revokeAll();
  const reloaded = browser.tab();
  await assert.rejects(listIn(session));
  assert.deepEqual(session.state(), { kind: "signedOut", reason: "ended" });
  browser.storage.write("session", "the one before");
  await reloaded.restore();
  assert.deepEqual(reloaded.state(), { kind: "signedOut", reason: "ended" });
});

test("a server that can't be reached signs nobody out", async () => {
  const browser = new Browser();
  await browser.signedIn();
  browser.backend.onCall = () => {
    throw new TypeError("Failed to fetch");
  };
  const reloaded = browser.tab();
  await reloaded.restore();
  assert.equal(reloaded.state().kind, "unreachable");
  browser.backend.onCall = () => undefined;
  await reloaded.restore();
  assert.equal(reloaded.state().kind, "signedIn");
});

test("signing out in one tab ends the other", async () => {
  const browser = new Browser();
  const here = await browser.signedIn();
  const there = browser.tab();
  await there.restore();
  await here.signOut();
  assert.deepEqual(here.state(), { kind: "signedOut", reason: "signedOut" });
  assert.deepEqual(there.state(), { kind: "signedOut", reason: "signedOutElsewhere" });
  await assert.rejects(there.token());
});

test("signing out that the server can't hear of leaves the reader signed in", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  browser.backend.onCall = () => {
    throw new TypeError("Failed to fetch");
  };
  await assert.rejects(session.signOut());
  assert.equal(session.state().kind, "signedIn");
});

test("signing out of a session that is over already is no failure", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  browser.backend.accounts.revokeAll();
  await session.signOut();
  assert.deepEqual(session.state(), { kind: "signedOut", reason: "signedOut" });
});

test("a renewal that is answered after the sign-out brings nobody back", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  const state = session.state();
  assert.ok(state.kind === "signedIn");
  browser.now += 9.5 * minute;
  const { held, release } = holding();
  browser.backend.onAnswer = (method) => (method === "RefreshSession" ? held : undefined);
  const listing = listIn(session);
  await until(() => browser.backend.countOf("RefreshSession") === 1);
  browser.join().post({ kind: "signedOut", sessionId: state.sessionId });
  release();
  await assert.rejects(listing, because("TOKEN_MISSING"));
  assert.deepEqual(session.state(), { kind: "signedOut", reason: "signedOutElsewhere" });
  await assert.rejects(session.token());
});

test("signing in as somebody else in one tab takes the other along", async () => {
  const browser = new Browser();
  const here = await browser.signedIn();
  const there = browser.tab();
  await there.restore();
  await here.signOut();
  await here.signUp("Grace", "grace@example.org", password);
  await until(() => there.state().kind !== "restoring");
  assert.deepEqual(there.state(), here.state());
});

test("a call made for one account is never sent for another", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  browser.deaf = true;
  const other = browser.tab();
  await other.signUp("Grace", "grace@example.org", password);
  browser.now += 11 * minute;
  await assert.rejects(listIn(session), because("TOKEN_MISSING"));
  assert.equal(browser.backend.countOf("ListTaskLists"), 0);
  assert.deepEqual(session.state(), other.state());
});
