/** All tasks, or those of one list. List, open task and visibility of completed tasks are in the address. */
import { createEffect, createMemo, lazy, Match, on, onMount, Show, Suspense, Switch } from "solid-js";
import type { JSX } from "solid-js";
import { A, useParams, useSearchParams } from "@solidjs/router";
import { Task_State } from "../gen/docket/task/v1/task_pb.ts";
import { nameOf } from "../lists/lists.ts";
import { createOnline } from "../ui/connection.ts";
import { createWide } from "../ui/media.ts";
import { Failed } from "../ui/states.tsx";
import { View } from "../workspace/view.tsx";
import { useWorkspace } from "../workspace/workspace.ts";
import { AddTask } from "./add-task.tsx";
import { formatShortDay } from "./due.ts";
import { TaskList } from "./task-list.tsx";
import "../styles/tasks.css";

/** Loaded apart: the list does not need it, and it is preloaded before a task is opened. */
const TaskDetail = lazy(() => import("./task-detail.tsx"));

export default function TasksView(): JSX.Element {
  const params = useParams<{ listId: string }>();
  return (
    <Show when={params.listId || "all"} keyed>
      {(list) => <TasksOf listId={list === "all" ? undefined : list} />}
    </Show>
  );
}

interface TasksOfProps {
  /** Constant; absent for all tasks. */
  readonly listId: string | undefined;
}

function TasksOf(props: TasksOfProps): JSX.Element {
  const { lists } = useWorkspace();
  const known = createMemo(() => props.listId === undefined || lists.all() !== undefined);
  const title = (): string | undefined => {
    const list = props.listId ? lists.byId(props.listId) : undefined;
    return props.listId ? list && nameOf(list) : "All tasks";
  };
  return (
    <Switch>
      <Match when={!known() && lists.failure()}>
        <View title="Lists">
          <Failed
            title="Your lists can't be shown"
            message={lists.failure()?.message ?? ""}
            action="Try again"
            onAction={() => void lists.load()}
          />
        </View>
      </Match>
      <Match when={known() && title() === undefined}>
        <View title="Not here">
          <div class="empty">
            <p class="muted">This list isn't here any more.</p>
            <A href="/tasks">All tasks</A>
          </div>
        </View>
      </Match>
      <Match when={known()}>
        <TasksPage listId={props.listId} title={title() ?? ""} />
      </Match>
    </Switch>
  );
}

interface TasksPageProps {
  readonly listId: string | undefined;
  readonly title: string;
}

function TasksPage(props: TasksPageProps): JSX.Element {
  const workspace = useWorkspace();
  const { cache } = workspace;
  const pages = { open: workspace.pages(props.listId, "open"), completed: workspace.pages(props.listId, "completed") };
  const [query, setQuery] = useSearchParams<{ task: string; completed: string }>();
  const wide = createWide();
  const showsCompleted = createMemo(() => query.completed !== undefined);
  const loadCompleted = (): void => void (showsCompleted() && pages.completed.load());
  const load = (): void => {
    void pages.open.load();
    loadCompleted();
  };
  createOnline(load);
  onMount(() => void TaskDetail.preload());
  void pages.open.load();
  createEffect(on(showsCompleted, loadCompleted));
  const countOf = (state: Task_State): number => pages.open.ids().filter((id) => cache.get(id)?.state === state).length;
  const openCount = (): number => countOf(Task_State.OPEN);
  const toDo = (): string => {
    if (pages.open.status() === "loading" || pages.open.status() === "failed") return "";
    if (openCount() === 0 && !pages.open.hasMore()) return "Nothing to do";
    return `${openCount()}${pages.open.hasMore() ? " or more" : ""} to do`;
  };
  const day = props.listId ? "" : formatShortDay(workspace.today());
  return (
    <>
      <View
        title={props.title}
        note={
          <>
            <span>{day}</span>
            {day && toDo() && " · "}
            <span>{toDo()}</span>
          </>
        }
        covered={query.task !== undefined && !wide()}
        action={
          <button
            type="button"
            class="link small"
            onClick={() =>
              setQuery({ completed: showsCompleted() ? undefined : "1" }, { replace: true, scroll: false })
            }
          >
            {showsCompleted() ? "Hide completed" : "Show completed"}
          </button>
        }
        dock={<AddTask listId={props.listId} />}
      >
        <TaskList
          pages={pages.open}
          label="To do"
          showList={!props.listId}
          empty={
            <div class="empty">
              <h2>All clear</h2>
              <p class="muted">Write what comes to mind below.</p>
            </div>
          }
        />
        <Show when={showsCompleted()}>
          <section>
            <div class="group">
              <h2>Completed</h2>
            </div>
            <TaskList
              pages={pages.completed}
              except={pages.open.ids()}
              label="Completed"
              showList={!props.listId}
              empty={
                <p class="muted small nothing">
                  {countOf(Task_State.COMPLETED) > 0 ? "Nothing else completed yet." : "Nothing completed yet."}
                </p>
              }
            />
          </section>
        </Show>
      </View>
      <Show when={query.task} keyed>
        {(id) => (
          <Suspense>
            <TaskDetail id={id} modal={!wide()} />
          </Suspense>
        )}
      </Show>
    </>
  );
}
