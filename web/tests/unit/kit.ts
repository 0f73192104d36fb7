/** A browser's worth of parts for tests: stand-in services, a clock that is set, tabs and storage shared at will. */
import assert from "node:assert/strict";
import { reasonOf } from "../../src/errors.ts";
import type { Reason } from "../../src/errors.ts";
import { Session } from "../../src/session/session.ts";
import type { StorageKey, PageStorage } from "../../src/session/storage.ts";
import type { SessionEvent, Tabs } from "../../src/session/tabs.ts";
import { docketInterceptor } from "../../src/transport.ts";
import type { Surroundings } from "../../src/transport.ts";
import { Workspace } from "../../src/workspace/workspace.ts";
import { FakeBackend } from "../fake/backend.ts";

export const email = "ada@example.org";
export const password = "seven lemon trees";

/** What the tabs of one browser share. */
export class Browser {
  readonly backend = new FakeBackend();
  now = Date.UTC(2026, 10, 21, 12);
  /** How long the interceptor has paused, each time, in milliseconds. */
  readonly pauses: number[] = [];
  /** No tab hears another. */
  deaf = false;
  /** A tab has no storage and no lock in common with others, as in a browser that forbids storage, over plain http. */
  apart = false;
  readonly storage = memoryStorage();
  readonly #hearers = new Map<object, (event: SessionEvent) => void>();
  #lock: Promise<unknown> = Promise.resolve();
  #ids = 0;

  constructor() {
    this.backend.accounts.now = () => this.now;
  }

  readonly newId = (): string => `id-${(this.#ids += 1)}`;

  readonly surroundings: Surroundings = {
    timeZone: () => "Europe/Berlin",
    pause: async (milliseconds) => void this.pauses.push(milliseconds),
    random: () => 1,
  };

  /** A tab with the page open; nothing is asked yet. */
  tab(): Session {
    return new Session({
      connect: (access) => this.backend.transport(docketInterceptor(access, this.surroundings)),
      tabs: this.join(),
      storage: this.apart ? memoryStorage() : this.storage,
      exclusive: (work) => {
        if (this.apart) return work();
        const turn = this.#lock.then(work, work);
        this.#lock = turn.catch(() => undefined);
        return turn;
      },
      now: () => this.now,
      newId: this.newId,
    });
  }

  /** A tab whose reader has just signed up. */
  async signedIn(): Promise<Session> {
    const session = this.tab();
    await session.signUp("Ada", email, password);
    return session;
  }

  /** One more tab among those that hear each other. */
  join(): Tabs {
    const me = {};
    return {
      post: (event) => this.#hearers.forEach((hear, tab) => tab !== me && !this.deaf && hear(event)),
      listen: (hear) => void this.#hearers.set(me, hear),
    };
  }
}

/** PageStorage in memory. */
export function memoryStorage(): PageStorage & { readonly entries: Map<StorageKey, string> } {
  const entries = new Map<StorageKey, string>();
  return {
    entries,
    read: (key) => entries.get(key),
    write: (key, text) => void entries.set(key, text),
    erase: (key) => void entries.delete(key),
  };
}

/** What a signed-in reader works with. */
export async function workspaceIn(browser: Browser): Promise<Workspace> {
  return workspaceOf(browser, await browser.signedIn());
}

export function workspaceOf(browser: Browser, session: Session): Workspace {
  const { newId, surroundings } = browser;
  const state = session.state();
  assert.ok(state.kind === "signedIn");
  return new Workspace({
    sessionId: state.sessionId,
    transport: session.transport,
    storage: memoryStorage(),
    newId,
    timeZone: surroundings.timeZone,
    now: () => browser.now,
  });
}

/** Waits until it is so, over many turns of the event loop: nothing here waits for a clock or a network. */
export async function until(done: () => boolean): Promise<void> {
  for (let turns = 0; !done(); turns += 1) {
    assert.ok(turns < 10_000, `it never came to be: ${done.toString()}`);
    await new Promise(setImmediate);
  }
}

/** For assert.rejects: the call failed for this reason. */
export function because(reason: Reason): (error: unknown) => boolean {
  return (error) => reasonOf(error) === reason;
}
