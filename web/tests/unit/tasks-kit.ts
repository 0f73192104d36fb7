/** What the tests of tasks share: a workspace to act in, and a server that fails or waits. */
import { createClient } from "@connectrpc/connect";
import { Task_Priority } from "../../src/gen/docket/task/v1/task_pb.ts";
import type { Task } from "../../src/gen/docket/task/v1/task_pb.ts";
import { TaskService } from "../../src/gen/docket/task/v1/task_service_pb.ts";
import { notDue } from "../../src/tasks/due.ts";
import type { Workspace } from "../../src/workspace/workspace.ts";
import { holding } from "../holding.ts";
import { Browser, until, workspaceIn } from "./kit.ts";

const plain = { description: "", priority: Task_Priority.UNSPECIFIED, due: notDue };

export function add(workspace: Workspace, title: string, listId = ""): Promise<Task> {
  return workspace.actions.add({ title, ...plain }, listId);
}

/** A workspace with its lists and the view of all open tasks loaded. */
export async function opened(): Promise<{ browser: Browser; workspace: Workspace }> {
  const browser = new Browser();
  const workspace = await workspaceIn(browser);
  await workspace.lists.load();
  await workspace.pages(undefined, "open").load();
  return { browser, workspace };
}

/** Another device of the same account. */
export async function elsewhere(browser: Browser) {
  const session = browser.tab();
  await session.restore();
  return createClient(TaskService, session.transport);
}

/** Fails the next call of the method: before the server does it, or after, so that only the answer is lost. */
export function failOnce(browser: Browser, method: string, fault: () => Error, after = false): void {
  let failed = false;
  const fail = (called: string): void => {
    if (called !== method || failed) return;
    failed = true;
    throw fault();
  };
  if (after) browser.backend.onAnswer = fail;
  else browser.backend.onCall = fail;
}

/** No call is answered before the release, and then each fails. */
export function heldBack(browser: Browser, fault: () => Error) {
  const { held, release } = holding();
  browser.backend.onCall = async () => {
    await held;
    throw fault();
  };
  return { release };
}

/** Waits until the server has answered every write. */
export function idle(workspace: Workspace): Promise<void> {
  return until(() => workspace.cache.pending().length === 0);
}
