/** The open task: beside the list on a wide screen, over it on a narrow one. */
import { createSignal, onCleanup, onMount, Show } from "solid-js";
import type { JSX } from "solid-js";
import { useSearchParams } from "@solidjs/router";
import { failureOf } from "../errors.ts";
import type { Failure } from "../errors.ts";
import { CloseIcon } from "../ui/icons.tsx";
import { Failed, Skeleton } from "../ui/states.tsx";
import { useWorkspace } from "../workspace/workspace.ts";
import { TaskEditor } from "./task-editor.tsx";
import "../styles/detail.css";

interface TaskDetailProps {
  /** Never changes. */
  readonly id: string;
  /** It lies over the list, and nothing else can be reached. */
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
  onMount(() => {
    const opener = document.activeElement;
    panel.focus({ preventScroll: true });
    onCleanup(() => {
      // The list can be reached again only after this, and the row may be gone.
      queueMicrotask(() => {
        const row = document.getElementById(`task-${props.id}`) ?? opener;
        if (row instanceof HTMLElement && document.activeElement === document.body) row.focus({ preventScroll: true });
      });
    });
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
    >
      <button type="button" class="close" onClick={close}>
        <CloseIcon />
        <span class="hidden">Close</span>
      </button>
      <Show
        when={cache.get(props.id)}
        fallback={
          <Show when={failure()} fallback={<Skeleton label="Loading the task" lines={2} />}>
            {(failed) => <Unopened failure={failed()} onRetry={() => void open()} onClose={close} />}
          </Show>
        }
      >
        {(task) => <TaskEditor task={task()} onGone={close} />}
      </Show>
    </div>
  );
}

interface UnopenedProps {
  readonly failure: Failure;
  onRetry(): void;
  onClose(): void;
}

function Unopened(props: UnopenedProps): JSX.Element {
  // An address with a broken id is, to the reader, one of a task that is gone.
  const gone = (): boolean => props.failure.reason === "NOT_FOUND" || props.failure.reason === "INVALID_ARGUMENT";
  return (
    <Failed
      title={gone() ? "This task isn't here any more" : "The task can't be shown"}
      message={gone() ? "It may have been deleted." : props.failure.message}
      action={gone() ? "Close" : "Try again"}
      onAction={() => (gone() ? props.onClose() : props.onRetry())}
    />
  );
}
