/**
 * One request id for one thing that the reader wants: the same however often it is tried, another once they want
 * something else. So a write whose answer was lost is never done twice.
 */
export class Intention {
  readonly #newId: () => string;
  #content: string | undefined;
  #id = "";

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** @param content All that the request says, as text. */
  idFor(content: string): string {
    if (content !== this.#content) {
      this.#content = content;
      this.#id = this.#newId();
    }
    return this.#id;
  }

  /** It is done: the same content again is a new wish. */
  done(): void {
    this.#content = undefined;
  }
}
