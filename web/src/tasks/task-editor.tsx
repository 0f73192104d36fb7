/** The form of a task. Edits are kept until they are saved or discarded, and never overwrite a version that was not shown. */
import { createSignal, Show } from "solid-js";
import type { JSX } from "solid-js";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Task_State } from "../gen/docket/task/v1/task_pb.ts";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";
import { nameOf } from "../lists/lists.ts";
import { Fault, Trouble } from "../ui/fault.tsx";
import { createSending } from "../ui/form.ts";
import { useWorkspace } from "../workspace/workspace.ts";
import { dayOf, formatDay } from "./due.ts";
import { DueField, ConflictNotice, PriorityField } from "./editor-fields.tsx";
import type { FieldName } from "./draft.ts";
import { IdempotencyKey } from "./idempotency-key.ts";

interface TaskEditorProps {
  readonly task: Task;
  /** Called once the task is deleted. */
  onGone(): void;
  /** Called once the task is saved, when the Save button is gone. */
  onSaved(): void;
}

const paths = ["task.title", "task.description", "task.due", "task.due.local", "task.due.time_zone"];

export function TaskEditor(props: TaskEditorProps): JSX.Element {
  const workspace = useWorkspace();
  const { actions, lists, toasts } = workspace;
  const draft = workspace.draft(props.task.id);
  const idempotencyKey = new IdempotencyKey(workspace.newId);
  let form!: HTMLFormElement;
  /** The etag of the version whose conflicts are shown. */
  const [reportedEtag, setReportedEtag] = createSignal<string>();
  const sending = createSending(paths, async () => {
    if (reportedEtag() === props.task.etag) draft.rebase(props.task);
    const saved = await actions.save(props.task.id, draft, idempotencyKey);
    if (saved === "conflict") setReportedEtag(props.task.etag);
    else toasts.show({ text: "Saved" });
    props.onSaved();
  });
  const discard = (): void => {
    draft.clear();
    sending.clear();
  };
  const conflict = (field: FieldName): boolean =>
    reportedEtag() === props.task.etag && draft.conflicts(props.task).includes(field);
  const dirty = (): boolean => draft.fields().length > 0;
  const done = (): boolean => props.task.state === Task_State.COMPLETED;
  const list = (): string => {
    const holder = lists.byId(props.task.taskListId) ?? lists.inbox();
    return holder ? nameOf(holder) : "";
  };
  const created = (): string =>
    props.task.createTime ? `created ${formatDay(dayOf(timestampDate(props.task.createTime)))}` : "";
  const dueFault = (): string | undefined =>
    sending.fault("task.due") ?? sending.fault("task.due.local") ?? sending.fault("task.due.time_zone");
  const sendByEnter = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (dirty()) form.requestSubmit();
  };
  return (
    <form ref={form} class="editor" noValidate onSubmit={sending.submit}>
      <Show when={conflict("title") || conflict("description") || conflict("priority") || conflict("due")}>
        <p class="banner" role="alert">
          This task was changed elsewhere. What you typed is kept: save again to write it over the change.
        </p>
      </Show>
      <label class="editor-title" classList={{ done: done() }}>
        <span class="hidden">Title</span>
        <textarea
          rows={1}
          aria-invalid={sending.fault("task.title") ? true : undefined}
          aria-describedby={sending.fault("task.title") ? "title-fault" : undefined}
          value={draft.value("title", props.task)}
          onInput={(event) => draft.type("title", event.currentTarget.value, props.task)}
          onKeyDown={sendByEnter}
        />
      </label>
      <Fault id="title-fault" text={sending.fault("task.title")} />
      <ConflictNotice field="title" shown={conflict("title")} draft={draft} task={props.task} />
      <p class="muted small">{[list(), created()].filter(Boolean).join(" · ")}</p>
      <DueField draft={draft} task={props.task} fault={dueFault()} />
      <ConflictNotice field="due" shown={conflict("due")} draft={draft} task={props.task} />
      <PriorityField draft={draft} task={props.task} />
      <ConflictNotice field="priority" shown={conflict("priority")} draft={draft} task={props.task} />
      <label class="editor-notes">
        <span class="label">Notes</span>
        <textarea
          rows={4}
          aria-invalid={sending.fault("task.description") ? true : undefined}
          aria-describedby={sending.fault("task.description") ? "notes-fault" : undefined}
          value={draft.value("description", props.task)}
          onInput={(event) => draft.type("description", event.currentTarget.value, props.task)}
        />
      </label>
      <Fault id="notes-fault" text={sending.fault("task.description")} />
      <ConflictNotice field="description" shown={conflict("description")} draft={draft} task={props.task} />
      <Trouble text={sending.trouble()} />
      <Show when={dirty()}>
        <div class="editor-bar">
          <button type="submit" class="primary" aria-disabled={sending.busy()}>
            Save
          </button>
          <button type="button" class="quiet" onClick={discard}>
            Discard changes
          </button>
        </div>
      </Show>
      <div class="editor-acts">
        <button
          type="button"
          class="quiet"
          onClick={() => void (done() ? actions.reopen(props.task.id) : actions.complete(props.task.id))}
        >
          {done() ? "Reopen" : "Complete"}
        </button>
        <button
          type="button"
          class="quiet danger"
          onClick={() => {
            void actions.remove(props.task.id);
            props.onGone();
          }}
        >
          Delete
        </button>
      </div>
    </form>
  );
}
