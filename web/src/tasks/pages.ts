/** A list of tasks that grows page by page, in the server's order. */
import { batch, createMemo, createRoot, createSignal } from "solid-js";
import type { Accessor } from "solid-js";
import { failureOf } from "../errors.ts";
import type { Failure } from "../errors.ts";
import type { Task, Task_State } from "../gen/docket/task/v1/task_pb.ts";
import type { TaskCache } from "./cache.ts";

export interface Page {
  readonly tasks: readonly Task[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

export interface PagesParts {
  readonly cache: TaskCache;
  /** Fetches a page of the tasks that belong here, and of no others. */
  fetch(pageToken: string): Promise<Page>;
  /** The state of the tasks that belong here. */
  readonly state: Task_State;
  /** Whether the task is in the list that is shown, whatever its state. */
  holds(task: Task): boolean;
}

/** `more`: the first page is there and another is being fetched. */
export type PagesStatus = "loading" | "more" | "ready" | "failed";

type Ids = readonly string[];

export class TaskPages {
  /**
   * The ids of the tasks to show, derived from the tasks as they are shown. An optimistic deletion hides a task, and an
   * optimistic write into this state adds it; both end if the write fails. A listed task that leaves the state stays
   * until the next load, so that no row moves while the user is working on it.
   */
  readonly ids: Accessor<Ids>;
  readonly status: Accessor<PagesStatus>;
  readonly failure: Accessor<Failure | undefined>;
  readonly hasMore: Accessor<boolean>;
  readonly #parts: PagesParts;
  /** The fetched ids and those added by confirmed writes, in order. Some may be hidden. */
  readonly #listed: Accessor<Ids>;
  readonly #setListed: (ids: Ids) => void;
  readonly #setStatus: (status: PagesStatus) => void;
  readonly #setFailure: (failure: Failure | undefined) => void;
  readonly #nextPageToken: Accessor<string>;
  readonly #setNextPageToken: (token: string) => void;
  #fetches = 0;
  #lastRequest: "load" | "more" = "load";
  /** Tasks with a write confirmed since the last fetch began: its answer may be older than the write. */
  readonly #written = new Set<string>();

  constructor(parts: PagesParts) {
    this.#parts = parts;
    [this.#listed, this.#setListed] = createSignal<Ids>([]);
    [this.status, this.#setStatus] = createSignal<PagesStatus>("loading");
    [this.failure, this.#setFailure] = createSignal<Failure | undefined>();
    [this.#nextPageToken, this.#setNextPageToken] = createSignal("");
    this.hasMore = () => this.#nextPageToken() !== "";
    this.ids = createRoot(() => createMemo(() => this.#shown(), [], { equals: areSame }));
  }

  /** Fetches the first page again. The list stays until it has arrived. */
  async load(): Promise<void> {
    if (this.status() !== "ready") this.#setStatus("loading");
    this.#lastRequest = "load";
    await this.#fetch("", (found) => found);
  }

  /** Fetches and appends the next page. */
  async more(): Promise<void> {
    if (this.status() !== "ready" && this.status() !== "failed") return;
    this.#setStatus("more");
    this.#lastRequest = "more";
    await this.#fetch(this.#nextPageToken(), (found) => [...new Set([...this.#listed(), ...found])]);
  }

  /** Repeats the fetch that failed. */
  retry(): Promise<void> {
    return this[this.#lastRequest]();
  }

  /** Adds a task after a confirmed write, if it belongs here. */
  admit(id: string): void {
    this.#written.add(id);
    if (this.#belongs(this.#parts.cache.serverVersion(id)) && !this.#listed().includes(id)) {
      this.#setListed([id, ...this.#listed()]);
    }
  }

  async #fetch(pageToken: string, listed: (found: Ids) => Ids): Promise<void> {
    const fetch = (this.#fetches += 1);
    this.#written.clear();
    let page: Page;
    try {
      page = await this.#parts.fetch(pageToken);
    } catch (error) {
      if (fetch !== this.#fetches) return;
      return batch(() => {
        this.#setFailure(failureOf(error));
        this.#setStatus("failed");
      });
    }
    if (fetch !== this.#fetches) return;
    batch(() => {
      page.tasks.forEach((task) => this.#parts.cache.put(task));
      this.#setListed(this.#withWritten(listed(page.tasks.map(({ id }) => id))));
      this.#setNextPageToken(page.nextPageToken);
      this.#setFailure(undefined);
      this.#setStatus("ready");
    });
  }

  #shown(): Ids {
    const { cache } = this.#parts;
    const listed = this.#listed();
    const coming = [...this.#pendingIds()].filter((id) => !listed.includes(id) && this.#belongs(cache.get(id)));
    return [...coming.reverse(), ...listed.filter((id) => this.#stays(cache.get(id)))];
  }

  /** The fetched ids, with tasks that were written meanwhile or can be restored from the trash at their old index. */
  #withWritten(fetched: Ids): Ids {
    const { cache } = this.#parts;
    const keeps = new Set([...this.#written, ...this.#pendingIds()]);
    const ids = [...fetched];
    this.#listed().forEach((id, index) => {
      const kept = keeps.has(id) || cache.get(id)?.deleteTime !== undefined;
      if (kept && !ids.includes(id)) ids.splice(index, 0, id);
    });
    return ids;
  }

  #belongs(task: Task | undefined): boolean {
    return this.#stays(task) && task?.state === this.#parts.state;
  }

  #stays(task: Task | undefined): boolean {
    return task !== undefined && !task.deleteTime && this.#parts.holds(task);
  }

  #pendingIds(): Set<string> {
    return new Set(this.#parts.cache.pending().map(({ taskId }) => taskId));
  }
}

function areSame(one: Ids, other: Ids): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
