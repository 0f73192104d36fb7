import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Code } from "@connectrpc/connect";
import { Task_State } from "../../src/gen/docket/task/v1/task_pb.ts";
import { failureOf } from "../../src/errors.ts";
import { IdempotencyKey } from "../../src/tasks/idempotency-key.ts";
import { notFound, refusal } from "../fake/faults.ts";
import { because, workspaceOf } from "./kit.ts";
import { add, elsewhere, failOnce, idle, opened } from "./tasks-kit.ts";

// No toast may keep the process waiting until it goes.
mock.timers.enable({ apis: ["setTimeout"] });

test("a new task shows in every list that holds it", async () => {
  const { workspace } = await opened();
  const home = await workspace.lists.add("Home");
  const inbox = workspace.lists.inbox()?.id ?? "";
  for (const id of [home.id, inbox]) await workspace.pages(id, "open").load();
  const task = await add(workspace, "Sweep", home.id);
  assert.deepEqual(workspace.pages(undefined, "open").ids(), [task.id]);
  assert.deepEqual(workspace.pages(home.id, "open").ids(), [task.id]);
  assert.deepEqual(workspace.pages(inbox, "open").ids(), []);
});

test("adding again after a lost answer adds nothing twice", async () => {
  const { browser, workspace } = await opened();
  failOnce(browser, "CreateTask", () => refusal(Code.DeadlineExceeded, "DEADLINE"), true);
  await assert.rejects(add(workspace, "Once"));
  await add(workspace, "Once");
  await workspace.pages(undefined, "open").load();
  assert.equal(workspace.pages(undefined, "open").ids().length, 1);
});

test("the same title twice on purpose is two tasks", async () => {
  const { workspace } = await opened();
  await add(workspace, "Water");
  await add(workspace, "Water");
  assert.equal(workspace.pages(undefined, "open").ids().length, 2);
});

test("a refused task says which field is at fault", async () => {
  const { workspace } = await opened();
  await assert.rejects(add(workspace, "  "), (error) => failureOf(error).fields.has("task.title"));
});

test("completing shows at once, and is undone from the toast", async () => {
  const { workspace } = await opened();
  const { id } = await add(workspace, "Rent");
  const completing = workspace.actions.complete(id);
  assert.equal(workspace.cache.get(id)?.state, Task_State.COMPLETED);
  assert.equal(workspace.toasts.current()?.text, "Completed “Rent”");
  workspace.toasts.act();
  await completing;
  await idle(workspace);
  assert.equal(workspace.cache.get(id)?.state, Task_State.OPEN);
  assert.equal((await workspace.actions.open(id)).state, Task_State.OPEN);
});

test("a completion that fails is taken back, and offered again under the same request id", async () => {
  const { browser, workspace } = await opened();
  const { id } = await add(workspace, "Rent");
  failOnce(browser, "CompleteTask", () => refusal(Code.DeadlineExceeded, "DEADLINE"));
  await workspace.actions.complete(id);
  assert.equal(workspace.cache.get(id)?.state, Task_State.OPEN);
  assert.equal(workspace.toasts.current()?.action?.label, "Try again");
  workspace.toasts.act();
  await idle(workspace);
  assert.equal(browser.backend.countOf("CompleteTask"), 2);
  assert.equal(workspace.cache.get(id)?.state, Task_State.COMPLETED);
});

test("deleting is undone to the place where it stood", async () => {
  const { workspace } = await opened();
  const ids = [await add(workspace, "3"), await add(workspace, "2"), await add(workspace, "1")].map(({ id }) => id);
  const pages = workspace.pages(undefined, "open");
  const before = pages.ids();
  await workspace.actions.remove(ids[1] ?? "");
  assert.equal(pages.ids().length, 2);
  workspace.toasts.act();
  await idle(workspace);
  assert.deepEqual(pages.ids(), before);
  await pages.load();
  assert.deepEqual(pages.ids(), before);
});

test("a deletion that fails brings the task back", async () => {
  const { browser, workspace } = await opened();
  const { id } = await add(workspace, "Keep");
  failOnce(browser, "DeleteTask", () => refusal(Code.Internal, "INTERNAL"));
  await workspace.actions.remove(id);
  assert.deepEqual(workspace.pages(undefined, "open").ids(), [id]);
});

