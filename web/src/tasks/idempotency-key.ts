/**
 * The request id of a form's write: the same for every attempt with the same content, a new one for other content. The
 * server does a write once for each request id, so a retry after a lost answer has no second effect.
 */
export class IdempotencyKey {
  readonly #newId: () => string;
  #content: string | undefined;
  #id = "";

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** @param content Everything that the request contains, as text. @returns the request id */
  of(content: string): string {
    if (content !== this.#content) {
      this.#content = content;
      this.#id = this.#newId();
    }
    return this.#id;
  }

  /** The write succeeded: the same content again is another write. */
  reset(): void {
    this.#content = undefined;
  }
}
