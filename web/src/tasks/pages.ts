/** A list of tasks that grows page by page, in the server's order. */
import { batch, createSignal } from "solid-js";
import type { Accessor } from "solid-js";
import { failureOf } from "../errors.ts";
import type { Failure } from "../errors.ts";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";
import type { TaskCache } from "./cache.ts";

export interface Page {
  readonly tasks: readonly Task[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

export interface PagesParts {
  readonly cache: TaskCache;
  fetch(pageToken: string): Promise<Page>;
  /** Which of the fetched tasks belong here. */
  keep(task: Task): boolean;
  /** The ids of the tasks that are being written: an answer may be from before the write. */
  writing(): Iterable<string>;
}

/** `more`: the first page is there and another is being asked for. */
export type PagesStatus = "loading" | "more" | "ready" | "failed";

/** Where few of the tasks belong here, one wish for more asks this often before it shows what it has. */
const fetchesForOneWish = 5;

export class TaskPages {
  readonly ids: Accessor<readonly string[]>;
  readonly status: Accessor<PagesStatus>;
  readonly failure: Accessor<Failure | undefined>;
  readonly hasMore: Accessor<boolean>;
  readonly #setIds: (ids: readonly string[]) => void;
  readonly #setStatus: (status: PagesStatus) => void;
  readonly #setFailure: (failure: Failure | undefined) => void;
  readonly #setNext: (token: string) => void;
  readonly #next: Accessor<string>;
  readonly #parts: PagesParts;
  #turn = 0;
  #asked: "load" | "more" = "load";
  /** Came or went on this side since the last fetch began: its answer doesn't know. */
  #decided = new Set<string>();

  constructor(parts: PagesParts) {
    this.#parts = parts;
    [this.ids, this.#setIds] = createSignal<readonly string[]>([]);
    [this.status, this.#setStatus] = createSignal<PagesStatus>("loading");
    [this.failure, this.#setFailure] = createSignal<Failure | undefined>();
    [this.#next, this.#setNext] = createSignal("");
    this.hasMore = () => this.#next() !== "";
  }

  /** Begins again with the first page. What is shown stays until it has come. */
  async load(): Promise<void> {
    if (this.status() !== "ready") this.#setStatus("loading");
    this.#asked = "load";
    await this.#fetch("", (found) => found);
  }

  /** Adds the next page. */
  async more(): Promise<void> {
    if (this.status() !== "ready" && this.status() !== "failed") return;
    this.#setStatus("more");
    this.#asked = "more";
    await this.#fetch(this.#next(), (found) => [...new Set([...this.ids(), ...found])]);
  }

  /** Asks again for what failed. */
  retry(): Promise<void> {
    return this[this.#asked]();
  }

  /** A task that has come, where it belongs here. @returns whether it is new here. */
  add(task: Task): boolean {
    if (!this.#parts.keep(task)) return false;
    this.#decided.add(task.id);
    if (this.ids().includes(task.id)) return false;
    this.#setIds([task.id, ...this.ids()]);
    return true;
  }

  /** @returns where it stood, or undefined where it didn't. */
  remove(id: string): number | undefined {
    this.#decided.add(id);
    const index = this.ids().indexOf(id);
    if (index < 0) return undefined;
    this.#setIds(this.ids().filter((other) => other !== id));
    return index;
  }

  /** Puts a removed task back where it stood. */
  putBack(id: string, index: number): void {
    this.#decided.add(id);
    if (!this.ids().includes(id)) this.#setIds(this.ids().toSpliced(index, 0, id));
  }

  async #fetch(first: string, placed: (found: string[]) => readonly string[]): Promise<void> {
    const turn = (this.#turn += 1);
    this.#decided = new Set(this.#parts.writing());
    const found: string[] = [];
    let token = first;
    try {
      for (let fetches = 0; fetches < fetchesForOneWish && found.length === 0; fetches += 1) {
        const page = await this.#parts.fetch(token);
        if (turn !== this.#turn) return;
        const held = this.#held();
        page.tasks.filter(({ id }) => !held.has(id)).forEach((task) => this.#parts.cache.put(task));
        found.push(...page.tasks.filter((task) => this.#parts.keep(task)).map(({ id }) => id));
        token = page.nextPageToken;
        if (token === "") break;
      }
    } catch (error) {
      if (turn !== this.#turn) return;
      return batch(() => {
        this.#setFailure(failureOf(error));
        this.#setStatus("failed");
      });
    }
    batch(() => {
      this.#setIds(this.#withDecided(placed(found)));
      this.#setNext(token);
      this.#setFailure(undefined);
      this.#setStatus("ready");
    });
  }

  /** The tasks of which an answer may be out of date. */
  #held(): Set<string> {
    return new Set([...this.#decided, ...this.#parts.writing()]);
  }

  /** The ids of an answer, except that each held task stays here or away as it is now. */
  #withDecided(answered: readonly string[]): readonly string[] {
    const held = this.#held();
    const now = this.ids();
    const ids = answered.filter((id) => now.includes(id) || !held.has(id));
    now.forEach((id, index) => {
      if (held.has(id) && !ids.includes(id)) ids.splice(index, 0, id);
    });
    return ids;
  }
}
