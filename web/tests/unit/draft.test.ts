import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { Task_Priority, TaskSchema } from "../../src/gen/docket/task/v1/task_pb.ts";
import type { Task } from "../../src/gen/docket/task/v1/task_pb.ts";
import { Draft, messageOf } from "../../src/tasks/draft.ts";

const task = create(TaskSchema, { id: "1", etag: "a", title: "Call", description: "at noon" });

function changed(change: Partial<Pick<Task, "title" | "description" | "etag">>): Task {
  return { ...task, etag: "b", ...change };
}

test("a field shows the task's value until it is typed into, and after that what was typed", () => {
  const draft = new Draft();
  assert.equal(draft.value("title", task), "Call");
  draft.type("title", "Call back", task);
  assert.equal(draft.value("title", changed({ title: "Ring" })), "Call back");
  assert.equal(draft.value("description", changed({ description: "at one" })), "at one");
});

test("only touched fields are written", () => {
  const draft = new Draft();
  draft.type("priority", Task_Priority.HIGH, task);
  draft.type("due", { day: "2026-12-24", time: "", timeZone: "" }, task);
  assert.deepEqual(draft.fields(), ["priority", "due"]);
});

test("a field typed back to what it was is untouched again", () => {
  const draft = new Draft();
  draft.type("title", "Call back", task);
  draft.type("title", "Call", task);
  assert.deepEqual(draft.fields(), []);
});

test("a field that changed elsewhere is a conflict only where it was touched", () => {
  const draft = new Draft();
  draft.type("title", "Call back", task);
  assert.deepEqual(draft.conflicts(changed({ description: "at one" })), []);
  assert.deepEqual(draft.conflicts(changed({ title: "Ring" })), ["title"]);
});

test("whoever has seen the conflict may insist, or take the other value", () => {
  const newer = changed({ title: "Ring" });
  const insisting = new Draft();
  insisting.type("title", "Call back", task);
  insisting.rebase(newer);
  assert.deepEqual(insisting.conflicts(newer), []);
  assert.equal(insisting.value("title", newer), "Call back");
  const yielding = new Draft();
  yielding.type("title", "Call back", task);
  yielding.drop("title");
  assert.equal(yielding.value("title", newer), "Ring");
});

test("what is typed while it is being saved stays typed", () => {
  const draft = new Draft();
  draft.type("title", "Call back", task);
  draft.type("description", "at one", task);
  const sent = draft.values(task);
  draft.type("description", "at one or two", task);
  const saved = changed({ title: "Call back", description: "at one" });
  draft.settle(sent, saved);
  assert.deepEqual(draft.fields(), ["description"]);
  assert.deepEqual(draft.conflicts(saved), []);
});

test("the message carries the version that was seen", () => {
  const draft = new Draft();
  draft.type("due", { day: "2026-12-24", time: "18:30", timeZone: "" }, task);
  const message = messageOf(draft.values(task), task, "Europe/Berlin");
  assert.equal(message.etag, "a");
  assert.equal(message.due?.local, "2026-12-24T18:30");
  assert.equal(message.due?.timeZone, "Europe/Berlin");
});
