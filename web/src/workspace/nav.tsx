/** Navigation between the views: at the bottom on a phone, at the side on a wide screen. */
import { For, Show } from "solid-js";
import type { JSX } from "solid-js";
import { A } from "@solidjs/router";
import { nameOf } from "../lists/lists.ts";
import { Brand } from "../ui/brand.tsx";
import { AccountIcon, AllIcon, DotIcon, InboxIcon, ListsIcon, PlusIcon } from "../ui/icons.tsx";
import { useWorkspace } from "./workspace.ts";

export function Side(): JSX.Element {
  const { lists } = useWorkspace();
  return (
    <nav class="side" aria-label="Lists">
      <Brand />
      <A href="/tasks">
        <AllIcon />
        All tasks
      </A>
      <Show when={lists.inbox()}>
        {(inbox) => (
          <A href={`/lists/${inbox().id}`}>
            <InboxIcon />
            Inbox
          </A>
        )}
      </Show>
      <h2>Lists</h2>
      <For each={lists.own()}>
        {(list) => (
          <A href={`/lists/${list.id}`}>
            <DotIcon color={list.color} />
            <span class="clip">{nameOf(list)}</span>
          </A>
        )}
      </For>
      <A href="/lists" end>
        <PlusIcon />
        New list
      </A>
      <A href="/account" class="side-last">
        <AccountIcon />
        Account
      </A>
    </nav>
  );
}

export function BottomNav(): JSX.Element {
  return (
    <nav class="nav" aria-label="Views">
      <A href="/tasks">
        <AllIcon />
        All tasks
      </A>
      <A href="/lists">
        <ListsIcon />
        Lists
      </A>
      <A href="/account">
        <AccountIcon />
        Account
      </A>
    </nav>
  );
}
