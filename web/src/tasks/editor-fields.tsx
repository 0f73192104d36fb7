/** The due and priority fields of the editor, and the notice of a conflict. */
import { createUniqueId, For, Show } from "solid-js";
import type { JSX } from "solid-js";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";
import { Fault } from "../ui/fault.tsx";
import { useWorkspace } from "../workspace/workspace.ts";
import { valuesOf } from "./draft.ts";
import type { Draft, FieldName } from "./draft.ts";
import { notDue, formatDue } from "./due.ts";
import type { DueInput } from "./due.ts";
import { lookOf, priorities } from "./priority.ts";

interface EditorFieldProps {
  readonly draft: Draft;
  readonly task: Task;
}

interface DueFieldProps extends EditorFieldProps {
  readonly fault: string | undefined;
}

export function DueField(props: DueFieldProps): JSX.Element {
  const id = createUniqueId();
  const { timeZone } = useWorkspace();
  const due = (): DueInput => props.draft.value("due", props.task);
  const type = (change: Partial<DueInput>): void => {
    const typed = { ...due(), ...change };
    // A time needs a day, and a day alone has no time zone.
    const whole = typed.day === "" ? notDue : typed;
    props.draft.type("due", whole.time === "" ? { ...whole, timeZone: "" } : zoned(whole), props.task);
  };
  const zoned = (typed: DueInput): DueInput => ({ ...typed, timeZone: typed.timeZone || timeZone() });
  return (
    <fieldset class="editor-due">
      <legend>Due</legend>
      <input
        type="date"
        aria-label="Day"
        aria-invalid={props.fault ? true : undefined}
        aria-describedby={props.fault ? `${id}-fault` : undefined}
        value={due().day}
        onInput={(event) => type({ day: event.currentTarget.value })}
      />
      <Show when={due().day}>
        <input
          type="time"
          aria-label="Time"
          value={due().time}
          onInput={(event) => type({ time: event.currentTarget.value })}
        />
        <button type="button" class="link small" onClick={() => type({ day: "" })}>
          No date
        </button>
      </Show>
      <Show when={due().time && due().timeZone !== timeZone()}>
        <p class="muted small">{due().timeZone}</p>
      </Show>
      <Fault id={`${id}-fault`} text={props.fault} />
    </fieldset>
  );
}

export function PriorityField(props: EditorFieldProps): JSX.Element {
  const name = createUniqueId();
  return (
    <fieldset class="editor-priority">
      <legend>Priority</legend>
      <div class="segments">
        <For each={priorities}>
          {(look) => (
            <label class={look.mark}>
              <input
                type="radio"
                name={name}
                checked={props.draft.value("priority", props.task) === look.value}
                onChange={() => props.draft.type("priority", look.value, props.task)}
              />
              {look.name}
            </label>
          )}
        </For>
      </div>
    </fieldset>
  );
}

interface ConflictNoticeProps extends EditorFieldProps {
  readonly field: FieldName;
  readonly shown: boolean;
}

/** The value that the field was changed to elsewhere, with a button that takes it. */
export function ConflictNotice(props: ConflictNoticeProps): JSX.Element {
  const workspace = useWorkspace();
  const now = (): string => {
    if (props.field === "priority") return lookOf(props.task.priority).name;
    if (props.field === "due")
      return props.task.due ? formatDue(props.task.due, workspace.today(), workspace.timeZone()) : "no date";
    return valuesOf(props.task)[props.field] || "nothing";
  };
  return (
    <Show when={props.shown}>
      <p class="elsewhere">
        Now elsewhere: <q>{now()}</q>{" "}
        <button type="button" class="link" onClick={() => props.draft.drop(props.field)}>
          Use that
        </button>
      </p>
    </Show>
  );
}
