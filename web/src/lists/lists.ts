/** The lists of the account: the inbox and its own. */
import type { Client } from "@connectrpc/connect";
import { create } from "@bufbuild/protobuf";
import { createSignal } from "solid-js";
import type { Accessor } from "solid-js";
import { failureOf } from "../errors.ts";
import type { Failure } from "../errors.ts";
import { TaskListSchema } from "../gen/docket/task/v1/task_pb.ts";
import type { Task, TaskList } from "../gen/docket/task/v1/task_pb.ts";
import type { TaskListService } from "../gen/docket/task/v1/task_list_service_pb.ts";
import { IdempotencyKey } from "../tasks/idempotency-key.ts";

export class Lists {
  /** In the server's order; undefined until they are loaded. */
  readonly all: Accessor<readonly TaskList[] | undefined>;
  readonly failure: Accessor<Failure | undefined>;
  readonly #client: Client<typeof TaskListService>;
  readonly #adding: IdempotencyKey;
  readonly #setAll: (lists: readonly TaskList[]) => void;
  readonly #setFailure: (failure: Failure | undefined) => void;

  constructor(client: Client<typeof TaskListService>, newId: () => string) {
    this.#client = client;
    this.#adding = new IdempotencyKey(newId);
    [this.all, this.#setAll] = createSignal<readonly TaskList[]>();
    [this.failure, this.#setFailure] = createSignal<Failure>();
  }

  /** Never throws: an error is in `failure`. */
  async load(): Promise<void> {
    try {
      const lists: TaskList[] = [];
      let pageToken = "";
      do {
        const page = await this.#client.listTaskLists({ pageToken });
        lists.push(...page.taskLists);
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      this.#setAll(lists);
      this.#setFailure(undefined);
    } catch (error) {
      this.#setFailure(failureOf(error));
    }
  }

  /** @throws what the server refused, with the fields at fault. */
  async add(title: string): Promise<TaskList> {
    const taskList = create(TaskListSchema, { title });
    const answer = await this.#client.createTaskList({ taskList, requestId: this.#adding.of(title) });
    this.#adding.reset();
    if (!answer.taskList) throw new Error("the server gave no list");
    this.#setAll([...(this.all() ?? []), answer.taskList]);
    return answer.taskList;
  }

  inbox(): TaskList | undefined {
    return this.all()?.find(({ inbox }) => inbox);
  }

  own(): readonly TaskList[] {
    return this.all()?.filter(({ inbox }) => !inbox) ?? [];
  }

  byId(id: string): TaskList | undefined {
    return this.all()?.find((list) => list.id === id);
  }

  /** Whether the list holds the task. A task without a list is in the inbox. */
  holds(listId: string, task: Task): boolean {
    return (task.taskListId || this.inbox()?.id) === listId;
  }
}

export function nameOf(list: TaskList): string {
  return list.inbox ? "Inbox" : list.title;
}
