// Makes the idempotency key by which the server recognises a repeated submission, so that a retry never signs twice.

/** 160 random bits, URL-safe; `crypto.randomUUID` is missing on plain-http pages. */
const randomKey = () => crypto.getRandomValues(new Uint32Array(5)).join("-");

/** Keeps one key for the same content until that content is accepted. */
export class SubmissionKey {
  #content;
  #key;

  /** Returns the same key for a retry of the same content, a new one for other content. */
  keyFor(content) {
    const typed = JSON.stringify(content);
    if (typed !== this.#content) [this.#content, this.#key] = [typed, randomKey()];
    return this.#key;
  }

  /** After an accepted answer even the same content is a new submission. */
  accepted() {
    this.#content = undefined;
  }
}
