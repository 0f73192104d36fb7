/** A list of tasks in each of its states: loading, failed, empty, loaded, with more to load. */
import { For, Match, Show, Switch } from "solid-js";
import type { JSX } from "solid-js";
import { useSearchParams } from "@solidjs/router";
import { focusHeading, isFocusFree } from "../ui/page.tsx";
import { Failed, Skeleton } from "../ui/states.tsx";
import { useWorkspace } from "../workspace/workspace.ts";
import type { TaskPages } from "./pages.ts";
import { rowId } from "./row-id.ts";
import { TaskRow } from "./task-row.tsx";

interface TaskListProps {
  readonly pages: TaskPages;
  /** The ids that another list shows. */
  readonly except?: readonly string[];
  readonly label: string;
  readonly showList: boolean;
  /** Shown while the list is empty. */
  readonly empty: JSX.Element;
}

export function TaskList(props: TaskListProps): JSX.Element {
  const { actions, cache } = useWorkspace();
  const [query] = useSearchParams<{ task: string; completed: string }>();
  const ids = (): readonly string[] => props.pages.ids().filter((id) => !props.except?.includes(id));
  const href = (id: string): string => `?${query.completed ? "completed=1&" : ""}task=${id}`;
  const remove = (id: string): void => {
    const next = ids()[ids().indexOf(id) + 1] ?? ids()[ids().indexOf(id) - 1];
    void actions.remove(id);
    if (next) document.getElementById(`bin-${next}`)?.focus();
    else focusHeading();
  };
  /** The button goes with the last page, and its focus to the first task that came. */
  const more = async (): Promise<void> => {
    const before = ids().length;
    await props.pages.more();
    const next = ids()[before];
    if (next && isFocusFree()) document.getElementById(rowId(next))?.focus();
  };
  const retry = async (): Promise<void> => {
    await props.pages.retry();
    if (isFocusFree()) focusHeading();
  };
  return (
    <Switch>
      <Match when={props.pages.status() === "loading" && ids().length === 0}>
        <Skeleton label="Loading tasks" />
      </Match>
      <Match when={props.pages.status() === "failed" && ids().length === 0}>
        <Failed
          title="Your tasks can't be shown"
          message={props.pages.failure()?.message ?? ""}
          action="Try again"
          onAction={() => void retry()}
        />
      </Match>
      <Match when={ids().length === 0 && !props.pages.hasMore()}>{props.empty}</Match>
      <Match when={true}>
        <ul aria-label={props.label}>
          <For each={ids()}>
            {(id) => (
              <Show when={cache.get(id)}>
                {(task) => (
                  <TaskRow
                    task={task()}
                    href={href(id)}
                    current={query.task === id}
                    showList={props.showList}
                    onRemove={() => remove(id)}
                  />
                )}
              </Show>
            )}
          </For>
        </ul>
        <Show when={props.pages.failure()}>
          {(failure) => (
            <div class="trouble" role="alert">
              <p>{failure().message}</p>
              <button type="button" class="quiet" onClick={() => void retry()}>
                Try again
              </button>
            </div>
          )}
        </Show>
        <Show when={props.pages.hasMore()}>
          <button type="button" class="quiet wide" onClick={() => void more()}>
            {props.pages.status() === "more" ? "Loading" : "Show more"}
          </button>
        </Show>
      </Match>
    </Switch>
  );
}
