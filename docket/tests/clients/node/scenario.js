// One account's way through Docket, seen by @grpc/grpc-js: node scenario.js AUTH_ADDRESS TASK_ADDRESS
//
// Each step that held is a line "ok <step>"; the last line counts them. The first step that does not hold ends it.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { status } from "@grpc/grpc-js";

import { connect, statusOf } from "./contracts.js";

const PASSWORD = "violet otter canyon 7";
const EMAIL = "ada.node@example.org";
const NO_SUCH_ID = "019a0000-0000-7000-8000-000000000000";

let steps = 0;

/** Reports a step of the scenario that held. */
function ok(step) {
  steps += 1;
  console.log(`ok ${step}`);
}

/** Waits for a call that has to fail so, and gives its google.rpc.Status. */
async function refused(code, reason, call) {
  const error = await call.then(
    (answer) => assert.fail(`${reason} was expected, and it answered ${JSON.stringify(answer)}`),
    (error) => error,
  );
  if (error instanceof assert.AssertionError) throw error;
  const found = statusOf(error);
  const infos = found.details.filter((detail) => detail["@type"].endsWith("/google.rpc.ErrorInfo"));
  const seen = infos.map(({ reason, domain }) => ({ reason, domain }));
  assert.deepEqual({ code: error.code, seen }, { code, seen: [{ reason, domain: "docket" }] });
  return found;
}

/** Two sessions of one account, and one of another. */
async function openSessions({ auth }) {
  const signedUp = await auth.SignUp({ display_name: "Ada", email: EMAIL, password: PASSWORD });
  assert.equal(signedUp.account.display_name, "Ada");
  assert.equal(signedUp.account.email, EMAIL);
  assert.ok(signedUp.tokens.access_token && signedUp.tokens.refresh_token);
  ok("signing up opens a session");

  const wrong = auth.SignIn({ email: EMAIL, password: "wrong otter canyon 7" });
  const { message } = await refused(status.UNAUTHENTICATED, "BAD_CREDENTIALS", wrong);
  assert.equal(message, "Invalid email or password");
  ok("a wrong password is BAD_CREDENTIALS");

  const signedIn = await auth.SignIn({ email: EMAIL, password: PASSWORD, device_name: "grpc-js" });
  assert.deepEqual(signedIn.account, signedUp.account);
  assert.notEqual(signedIn.tokens.session_id, signedUp.tokens.session_id);
  ok("signing in opens another session");

  const grace = { display_name: "Grace", email: "grace.node@example.org", password: PASSWORD };
  return [signedUp.tokens, signedIn.tokens, (await auth.SignUp(grace)).tokens];
}

/** Bad fields, good ones, and the same request twice; gives the task and its first etag. */
async function createTask({ tasks }, token) {
  const bad = { title: " ", priority: 99, due: { local: "2026-02-30" } };
  const answer = tasks.CreateTask({ task: bad, request_id: "no" }, token);
  const { details } = await refused(status.INVALID_ARGUMENT, "INVALID_ARGUMENT", answer);
  const badRequest = details.find((detail) => detail["@type"].endsWith("/google.rpc.BadRequest"));
  const fields = badRequest.field_violations.map(({ field }) => field).sort();
  assert.deepEqual(fields, ["request_id", "task.due.local", "task.priority", "task.title"]);
  assert.ok(badRequest.field_violations.every(({ description }) => description));
  ok("all bad fields are named at once");

  const plants = { title: "  Water the plants ", priority: "PRIORITY_HIGH", due: { local: "2027-05-01" } };
  const request = { task: plants, request_id: randomUUID() };
  const { task } = await tasks.CreateTask(request, token);
  assert.equal(task.title, "Water the plants");
  assert.equal(task.state, "STATE_OPEN");
  assert.equal(Number(task.due.overdue_time.seconds), Date.UTC(2027, 4, 2) / 1000);
  ok("a task is created");

  assert.deepEqual((await tasks.CreateTask(request, token)).task, task);
  ok("creating again with the same request id gives the first answer");
  return task;
}

