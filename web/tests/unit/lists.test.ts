import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { TaskSchema } from "../../src/gen/docket/task/v1/task_pb.ts";
import { failureOf } from "../../src/errors.ts";
import { nameOf } from "../../src/lists/lists.ts";
import { Browser, workspaceIn } from "./kit.ts";

test("an account begins with its inbox, and keeps the lists that it makes", async () => {
  const { lists } = await workspaceIn(new Browser());
  assert.equal(lists.all(), undefined);
  await lists.load();
  const added = await lists.add(" Home ");
  assert.deepEqual(lists.all()?.map(nameOf), ["Inbox", "Home"]);
  assert.deepEqual(lists.own(), [added]);
  await lists.load();
  assert.deepEqual(lists.all()?.map(nameOf), ["Inbox", "Home"]);
});

test("a task that names no list is in the inbox", async () => {
  const { lists } = await workspaceIn(new Browser());
  await lists.load();
  const home = await lists.add("Home");
  const inbox = lists.inbox()?.id ?? "";
  assert.ok(lists.holds(inbox, create(TaskSchema)));
  assert.ok(!lists.holds(home.id, create(TaskSchema)));
  assert.ok(lists.holds(home.id, create(TaskSchema, { taskListId: home.id })));
});

test("a refused list says why, and lists that can't come say so", async () => {
  const browser = new Browser();
  const { lists } = await workspaceIn(browser);
  await assert.rejects(lists.add(" "), (error) => failureOf(error).fields.has("task_list.title"));
  browser.backend.onCall = () => {
    throw new TypeError("Failed to fetch");
  };
  await lists.load();
  assert.equal(lists.failure()?.reason, "UNREACHABLE");
});
