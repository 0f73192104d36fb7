/** Several writes under way at once, and lists that arrive while they are. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Code } from "@connectrpc/connect";
import { Task_State } from "../../src/gen/docket/task/v1/task_pb.ts";
import { IdempotencyKey } from "../../src/tasks/idempotency-key.ts";
import { refusal } from "../fake/faults.ts";
import { holding } from "../holding.ts";
import { because, until } from "./kit.ts";
import { add, failOnce, heldBack, idle, opened } from "./tasks-kit.ts";

// No toast may keep the process waiting until it goes.
mock.timers.enable({ apis: ["setTimeout"] });

test("a completion and its undoing that both fail leave the task open", async () => {
  const { browser, workspace } = await opened();
  const { id } = await add(workspace, "Rent");
  const { release } = heldBack(browser, () => refusal(Code.DeadlineExceeded, "DEADLINE"));
  const completing = workspace.actions.complete(id);
  const reopening = workspace.actions.reopen(id);
  release();
  assert.deepEqual(await Promise.all([completing, reopening]), [false, false]);
  assert.equal(workspace.cache.get(id)?.state, Task_State.OPEN);
});

test("a reopening that fails after its completion leaves the task completed", async () => {
  const { browser, workspace } = await opened();
  const { id } = await add(workspace, "Rent");
  failOnce(browser, "ReopenTask", () => refusal(Code.DeadlineExceeded, "DEADLINE"));
  await Promise.all([workspace.actions.complete(id), workspace.actions.reopen(id)]);
  assert.equal(workspace.cache.get(id)?.state, Task_State.COMPLETED);
});

test("a deletion and its undoing that both fail leave the task where it stood", async () => {
  const { browser, workspace } = await opened();
  const { id } = await add(workspace, "Keep");
  const { release } = heldBack(browser, () => refusal(Code.DeadlineExceeded, "DEADLINE"));
  const removing = workspace.actions.remove(id);
  workspace.toasts.act();
  release();
  assert.equal(await removing, false);
  assert.equal(workspace.toasts.current(), undefined, "a deletion that nobody wants any more is not offered again");
  await until(() => workspace.toasts.current()?.action?.label === "Try again");
  assert.deepEqual(workspace.pages(undefined, "open").ids(), [id]);
  browser.backend.onCall = () => undefined;
  workspace.toasts.act();
  await idle(workspace);
  assert.equal(browser.backend.countOf("UndeleteTask"), 2);
  assert.deepEqual(
    workspace.pages(undefined, "open").ids(),
    [id],
    "it was never in the trash: that is what was wanted",
  );
  assert.equal(workspace.toasts.current(), undefined);
});

test("a deletion whose answer was lost is undone on the server too", async () => {
  const { browser, workspace } = await opened();
  const { id } = await add(workspace, "Keep");
  failOnce(browser, "DeleteTask", () => refusal(Code.DeadlineExceeded, "DEADLINE"), true);
  void workspace.actions.remove(id);
  workspace.toasts.act();
  await idle(workspace);
  assert.equal(browser.backend.countOf("UndeleteTask"), 1);
  await workspace.pages(undefined, "open").load();
  assert.deepEqual(workspace.pages(undefined, "open").ids(), [id]);
});

test("an undoing that fails after its deletion leaves the task deleted", async () => {
  const { browser, workspace } = await opened();
  const { id } = await add(workspace, "Gone");
  await workspace.actions.remove(id);
  failOnce(browser, "UndeleteTask", () => refusal(Code.DeadlineExceeded, "DEADLINE"));
  workspace.toasts.act();
  assert.deepEqual(workspace.pages(undefined, "open").ids(), [id]);
  await until(() => workspace.toasts.current()?.action?.label === "Try again");
  assert.deepEqual(workspace.pages(undefined, "open").ids(), []);
});

test("a list that is on its way undoes nothing of what the reader does meanwhile", async () => {
  const { browser, workspace } = await opened();
  const open = workspace.pages(undefined, "open");
  const gone = await add(workspace, "Delete");
  const done = await add(workspace, "Complete");
  const { release, held } = holding();
  browser.backend.onAnswer = (method) => (method === "ListTasks" ? held : undefined);
  const loading = open.load();
  await until(() => browser.backend.countOf("ListTasks") === 2);
  await workspace.actions.remove(gone.id);
  await workspace.actions.complete(done.id);
  const added = await add(workspace, "New");
  release();
  await loading;
  assert.deepEqual(open.ids(), [added.id, done.id]);
  assert.equal(workspace.cache.get(done.id)?.state, Task_State.COMPLETED);
});

test("a list that comes before a write is done undoes nothing of it", async () => {
  const { browser, workspace } = await opened();
  const open = workspace.pages(undefined, "open");
  const [gone, done] = [await add(workspace, "Delete"), await add(workspace, "Complete")];
  const { release, held } = holding();
  browser.backend.onCall = (method) => (/^(?:Delete|Complete)Task$/.test(method) ? held : undefined);
  const writing = [workspace.actions.remove(gone.id), workspace.actions.complete(done.id)];
  await open.load();
  assert.deepEqual(open.ids(), [done.id]);
  assert.equal(workspace.cache.get(done.id)?.state, Task_State.COMPLETED);
  release();
  await Promise.all(writing);
  assert.deepEqual(open.ids(), [done.id]);
});

test("two writes of one task both show at once, and are sent one after the other", async () => {
  const { browser, workspace } = await opened();
  const { id } = await add(workspace, "Rent");
  const { held, release } = holding();
  browser.backend.onAnswer = (method) => (method === "CompleteTask" ? held : undefined);
  const completing = workspace.actions.complete(id);
  const removing = workspace.actions.remove(id);
  await until(() => browser.backend.countOf("CompleteTask") === 1);
  assert.equal(workspace.cache.get(id)?.state, Task_State.COMPLETED);
  assert.deepEqual(workspace.pages(undefined, "open").ids(), []);
  assert.equal(browser.backend.countOf("DeleteTask"), 0);
  release();
  assert.deepEqual(await Promise.all([completing, removing]), [true, true]);
  assert.deepEqual(workspace.cache.pending(), []);
  const saved = workspace.cache.serverVersion(id);
  assert.equal(saved?.state, Task_State.COMPLETED);
  assert.ok(saved.deleteTime);
});

test("writes of different tasks don't wait for each other", async () => {
  const { browser, workspace } = await opened();
  const [slow, quick] = [await add(workspace, "Slow"), await add(workspace, "Quick")];
  const { held, release } = holding();
  browser.backend.onCall = (method) => (method === "CompleteTask" ? held : undefined);
  const completing = workspace.actions.complete(slow.id);
  assert.equal(await workspace.actions.remove(quick.id), true);
  release();
  assert.equal(await completing, true);
});

test("a first write that fails is reverted alone, and the second goes on", async () => {
  const { browser, workspace } = await opened();
  const task = await add(workspace, "Rent");
  const { held, release } = holding();
  let failed = false;
  browser.backend.onCall = async (method) => {
    if (method !== "DeleteTask" || failed) return;
    failed = true;
    await held;
    throw refusal(Code.Internal, "INTERNAL");
  };
  const removing = workspace.actions.remove(task.id);
  const completing = workspace.actions.complete(task.id);
  assert.deepEqual(workspace.pages(undefined, "open").ids(), []);
  release();
  assert.equal(await removing, false);
  assert.equal(workspace.toasts.current()?.action?.label, "Try again", "the completion does not replace the deletion");
  assert.deepEqual(workspace.pages(undefined, "open").ids(), [task.id]);
  assert.equal(workspace.cache.get(task.id)?.state, Task_State.COMPLETED);
  assert.equal(await completing, true);
  assert.equal(workspace.cache.serverVersion(task.id)?.state, Task_State.COMPLETED);
});

test("a failure that a later write makes pointless is not told", async () => {
  for (const later of ["reopen", "remove"] as const) {
    const { browser, workspace } = await opened();
    const { id } = await add(workspace, "Rent");
    failOnce(browser, "CompleteTask", () => refusal(Code.DeadlineExceeded, "DEADLINE"));
    const completing = workspace.actions.complete(id);
    const latter = workspace.actions[later](id);
    assert.deepEqual(await Promise.all([completing, latter]), [false, true]);
    assert.notEqual(workspace.toasts.current()?.action?.label, "Try again", later);
  }
});

test("what was typed is saved while a completion is under way", async () => {
  const { browser, workspace } = await opened();
  const task = await add(workspace, "Call");
  const draft = workspace.draft(task.id);
  draft.type("title", "Call back", task);
  const completing = workspace.actions.complete(task.id);
  assert.equal(await workspace.actions.save(task.id, draft, new IdempotencyKey(browser.newId)), "saved");
  assert.equal(await completing, true);
  assert.equal(browser.backend.countOf("UpdateTask"), 1);
  assert.equal(workspace.cache.get(task.id)?.title, "Call back");
  assert.equal(workspace.cache.get(task.id)?.state, Task_State.COMPLETED);
});

test("a save that fails holds up nothing that waits behind it", async () => {
  const { browser, workspace } = await opened();
  const task = await add(workspace, "Call");
  const draft = workspace.draft(task.id);
  draft.type("title", "Call back", task);
  failOnce(browser, "UpdateTask", () => refusal(Code.Internal, "INTERNAL"));
  const saving = workspace.actions.save(task.id, draft, new IdempotencyKey(browser.newId));
  const completing = workspace.actions.complete(task.id);
  await assert.rejects(saving, because("INTERNAL"));
  assert.equal(await completing, true);
  assert.equal(browser.backend.countOf("CompleteTask"), 1);
});

test("a task shows in each of its lists as its writes have it, and as the server has it where they fail", async () => {
  const { browser, workspace } = await opened();
  const home = await workspace.lists.add("Home");
  const views = ([undefined, home.id] as const).flatMap((list) => [
    workspace.pages(list, "open"),
    workspace.pages(list, "completed"),
  ]);
  await Promise.all(views.map((pages) => pages.load()));
  const { id } = await add(workspace, "Sweep", home.id);
  const shownIn = () => views.map((pages) => pages.ids().length);
  assert.deepEqual(shownIn(), [1, 0, 1, 0]);
  const { release } = heldBack(browser, () => refusal(Code.Internal, "INTERNAL"));
  const completing = workspace.actions.complete(id);
  assert.deepEqual(shownIn(), [1, 1, 1, 1]);
  const removing = workspace.actions.remove(id);
  assert.deepEqual(shownIn(), [0, 0, 0, 0]);
  release();
  await Promise.all([completing, removing]);
  assert.deepEqual(shownIn(), [1, 0, 1, 0]);
});