/** Every other verb of TaskService. */
async function workWithTask({ tasks }, token, created) {
  const { id, etag } = created;
  assert.deepEqual((await tasks.GetTask({ id }, token)).task, created);
  ok("the task is read");

  const page = await tasks.ListTasks({ filter: "state = OPEN", order_by: "due", page_size: 20 }, token);
  assert.deepEqual(page, { tasks: [created], next_page_token: "" });
  ok("the task is listed");

  const change = { task: { id, etag, title: "Water the palm" }, update_mask: { paths: ["title"] } };
  const { task: updated } = await tasks.UpdateTask(change, token);
  assert.equal(updated.title, "Water the palm");
  assert.equal(updated.priority, created.priority);
  assert.notEqual(updated.etag, etag);
  ok("an update changes what the mask names");

  await refused(status.ABORTED, "ETAG_MISMATCH", tasks.UpdateTask(change, token));
  ok("a stale etag is ETAG_MISMATCH");

  const { task: completed } = await tasks.CompleteTask({ id }, token);
  assert.equal(completed.state, "STATE_COMPLETED");
  assert.ok(completed.complete_time);
  ok("the task is completed");

  const { task: reopened } = await tasks.ReopenTask({ id }, token);
  assert.equal(reopened.state, "STATE_OPEN");
  assert.equal(reopened.complete_time, null);
  ok("the task is reopened");

  assert.ok((await tasks.DeleteTask({ id }, token)).task.delete_time);
  assert.deepEqual((await tasks.ListTasks({}, token)).tasks, []);
  ok("the task goes to the trash");

  const { task: restored } = await tasks.UndeleteTask({ id }, token);
  assert.equal(restored.title, "Water the palm");
  assert.equal(restored.delete_time, null);
  ok("the task comes back");
}

/** To another account the task is an id that never was. */
async function staysPrivate({ tasks }, token, id) {
  const theirs = await refused(status.NOT_FOUND, "NOT_FOUND", tasks.GetTask({ id }, token));
  const nobodys = await refused(status.NOT_FOUND, "NOT_FOUND", tasks.GetTask({ id: NO_SUCH_ID }, token));
  assert.deepEqual(theirs, nobodys);
  ok("another account is told that it does not exist");
}

/** The session with its next tokens. */
async function renew({ auth, tasks }, tokens, id) {
  const request = { refresh_token: tokens.refresh_token, request_id: randomUUID() };
  const { tokens: renewed } = await auth.RefreshSession(request);
  assert.equal(renewed.session_id, tokens.session_id);
  assert.notEqual(renewed.refresh_token, tokens.refresh_token);
  assert.equal((await auth.RefreshSession(request)).tokens.refresh_token, renewed.refresh_token);
  await tasks.GetTask({ id }, renewed.access_token);
  ok("refreshing renews the session, and twice does no harm");
  return renewed;
}

/** Ends the session, and sees that both services know. */
async function signOut({ auth, accounts, tasks }, { access_token, refresh_token }, id) {
  assert.equal((await auth.SignOut({}, access_token)).ended_sessions, 1);
  ok("signing out ends one session");

  const revoked = (call) => refused(status.UNAUTHENTICATED, "TOKEN_REVOKED", call);
  await withinASecond(() => revoked(tasks.GetTask({ id }, access_token)));
  await revoked(accounts.GetAccount({}, access_token));
  ok("its access token is TOKEN_REVOKED");

  await refused(status.UNAUTHENTICATED, "REFRESH_INVALID", auth.RefreshSession({ refresh_token }));
  ok("its refresh token is REFRESH_INVALID");
}

/** Revocations travel from process to process: what they bring about may take a second. */
async function withinASecond(check) {
  const deadline = performance.now() + 1000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(10);
  }
}

/** Leaves nothing behind. */
async function deleteAccounts({ auth, accounts }, sessions) {
  for (const { access_token } of sessions) {
    await accounts.DeleteAccount({ current_password: PASSWORD }, access_token);
  }
  await refused(status.UNAUTHENTICATED, "BAD_CREDENTIALS", auth.SignIn({ email: EMAIL, password: PASSWORD }));
  ok("the account is deleted");
}

const services = connect(process.argv[2], process.argv[3]);
const [first, second, others] = await openSessions(services);
const task = await createTask(services, first.access_token);
await workWithTask(services, first.access_token, task);
await staysPrivate(services, others.access_token, task.id);
await signOut(services, await renew(services, second, task.id), task.id);
await deleteAccounts(services, [first, others]);
services.close();
console.log(`${steps} steps`);
