/** One short message at a time, with what can be done about it. */
import { createSignal } from "solid-js";
import type { Accessor } from "solid-js";

export interface Toast {
  readonly text: string;
  readonly action?: ToastAction;
}

export interface ToastAction {
  readonly label: "Undo" | "Try again";
  run(): void;
  /** The id of the element that it brings back, for the focus to go to. */
  readonly focus?: string;
}

/** Long enough to read it, in milliseconds. */
const toRead = 4_000;

/** Long enough to read it, find the button and press it. */
const toAct = 10_000;

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
    this.release();
  }

  dismiss(): void {
    clearTimeout(this.#timer);
    this.#set(undefined);
  }

  /** Does what the toast offers, once. */
  act(): void {
    const action = this.current()?.action;
    this.dismiss();
    action?.run();
  }

  /** Keeps it as long as the reader is at it. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dismiss(), this.current()?.action ? toAct : toRead);
  }
}
