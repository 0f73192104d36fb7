import assert from "node:assert/strict";
import { test } from "node:test";
import { Task_Priority } from "../../src/gen/docket/task/v1/task_pb.ts";
import { pageStorage } from "../../src/session/storage.ts";
import { NewTaskDraft } from "../../src/tasks/new-task.ts";
import { memoryStorage } from "./kit.ts";

const typed = { title: "Buy a map", day: "2026-12-24", priority: Task_Priority.HIGH, listId: "home" };

test("what is typed into a new task is there after a reload of the same session", () => {
  const storage = memoryStorage();
  const before = new NewTaskDraft("one", storage);
  before.type({ title: typed.title });
  before.type({ day: typed.day, priority: typed.priority, listId: typed.listId });
  assert.deepEqual(new NewTaskDraft("one", storage).values(), typed);
});

test("what is typed into a new task is never there for another session, nor kept for one", () => {
  const storage = memoryStorage();
  new NewTaskDraft("one", storage).type(typed);
  const other = new NewTaskDraft("two", storage);
  assert.ok(other.isEmpty());
  assert.deepEqual([...storage.entries], []);
  assert.ok(new NewTaskDraft("one", storage).isEmpty());
});

test("nothing is kept of a task that is added, or of what is typed and deleted", () => {
  const storage = memoryStorage();
  const draft = new NewTaskDraft("one", storage);
  draft.type(typed);
  assert.equal(storage.entries.size, 1);
  draft.settle(draft.values());
  assert.ok(draft.isEmpty());
  assert.deepEqual([...storage.entries], []);
  draft.type({ title: "B" });
  draft.type({ title: "" });
  assert.deepEqual([...storage.entries], []);
});

test("what is typed while a task is being added is of the next one", () => {
  const storage = memoryStorage();
  const draft = new NewTaskDraft("one", storage);
  draft.type(typed);
  const sent = draft.values();
  draft.type({ title: "Pack" });
  draft.settle(sent);
  const left = { title: "Pack", day: "", priority: Task_Priority.UNSPECIFIED, listId: "" };
  assert.deepEqual(draft.values(), left);
  assert.deepEqual(new NewTaskDraft("one", storage).values(), left);
});

test("a note in another form counts as none", () => {
  const values = { ...typed, day: 7 };
  for (const text of [
    "",
    "{",
    "null",
    "7",
    '"one"',
    '{"sessionId":"one"}',
    JSON.stringify({ sessionId: "one", values }),
  ]) {
    const storage = memoryStorage();
    storage.write("newTask", text);
    assert.ok(new NewTaskDraft("one", storage).isEmpty(), text);
    assert.deepEqual([...storage.entries], []);
  }
});

test("a browser that forbids storage only forgets", () => {
  const draft = new NewTaskDraft(
    "one",
    pageStorage(() => {
      throw new Error("forbidden");
    }),
  );
  draft.type(typed);
  assert.deepEqual(draft.values(), typed);
});
