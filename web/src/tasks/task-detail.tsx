/** The open task: beside the list on a wide screen, over it on a narrow one. */
import { createEffect, createMemo, createSignal, onCleanup, onMount, Show } from "solid-js";
import type { JSX } from "solid-js";
import { useSearchParams } from "@solidjs/router";
import { failureOf } from "../errors.ts";
import type { Failure } from "../errors.ts";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";
import { CloseIcon } from "../ui/icons.tsx";
import { Offline } from "../ui/offline.tsx";
import { focusHeading, isFocusFree } from "../ui/page.tsx";
import { Failed, Skeleton } from "../ui/states.tsx";
import { useWorkspace } from "../workspace/workspace.ts";
import { rowId } from "./row-id.ts";
import { TaskEditor } from "./task-editor.tsx";
import "../styles/detail.css";

interface TaskDetailProps {
  /** Constant. */
  readonly id: string;
  /** It covers the list, which is inert. */
  readonly modal: boolean;
}

export default function TaskDetail(props: TaskDetailProps): JSX.Element {
  const { actions, cache } = useWorkspace();
  const [, setQuery] = useSearchParams<{ task: string }>();
  const [failure, setFailure] = createSignal<Failure>();
  let panel!: HTMLDivElement;
  const close = (): void => setQuery({ task: undefined }, { replace: true, scroll: false });
  const open = async (): Promise<void> => {
    setFailure(undefined);
    try {
      await actions.open(props.id);
    } catch (error) {
      setFailure(failureOf(error));
    }
  };
  /** Takes the focus if the focused control was removed. */
  const keepFocus = (): void => {
    if (isFocusFree()) panel.focus({ preventScroll: true });
  };
  const alive = (): Task | undefined => {
    const task = cache.get(props.id);
    return task?.deleteTime ? undefined : task;
  };
  const seen = createMemo<boolean>((before) => before || cache.get(props.id) !== undefined, false);
  const gone = (): boolean => !alive() && (seen() || isGone(failure()));
  createEffect(() => gone() && keepFocus());
  onMount(() => {
    const opener = document.activeElement;
    panel.focus({ preventScroll: true });
    onCleanup(() => returnFocus(props.id, opener));
  });
  if (!cache.get(props.id)) void open();
  return (
    <div
      class="detail"
      ref={panel}
      tabindex={-1}
      role={props.modal ? "dialog" : "complementary"}
      aria-modal={props.modal || undefined}
      aria-label="Task"
      onKeyDown={(event) => event.key === "Escape" && close()}
      onClick={keepFocus}
    >
      <div class="detail-head">
        <button type="button" class="close" onClick={close}>
          <CloseIcon />
          <span class="hidden">Close</span>
        </button>
      </div>
      <Show when={props.modal}>
        <Offline />
      </Show>
      <Show
        when={alive()}
        fallback={
          <Show when={gone() || failure()} fallback={<Skeleton label="Loading the task" lines={2} />}>
            <TaskUnavailable failure={gone() ? undefined : failure()} onRetry={() => void open()} onClose={close} />
          </Show>
        }
      >
        {(task) => <TaskEditor task={task()} onGone={close} onSaved={keepFocus} />}
      </Show>
    </div>
  );
}

interface TaskUnavailableProps {
  /** Absent where the task is gone. */
  readonly failure: Failure | undefined;
  onRetry(): void;
  onClose(): void;
}

function TaskUnavailable(props: TaskUnavailableProps): JSX.Element {
  return (
    <Failed
      title={props.failure ? "The task can't be shown" : "This task isn't here any more"}
      message={props.failure?.message ?? "It may have been deleted."}
      action={props.failure ? "Try again" : "Close"}
      onAction={() => (props.failure ? props.onRetry() : props.onClose())}
    />
  );
}

/** A malformed id in the address is reported as a missing task. */
function isGone(failure: Failure | undefined): boolean {
  return failure?.reason === "NOT_FOUND" || failure?.reason === "INVALID_ARGUMENT";
}

/** Moves the focus to the task's row, else to the element that opened it, else to the heading. */
function returnFocus(taskId: string, opener: Element | null): void {
  // The list is inert until this update is over.
  queueMicrotask(() => {
    if (!isFocusFree()) return;
    const row = document.getElementById(rowId(taskId)) ?? opener;
    if (row instanceof HTMLElement && row.isConnected) row.focus({ preventScroll: true });
    if (isFocusFree()) focusHeading();
  });
}