test("a task that is gone leaves the page", async () => {
  const { browser, workspace } = await opened();
  const { id } = await add(workspace, "Gone");
  failOnce(browser, "CompleteTask", notFound);
  await workspace.actions.complete(id);
  assert.deepEqual(workspace.pages(undefined, "open").ids(), []);
  assert.equal(workspace.cache.get(id), undefined);
});

test("an edit writes the touched fields over a version that differs elsewhere only", async () => {
  const { browser, workspace } = await opened();
  const task = await add(workspace, "Call");
  const draft = workspace.draft(task.id);
  draft.type("title", "Call back", task);
  const other = await elsewhere(browser);
  const change = { id: task.id, description: "at noon" };
  await other.updateTask({ task: change, updateMask: { paths: ["description"] }, requestId: "other" });
  assert.equal(await workspace.actions.save(task.id, draft, new IdempotencyKey(browser.newId)), "saved");
  const saved = workspace.cache.get(task.id);
  assert.equal(saved?.title, "Call back");
  assert.equal(saved?.description, "at noon");
  assert.deepEqual(draft.fields(), []);
});

test("an edit of what was changed elsewhere keeps what was typed and saves nothing, until the reader insists", async () => {
  const { browser, workspace } = await opened();
  const task = await add(workspace, "Call");
  const draft = workspace.draft(task.id);
  draft.type("title", "Call back", task);
  const other = await elsewhere(browser);
  const change = { id: task.id, title: "Ring" };
  await other.updateTask({ task: change, updateMask: { paths: ["title"] }, requestId: "other" });
  const idempotencyKey = new IdempotencyKey(browser.newId);
  assert.equal(await workspace.actions.save(task.id, draft, idempotencyKey), "conflict");
  const newer = workspace.cache.get(task.id);
  assert.ok(newer);
  assert.equal(newer.title, "Ring");
  assert.equal(draft.value("title", newer), "Call back");
  draft.rebase(newer);
  assert.equal(await workspace.actions.save(task.id, draft, idempotencyKey), "saved");
  assert.equal(workspace.cache.get(task.id)?.title, "Call back");
});

test("saving again after a lost answer is no conflict with oneself", async () => {
  const { browser, workspace } = await opened();
  const task = await add(workspace, "Call");
  const draft = workspace.draft(task.id);
  draft.type("title", "Call back", task);
  failOnce(browser, "UpdateTask", () => refusal(Code.DeadlineExceeded, "DEADLINE"), true);
  const idempotencyKey = new IdempotencyKey(browser.newId);
  await assert.rejects(workspace.actions.save(task.id, draft, idempotencyKey), because("DEADLINE"));
  assert.equal(await workspace.actions.save(task.id, draft, idempotencyKey), "saved");
});

test("a task that no list has brought can be opened, and one of nobody's can't", async () => {
  const { browser, workspace } = await opened();
  const { id } = await add(workspace, "Far");
  const tab = browser.tab();
  await tab.restore();
  const fresh = workspaceOf(browser, tab);
  assert.equal((await fresh.actions.open(id)).title, "Far");
  assert.equal(fresh.cache.get(id)?.title, "Far");
  await assert.rejects(fresh.actions.open("no such id"), because("NOT_FOUND"));
});

test("a completed task is in the list of completed ones at once, and back where it fails", async () => {
  const { browser, workspace } = await opened();
  const completed = workspace.pages(undefined, "completed");
  await completed.load();
  const { id } = await add(workspace, "Rent");
  failOnce(browser, "CompleteTask", () => refusal(Code.Internal, "INTERNAL"));
  const completing = workspace.actions.complete(id);
  assert.deepEqual(completed.ids(), [id]);
  assert.equal(await completing, false);
  assert.deepEqual(completed.ids(), []);
  assert.equal(await workspace.actions.complete(id), true);
  assert.deepEqual(completed.ids(), [id]);
  assert.deepEqual(workspace.pages(undefined, "open").ids(), [id]);
});

test("a reopened task is in the list of open ones at once, and away where it fails", async () => {
  const { browser, workspace } = await opened();
  const open = workspace.pages(undefined, "open");
  const { id } = await add(workspace, "Rent");
  await workspace.actions.complete(id);
  await open.load();
  assert.deepEqual(open.ids(), []);
  failOnce(browser, "ReopenTask", () => refusal(Code.Internal, "INTERNAL"));
  const reopening = workspace.actions.reopen(id);
  assert.deepEqual(open.ids(), [id]);
  await reopening;
  assert.deepEqual(open.ids(), []);
  await workspace.actions.reopen(id);
  assert.deepEqual(open.ids(), [id]);
});
