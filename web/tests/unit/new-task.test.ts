import assert from "node:assert/strict";
import { test } from "node:test";
import { Task_Priority } from "../../src/gen/docket/task/v1/task_pb.ts";
import { notesIn } from "../../src/session/notes.ts";
import { NewTaskDraft } from "../../src/tasks/new-task.ts";
import { keptNotes } from "./kit.ts";

const typed = { title: "Buy a map", day: "2026-12-24", priority: Task_Priority.HIGH, listId: "home" };

test("what is typed into a new task is there after a reload of the same session", () => {
  const notes = keptNotes();
  const before = new NewTaskDraft("one", notes);
  before.type({ title: typed.title });
  before.type({ day: typed.day, priority: typed.priority, listId: typed.listId });
  assert.deepEqual(new NewTaskDraft("one", notes).values(), typed);
});

test("what is typed into a new task is never there for another session, nor kept for one", () => {
  const notes = keptNotes();
  new NewTaskDraft("one", notes).type(typed);
  const other = new NewTaskDraft("two", notes);
  assert.ok(other.isEmpty());
  assert.deepEqual([...notes.kept], []);
  assert.ok(new NewTaskDraft("one", notes).isEmpty());
});

test("nothing is kept of a task that is added, or of what is typed and deleted", () => {
  const notes = keptNotes();
  const draft = new NewTaskDraft("one", notes);
  draft.type(typed);
  assert.equal(notes.kept.size, 1);
  draft.settle(draft.values());
  assert.ok(draft.isEmpty());
  assert.deepEqual([...notes.kept], []);
  draft.type({ title: "B" });
  draft.type({ title: "" });
  assert.deepEqual([...notes.kept], []);
});

test("what is typed while a task is being added is of the next one", () => {
  const notes = keptNotes();
  const draft = new NewTaskDraft("one", notes);
  draft.type(typed);
  const sent = draft.values();
  draft.type({ title: "Pack" });
  draft.settle(sent);
  const left = { title: "Pack", day: "", priority: Task_Priority.UNSPECIFIED, listId: "" };
  assert.deepEqual(draft.values(), left);
  assert.deepEqual(new NewTaskDraft("one", notes).values(), left);
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
    const notes = keptNotes();
    notes.write("newTask", text);
    assert.ok(new NewTaskDraft("one", notes).isEmpty(), text);
    assert.deepEqual([...notes.kept], []);
  }
});

test("a browser that forbids storage only forgets", () => {
  const draft = new NewTaskDraft(
    "one",
    notesIn(() => {
      throw new Error("forbidden");
    }),
  );
  draft.type(typed);
  assert.deepEqual(draft.values(), typed);
});
