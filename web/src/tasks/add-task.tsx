/** The form that adds a task. List, priority and due date appear once it has the focus or content. */
import { createSignal, createUniqueId, For, Show } from "solid-js";
import type { JSX } from "solid-js";
import { nameOf } from "../lists/lists.ts";
import { Fault } from "../ui/fault.tsx";
import { createSending } from "../ui/form.ts";
import { isFocusFree } from "../ui/page.tsx";
import { useWorkspace } from "../workspace/workspace.ts";
import { notDue } from "./due.ts";
import { priorities } from "./priority.ts";

interface AddTaskProps {
  /** The list in view; absent for all tasks. */
  readonly listId: string | undefined;
}

export function AddTask(props: AddTaskProps): JSX.Element {
  const { actions, lists, newTask, toasts } = useWorkspace();
  const id = createUniqueId();
  let form!: HTMLFormElement;
  let input!: HTMLInputElement;
  const [near, setNear] = createSignal(false);
  const [untitled, setUntitled] = createSignal(false);
  const [said, setSaid] = createSignal("");
  const listId = (): string => {
    const chosen = newTask.values().listId;
    // The chosen list may have been deleted. That is known only once the lists are loaded.
    const exists = chosen !== "" && (!lists.all() || lists.byId(chosen));
    return exists ? chosen : (props.listId ?? lists.inbox()?.id ?? "");
  };
  const hasTitle = (): boolean => newTask.values().title.trim() !== "";
  const sending = createSending(["task.title"], async () => {
    setUntitled(!hasTitle());
    if (untitled()) return input.focus();
    const sent = newTask.values();
    const due = { ...notDue, day: sent.day };
    const added = await actions.add({ title: sent.title, description: "", priority: sent.priority, due }, listId());
    const list = lists.byId(added.taskListId);
    if (props.listId && list && list.id !== props.listId) toasts.show({ text: `Added to ${nameOf(list)}` });
    else setSaid(`Added ${added.title}`);
    newTask.settle(sent);
    if (isFocusFree() || form.contains(document.activeElement)) input.focus();
  });
  const fault = (): string | undefined => {
    if (untitled() && !hasTitle()) return "Write what is to be done.";
    return sending.fault("task.title") ?? sending.trouble();
  };
  const open = (): boolean => near() || !newTask.isEmpty();
  return (
    <form
      ref={form}
      class="adding"
      noValidate
      aria-label="Add a task"
      onSubmit={sending.submit}
      onFocusIn={() => setNear(true)}
      onFocusOut={(event) =>
        setNear(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))
      }
    >
      <div role="alert">
        <Fault id={`${id}-fault`} text={fault()} />
      </div>
      <span class="hidden" role="status">
        {said()}
      </span>
      <Show when={open()}>
        <div class="choices">
          <div class="choices-row">
            <select
              aria-label="List"
              value={listId()}
              onChange={(event) => newTask.type({ listId: event.currentTarget.value })}
            >
              <For each={lists.all() ?? []}>
                {(list) => (
                  <option value={list.id} selected={list.id === listId()}>
                    {nameOf(list)}
                  </option>
                )}
              </For>
            </select>
            <select
              aria-label="Priority"
              value={newTask.values().priority}
              onChange={(event) => newTask.type({ priority: Number(event.currentTarget.value) })}
            >
              <For each={priorities}>
                {(look) => <option value={look.value}>{look.mark ? look.name : "Priority"}</option>}
              </For>
            </select>
            <input
              aria-label="Due"
              type="date"
              value={newTask.values().day}
              onInput={(event) => newTask.type({ day: event.currentTarget.value })}
            />
          </div>
        </div>
      </Show>
      <div class="add">
        <input
          ref={input}
          aria-label="Task"
          aria-invalid={fault() ? true : undefined}
          aria-describedby={fault() ? `${id}-fault` : undefined}
          placeholder="Add a task"
          autocomplete="off"
          enterkeyhint="done"
          value={newTask.values().title}
          onInput={(event) => newTask.type({ title: event.currentTarget.value })}
        />
        <button class="primary" type="submit" aria-disabled={sending.busy()}>
          Add
        </button>
      </div>
    </form>
  );
}
