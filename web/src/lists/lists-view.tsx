/** All lists, and the form that creates one. */
import { createSignal, For, Match, Switch } from "solid-js";
import type { JSX } from "solid-js";
import { A, useNavigate } from "@solidjs/router";
import { Field } from "../ui/field.tsx";
import { createSending } from "../ui/form.ts";
import { DotIcon, InboxIcon } from "../ui/icons.tsx";
import { Failed, Skeleton } from "../ui/states.tsx";
import { View } from "../workspace/view.tsx";
import { useWorkspace } from "../workspace/workspace.ts";
import { nameOf } from "./lists.ts";
import "../styles/lists.css";

export default function ListsView(): JSX.Element {
  const { lists } = useWorkspace();
  return (
    <View title="Lists">
      <Switch>
        <Match when={lists.all()}>
          {(all) => (
            <ul class="lists" aria-label="Lists">
              <For each={all()}>
                {(list) => (
                  <li>
                    <A href={`/lists/${list.id}`}>
                      {list.inbox ? <InboxIcon /> : <DotIcon color={list.color} />}
                      <span>{nameOf(list)}</span>
                    </A>
                  </li>
                )}
              </For>
            </ul>
          )}
        </Match>
        <Match when={lists.failure()}>
          {(failure) => (
            <Failed
              title="Your lists can't be shown"
              message={failure().message}
              action="Try again"
              onAction={() => void lists.load()}
            />
          )}
        </Match>
        <Match when={true}>
          <Skeleton label="Loading lists" />
        </Match>
      </Switch>
      <NewList />
    </View>
  );
}

function NewList(): JSX.Element {
  const { lists } = useWorkspace();
  const navigate = useNavigate();
  const [title, setTitle] = createSignal("");
  const sending = createSending(["task_list.title"], async () => {
    const list = await lists.add(title());
    navigate(`/lists/${list.id}`);
  });
  return (
    <form class="new-list" noValidate onSubmit={sending.submit}>
      <Field
        label="New list"
        name="title"
        autocomplete="off"
        value={title()}
        onValue={setTitle}
        fault={sending.fault("task_list.title") ?? sending.trouble()}
      />
      <button type="submit" class="primary" aria-disabled={sending.busy()}>
        Create list
      </button>
    </form>
  );
}
