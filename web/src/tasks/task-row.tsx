/** A task in a list: the button that completes it, title, due date, priority and list, and the delete button. */
import { onCleanup, Show } from "solid-js";
import type { JSX } from "solid-js";
import { A } from "@solidjs/router";
import { Task_State } from "../gen/docket/task/v1/task_pb.ts";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";
import { nameOf } from "../lists/lists.ts";
import { BinIcon } from "../ui/icons.tsx";
import { isFocusFree } from "../ui/page.tsx";
import { useWorkspace } from "../workspace/workspace.ts";
import { isOverdue, formatDue } from "./due.ts";
import { lookOf } from "./priority.ts";
import { rowId } from "./row-id.ts";

interface TaskRowProps {
  readonly task: Task;
  /** The address of the open task. */
  readonly href: string;
  /** It is open beside the list. */
  readonly current: boolean;
  /** Whether to say which list holds it. */
  readonly showList: boolean;
  onRemove(): void;
}

export function TaskRow(props: TaskRowProps): JSX.Element {
  const { actions, lists } = useWorkspace();
  const done = (): boolean => props.task.state === Task_State.COMPLETED;
  const look = (): ReturnType<typeof lookOf> => lookOf(props.task.priority);
  const listName = (): string | undefined => {
    const list = lists.byId(props.task.taskListId) ?? lists.inbox();
    return props.showList && list && !list.inbox ? nameOf(list) : undefined;
  };
  const changeState = (): void => void (done() ? actions.reopen(props.task.id) : actions.complete(props.task.id));
  let row!: HTMLLIElement;
  onCleanup(() => keepFocus(row));
  return (
    <li ref={row} class={`task ${look().mark}`} classList={{ done: done(), current: props.current }}>
      <button type="button" class="check" id={`check-${props.task.id}`} onClick={changeState}>
        <i aria-hidden="true" />
        <span class="hidden">
          {done() ? "Reopen" : "Complete"} {props.task.title}
        </span>
      </button>
      <A href={props.href} noScroll class="body" id={rowId(props.task.id)} aria-current={props.current || undefined}>
        <span class="title">{props.task.title}</span>
        <span class="meta">
          <DueNote task={props.task} done={done()} />
          <Show when={look().mark}>
            <span>
              {look().name}
              <span class="hidden"> priority</span>
            </span>
          </Show>
          <Show when={listName()}>
            <span>{listName()}</span>
          </Show>
        </span>
      </A>
      <button type="button" class="bin" id={`bin-${props.task.id}`} onClick={() => props.onRemove()}>
        <BinIcon />
        <span class="hidden">Delete {props.task.title}</span>
      </button>
    </li>
  );
}

interface DueNoteProps {
  readonly task: Task;
  readonly done: boolean;
}

function DueNote(props: DueNoteProps): JSX.Element {
  const workspace = useWorkspace();
  const late = (): boolean => !props.done && isOverdue(props.task.due, workspace.now());
  return (
    <Show when={props.task.due}>
      {(due) => (
        <span classList={{ late: late() }}>
          <Show when={late()}>
            <span class="hidden">Overdue: </span>
          </Show>
          {formatDue(due(), workspace.today(), workspace.timeZone())}
        </span>
      )}
    </Show>
  );
}

/** Focuses the same control again after a focused row moved from one list to another. */
function keepFocus(row: HTMLElement): void {
  const focused = document.activeElement;
  if (!focused?.id || !row.contains(focused)) return;
  // Only keyboard users need to see where it moved.
  const preventScroll = !focused.matches(":focus-visible");
  queueMicrotask(() => {
    if (isFocusFree()) document.getElementById(focused.id)?.focus({ preventScroll });
  });
}
