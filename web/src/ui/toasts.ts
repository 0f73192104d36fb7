/** Short messages, one at a time, each with at most one action. */
import { createSignal } from "solid-js";
import type { Accessor } from "solid-js";

export interface Toast {
  readonly text: string;
  readonly action?: ToastAction;
}

export interface ToastAction {
  readonly label: "Undo" | "Try again";
  run(): void;
  /** The id of the element to focus after the action, if it is there. */
  readonly focus?: string;
}

/** Milliseconds for which a toast without an action stays. */
const readingTime = 4_000;

/** Milliseconds for which a toast with an action stays: long enough to read it, find the button and press it. */
const actionTime = 10_000;

export class Toasts {
  readonly current: Accessor<Toast | undefined>;
  readonly #set: (toast: Toast | undefined) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const [current, set] = createSignal<Toast>();
    this.current = current;
    this.#set = (toast) => void set(() => toast);
  }

  show(toast: Toast): void {
    this.#set(toast);
    this.restartTimer();
  }

  dismiss(): void {
    clearTimeout(this.#timer);
    this.#set(undefined);
  }

  /** Runs the action of the toast, once. */
  act(): void {
    const action = this.current()?.action;
    this.dismiss();
    action?.run();
  }

  /** Keeps the toast while the user points at it or has the focus in it. */
  pauseTimer(): void {
    clearTimeout(this.#timer);
  }

  restartTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dismiss(), this.current()?.action ? actionTime : readingTime);
  }
}
