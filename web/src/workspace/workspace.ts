/** The state of one signed-in session: tasks, lists, drafts and toasts. */
import { createClient } from "@connectrpc/connect";
import type { Client, Transport } from "@connectrpc/connect";
import { createContext, useContext } from "solid-js";
import { Task_State } from "../gen/docket/task/v1/task_pb.ts";
import { TaskListService } from "../gen/docket/task/v1/task_list_service_pb.ts";
import { TaskService } from "../gen/docket/task/v1/task_service_pb.ts";
import { Lists } from "../lists/lists.ts";
import type { PageStorage } from "../session/storage.ts";
import { TaskActions } from "../tasks/actions.ts";
import { TaskCache } from "../tasks/cache.ts";
import { Draft } from "../tasks/draft.ts";
import { dayOf } from "../tasks/due.ts";
import { NewTaskDraft } from "../tasks/new-task.ts";
import { TaskPages } from "../tasks/pages.ts";
import { Toasts } from "../ui/toasts.ts";

export interface WorkspaceParts {
  readonly sessionId: string;
  readonly transport: Transport;
  /** The storage of the tab. */
  readonly storage: PageStorage;
  newId(): string;
  /** The user's IANA zone. */
  timeZone(): string;
  /** Milliseconds since 1970. */
  now(): number;
}

const views = {
  open: { state: Task_State.OPEN, filter: "state = OPEN" },
  completed: { state: Task_State.COMPLETED, filter: "state = COMPLETED" },
} as const;

export class Workspace {
  readonly cache = new TaskCache();
  readonly toasts = new Toasts();
  readonly newTask: NewTaskDraft;
  readonly lists: Lists;
  readonly actions: TaskActions;
  readonly newId: () => string;
  readonly timeZone: () => string;
  readonly now: () => number;
  readonly #tasks: Client<typeof TaskService>;
  readonly #pages = new Map<string, TaskPages>();
  readonly #drafts = new Map<string, Draft>();

  constructor(parts: WorkspaceParts) {
    this.newId = parts.newId;
    this.timeZone = parts.timeZone;
    this.now = parts.now;
    this.newTask = new NewTaskDraft(parts.sessionId, parts.storage);
    this.#tasks = createClient(TaskService, parts.transport);
    this.lists = new Lists(createClient(TaskListService, parts.transport), parts.newId);
    this.actions = new TaskActions({
      client: this.#tasks,
      cache: this.cache,
      toasts: this.toasts,
      admit: (taskId) => this.#pages.forEach((pages) => pages.admit(taskId)),
      newId: parts.newId,
      timeZone: parts.timeZone,
      now: parts.now,
    });
  }

  /** The user's day, "2026-11-21". */
  today(): string {
    return dayOf(new Date(this.now()));
  }

  /** The tasks of one list, or of all without a list id, in one state. Always the same object. */
  pages(listId: string | undefined, state: keyof typeof views): TaskPages {
    const key = `${listId ?? ""} ${state}`;
    const known = this.#pages.get(key);
    if (known) return known;
    const { filter, state: wanted } = views[state];
    const request = { filter: listId ? `${filter} AND task_list = "${listId}"` : filter };
    const pages = new TaskPages({
      cache: this.cache,
      fetch: (pageToken) => this.#tasks.listTasks({ ...request, pageToken }),
      state: wanted,
      holds: (task) => !listId || this.lists.holds(listId, task),
    });
    this.#pages.set(key, pages);
    return pages;
  }

  /** What was typed into a task and not saved. It is kept when the task is closed. */
  draft(id: string): Draft {
    const known = this.#drafts.get(id);
    if (known) return known;
    const draft = new Draft();
    this.#drafts.set(id, draft);
    return draft;
  }
}

const WorkspaceContext = createContext<Workspace>();

export const WorkspaceProvider = WorkspaceContext.Provider;

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error("no workspace around this component");
  return workspace;
}
