/**
 * Unsaved edits of a task: the edited fields only, each with its value before the edit. A field that was changed
 * elsewhere meanwhile is thus detected as a conflict, and fields that were not edited are never overwritten.
 */
import { create } from "@bufbuild/protobuf";
import { createSignal } from "solid-js";
import type { Accessor } from "solid-js";
import { TaskSchema } from "../gen/docket/task/v1/task_pb.ts";
import type { Task, Task_Priority } from "../gen/docket/task/v1/task_pb.ts";
import { dueOf, sameDue, dueInput } from "./due.ts";
import type { DueInput } from "./due.ts";

export interface Values {
  readonly title: string;
  readonly description: string;
  readonly priority: Task_Priority;
  readonly due: DueInput;
}

export type FieldName = keyof Values;

export const fieldNames: readonly FieldName[] = ["title", "description", "priority", "due"];

type Touched = { readonly [F in FieldName]?: { readonly base: Values[F]; readonly value: Values[F] } };

export function valuesOf(task: Task): Values {
  return { title: task.title, description: task.description, priority: task.priority, due: dueInput(task.due) };
}

export class Draft {
  readonly #touched: Accessor<Touched>;
  readonly #set: (touched: Touched) => void;

  constructor() {
    const [touched, set] = createSignal<Touched>({});
    this.#touched = touched;
    this.#set = (value) => void set(() => value);
  }

  /** The edited value of the field, else the task's. */
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

  /** The edited fields, which are the update mask. */
  fields(): FieldName[] {
    return fieldNames.filter((field) => this.#touched()[field] !== undefined);
  }

  /** The edited fields whose value in the task has changed since the edit began. */
  conflicts(task: Task): FieldName[] {
    const now = valuesOf(task);
    return this.fields().filter((field) => !same(field, this.#touched()[field]?.base ?? now[field], now[field]));
  }

  /** Makes this version the base of the edits: the user has seen its changes, and keeps their own. */
  rebase(task: Task): void {
    const now = valuesOf(task);
    const touched = this.#touched();
    const again = this.fields().map((field) => [field, { base: now[field], value: touched[field]?.value }]);
    this.#set(Object.fromEntries(again) as Touched);
  }

  /** Drops the edits that were saved, and keeps those made since they were sent. */
  settle(sent: Values, saved: Task): void {
    const now = valuesOf(saved);
    for (const field of this.fields()) {
      const touched = this.#touched()[field];
      if (!touched) continue;
      if (same(field, touched.value, sent[field])) this.drop(field);
      else this.#set({ ...this.#touched(), [field]: { base: now[field], value: touched.value } });
    }
  }

  /** All values as they would be after saving the edits. */
  values(task: Task): Values {
    return { ...valuesOf(task), ...Object.fromEntries(this.fields().map((field) => [field, this.value(field, task)])) };
  }
}

/** The request's message, with the etag of the version that the user has seen. */
export function messageOf(values: Values, task: Task, home: string): Task {
  const due = dueOf(values.due, home);
  const { title, description, priority } = values;
  return create(TaskSchema, { id: task.id, etag: task.etag, title, description, priority, ...(due && { due }) });
}

function same<F extends FieldName>(field: F, one: Values[F], other: Values[F]): boolean {
  return field === "due" ? sameDue(one as DueInput, other as DueInput) : one === other;
}
