import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, createClient } from "@connectrpc/connect";
import { AuthService } from "../../src/gen/docket/auth/v1/auth_service_pb.ts";
import { KeyService } from "../../src/gen/docket/auth/v1/key_service_pb.ts";
import { TaskListService } from "../../src/gen/docket/task/v1/task_list_service_pb.ts";
import { TaskService } from "../../src/gen/docket/task/v1/task_service_pb.ts";
import { refusal, retryAfter, unauthenticated } from "../fake/faults.ts";
import { holding } from "../holding.ts";
import { because, Browser, until } from "./kit.ts";

const minute = 60_000;

const unavailable = () => refusal(Code.Unavailable, "DATABASE_UNAVAILABLE");

/** Fails the method so often, and then lets it pass. */
function failing(browser: Browser, method: string, times: number, fault: () => Error): void {
  let left = times;
  browser.backend.onCall = (called) => {
    if (called === method && left > 0) {
      left -= 1;
      throw fault();
    }
  };
}

test("a call carries the token, and a task call the time zone", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  const seen = new Map<string, Headers>();
  browser.backend.onCall = (method, header) => void seen.set(method, new Headers(header));
  await createClient(TaskListService, session.transport).listTaskLists({});
  const header = seen.get("ListTaskLists");
  assert.equal(header?.get("authorization"), `Bearer ${await session.token()}`);
  assert.equal(header?.get("docket-time-zone"), "Europe/Berlin");
});

test("opening a session sends no token", async () => {
  const browser = new Browser();
  const seen: Headers[] = [];
  browser.backend.onCall = (_method, header) => void seen.push(new Headers(header));
  await browser.signedIn();
  assert.equal(seen[0]?.get("authorization"), null);
  assert.equal(seen[0]?.get("docket-time-zone"), null);
});

test("the contract says which methods take no token and which only read", async () => {
  const browser = new Browser();
  const { transport } = await browser.signedIn();
  const authorization: (string | null)[] = [];
  browser.backend.onCall = (_method, header) => {
    authorization.push(header.get("authorization"));
    throw unavailable();
  };
  await assert.rejects(createClient(KeyService, transport).listKeys({}));
  await assert.rejects(createClient(AuthService, transport).validateToken({}));
  await assert.rejects(createClient(AuthService, transport).verifyEmail({}));
  assert.equal(browser.backend.countOf("ListKeys"), 4);
  assert.equal(browser.backend.countOf("ValidateToken"), 4);
  assert.equal(browser.backend.countOf("VerifyEmail"), 1);
  assert.deepEqual(authorization, Array(9).fill(null));
});

test("a read is tried four times at most, with pauses that grow", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  failing(browser, "ListTaskLists", 9, unavailable);
  await assert.rejects(createClient(TaskListService, session.transport).listTaskLists({}));
  assert.equal(browser.backend.countOf("ListTaskLists"), 4);
  assert.deepEqual(browser.pauses, [200, 400, 800]);
});

test("a read that fails once succeeds unnoticed, whether refused or lost on the way", async () => {
  for (const fault of [unavailable, () => new TypeError("Failed to fetch")]) {
    const browser = new Browser();
    const session = await browser.signedIn();
    failing(browser, "ListTaskLists", 1, fault);
    const { taskLists } = await createClient(TaskListService, session.transport).listTaskLists({});
    assert.equal(taskLists.length, 1);
  }
});

test("a write with a request id is tried again with the same id", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  const tasks = createClient(TaskService, session.transport);
  let lost = false;
  browser.backend.onAnswer = (method) => {
    if (method !== "CreateTask" || lost) return;
    lost = true;
    throw new TypeError("Failed to fetch");
  };
  await tasks.createTask({ task: { title: "Once" }, requestId: "r1" });
  assert.equal(browser.backend.countOf("CreateTask"), 2);
  assert.equal((await tasks.listTasks({})).tasks.length, 1);
});

test("a write without a request id is never tried again", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  failing(browser, "SignIn", 1, unavailable);
  await assert.rejects(createClient(AuthService, session.transport).signIn({ email: "a@b", password: "x" }));
  failing(browser, "CreateTask", 1, unavailable);
  await assert.rejects(createClient(TaskService, session.transport).createTask({ task: { title: "Once" } }));
  assert.equal(browser.backend.countOf("SignIn"), 1);
  assert.equal(browser.backend.countOf("CreateTask"), 1);
});

test("a refusal that says nothing of unavailability is not tried again", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  failing(browser, "ListTaskLists", 1, () => retryAfter(Code.ResourceExhausted, "RATE_LIMITED", 1));
  await assert.rejects(createClient(TaskListService, session.transport).listTaskLists({}));
  assert.equal(browser.backend.countOf("ListTaskLists"), 1);
});

test("a pause that the server asks for is kept, and one that is too long ends the tries", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  failing(browser, "ListTaskLists", 1, () => retryAfter(Code.Unavailable, "DATABASE_UNAVAILABLE", 2));
  await createClient(TaskListService, session.transport).listTaskLists({});
  assert.deepEqual(browser.pauses, [2000]);
  failing(browser, "ListTaskLists", 1, () => retryAfter(Code.Unavailable, "DATABASE_UNAVAILABLE", 30));
  await assert.rejects(createClient(TaskListService, session.transport).listTaskLists({}));
});

test("an expired token is renewed once, and the call made again", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  const before = await session.token();
  browser.backend.accounts.expireTokens();
  await createClient(TaskListService, session.transport).listTaskLists({});
  assert.notEqual(await session.token(), before);
  assert.equal(browser.backend.countOf("RefreshSession"), 1);
  assert.equal(browser.backend.countOf("ListTaskLists"), 2);
});

test("a token that is refused after its renewal ends the session rather than going round", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  failing(browser, "ListTaskLists", 9, () => unauthenticated("TOKEN_EXPIRED"));
  await assert.rejects(createClient(TaskListService, session.transport).listTaskLists({}), because("TOKEN_EXPIRED"));
  assert.equal(browser.backend.countOf("ListTaskLists"), 2);
  assert.deepEqual(session.state(), { kind: "signedOut", reason: "ended" });
});

test("a call ends at its time limit, whatever it waits for", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  for (const waitsFor of ["RefreshSession", "ListTaskLists", "a pause"]) {
    const browser = new Browser();
    const session = await browser.signedIn();
    const { held, release } = holding();
    let waits = false;
    const wait = (): Promise<void> => {
      waits = true;
      return held;
    };
    browser.now += 11 * minute;
    browser.surroundings.pause = wait;
    browser.backend.onCall = (method) => {
      if (method === "ListTaskLists" && waitsFor === "a pause") throw unavailable();
      return method === waitsFor ? wait() : undefined;
    };
    const ended = assert.rejects(
      createClient(TaskListService, session.transport).listTaskLists({}, { timeoutMs: 15_000 }),
      because("DEADLINE"),
      waitsFor,
    );
    await until(() => waits);
    t.mock.timers.tick(15_000);
    await ended;
    release();
  }
});
