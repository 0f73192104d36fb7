/**
 * What the reader has typed into a task and not saved: only the fields that they touched, each with what it was when
 * they began. So a field that somebody else changed meanwhile is noticed, and the others are never written over.
 */
import { create } from "@bufbuild/protobuf";
import { createSignal } from "solid-js";
import type { Accessor } from "solid-js";
import { TaskSchema } from "../gen/docket/task/v1/task_pb.ts";
import type { Task, Task_Priority } from "../gen/docket/task/v1/task_pb.ts";
import { dueOf, sameDue, typedDue } from "./due.ts";
import type { TypedDue } from "./due.ts";

export interface Values {
  readonly title: string;
  readonly description: string;
  readonly priority: Task_Priority;
  readonly due: TypedDue;
}

export type FieldName = keyof Values;

export const fieldNames: readonly FieldName[] = ["title", "description", "priority", "due"];

type Touched = { readonly [F in FieldName]?: { readonly base: Values[F]; readonly value: Values[F] } };

export function valuesOf(task: Task): Values {
  return { title: task.title, description: task.description, priority: task.priority, due: typedDue(task.due) };
}

export class Draft {
  readonly #touched: Accessor<Touched>;
  readonly #set: (touched: Touched) => void;

  constructor() {
    const [touched, set] = createSignal<Touched>({});
    this.#touched = touched;
    this.#set = (value) => void set(() => value);
  }

  /** What the field shows: what was typed, else what the task has. */
  value<F extends FieldName>(field: F, task: Task): Values[F] {
    return this.#touched()[field]?.value ?? valuesOf(task)[field];
  }

  type<F extends FieldName>(field: F, value: Values[F], task: Task): void {
    const base = this.#touched()[field]?.base ?? valuesOf(task)[field];
    if (same(field, value, valuesOf(task)[field])) return this.drop(field);
    this.#set({ ...this.#touched(), [field]: { base, value } });
  }

  drop(field: FieldName): void {
    const { [field]: _dropped, ...rest } = this.#touched();
    this.#set(rest);
  }

  clear(): void {
    this.#set({});
  }

  /** The touched fields; they are also the update mask. */
  fields(): FieldName[] {
    return fieldNames.filter((field) => this.#touched()[field] !== undefined);
  }

  /** The touched fields that the task now has otherwise than when the reader began. */
  conflicts(task: Task): FieldName[] {
    const now = valuesOf(task);
    return this.fields().filter((field) => !same(field, this.#touched()[field]?.base ?? now[field], now[field]));
  }

  /** The reader has seen what changed, and means what they typed. */
  insist(task: Task): void {
    const now = valuesOf(task);
    const touched = this.#touched();
    const again = this.fields().map((field) => [field, { base: now[field], value: touched[field]?.value }]);
    this.#set(Object.fromEntries(again) as Touched);
  }

  /** Drops what has been saved, and keeps what was typed since. */
  settle(sent: Values, saved: Task): void {
    const now = valuesOf(saved);
    for (const field of this.fields()) {
      const touched = this.#touched()[field];
      if (!touched) continue;
      if (same(field, touched.value, sent[field])) this.drop(field);
      else this.#set({ ...this.#touched(), [field]: { base: now[field], value: touched.value } });
    }
  }

  /** All values as they would be after saving. */
  values(task: Task): Values {
    return { ...valuesOf(task), ...Object.fromEntries(this.fields().map((field) => [field, this.value(field, task)])) };
  }
}

/** The message that writes these values over the version of the task that the reader has seen. */
export function messageOf(values: Values, task: Task, home: string): Task {
  const due = dueOf(values.due, home);
  const { title, description, priority } = values;
  return create(TaskSchema, { id: task.id, etag: task.etag, title, description, priority, ...(due && { due }) });
}

function same<F extends FieldName>(field: F, one: Values[F], other: Values[F]): boolean {
  return field === "due" ? sameDue(one as TypedDue, other as TypedDue) : one === other;
}
