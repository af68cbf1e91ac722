// The API client: requests for data and submissions; every failure becomes a Refusal with a code.
import { addressOf, addTo } from "./address.js";

const TIMEOUT_MS = 20_000;
const DEFAULT_WAIT_S = 60;
const SHARED_MS = 5_000;
const BUSY = 503;
const TRIES_AGAIN = 3;
const WORTH_ANOTHER_TRY = ["form-token-expired", "unreachable"];

/** A failed request: its code, error codes by field with their values, and the seconds to wait. */
export class Refusal extends Error {
  constructor(code, problem) {
    super(code);
    Object.assign(this, { fields: {}, waitSeconds: DEFAULT_WAIT_S, ...problem, code });
  }
}

async function ask(url, options) {
  let response;
  try {
    response = await fetch(url, {
      credentials: "omit",
      referrerPolicy: "strict-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...options,
    });
    if (response.ok) return await response.json();
  } catch (error) {
    // A TypeError means no network, or a Content-Security-Policy or CORS refusal; other errors are a timeout or invalid
    // JSON.
    throw new Refusal(error instanceof TypeError ? "unreachable" : "unavailable");
  }
  const problem = await response.json().catch(() => ({}));
  const waitSeconds = Number(response.headers.get("Retry-After")) || DEFAULT_WAIT_S;
  throw new Refusal(problem.code ?? "unavailable", { ...problem, waitSeconds });
}

const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));

const asking = new Map();

/**
 * Shares one request between all elements that want the same URL within a few seconds; with `since`, the answer is
 * newer than that moment and from no cache.
 */
function askTogether(url, since) {
  const now = performance.now();
  const known = asking.get(url.href);
  if (known?.since > (since ?? now - SHARED_MS)) return known.answer;
  // Browsers reuse a preloaded response only with this credentials mode; it sends no cookies to another origin either.
  const credentials = url.origin === origin ? "omit" : "same-origin";
  const answer = ask(url, { cache: since && "reload", credentials });
  asking.set(url.href, { answer, since: now });
  answer.catch(() => asking.delete(url.href));
  return answer;
}

/** The API of one statement, as seen by one partner's page. */
export class Api {
  #url;
  #frame;
  #data;
  #token;
  #ripeAt;

  /**
   * `framed` is the form token in the frame's own page; on a partner's page it is missing, and the data contains one.
   */
  constructor({ server, statement, partner, locale, framed }) {
    this.#url = addressOf(server, "api/v1/statements/", statement, { partner, locale });
    if (framed != null) this.#frame = addressOf(server, "embed/", statement, { partner, locale });
    this.#token = framed;
  }

  /** Fetches the statement, its form and a fresh form token, not older than the moment `since`. */
  async load(since) {
    this.#data = await askTogether(this.#url, since);
    if (!this.#frame) this.#token = this.#data.form_token;
    this.#ripeAt = performance.now() + this.#data.form.min_fill_seconds * 1000;
    return this.#data;
  }

  /** Fetches a fresh form token; that of a frame comes from an address that only the frame can read. */
  async #renew() {
    if (!this.#frame) return this.load(performance.now());
    this.#token = (await ask(this.#under("token"), { cache: "no-store" })).form_token;
  }

  #under(path, base = this.#frame) {
    const url = new URL(base);
    url.pathname += `/${path}`;
    return url;
  }

  /** Asks the server what is wrong with the embedding page. */
  check(facts) {
    return ask(addTo(this.#under("embed-check", this.#url), facts), { cache: "no-store" });
  }

  /** Fetches a page of the public list: of one kind, after a cursor, with names that contain `q`. */
  list(asked, since) {
    return askTogether(addTo(this.#under("signatories", this.#url), asked), since);
  }

  /** Posts a submission; if the form token has expired or the answer was lost, retries once with a fresh token. */
  async submit(submission) {
    try {
      return await this.#post(submission);
    } catch (refusal) {
      if (!WORTH_ANOTHER_TRY.includes(refusal.code)) throw refusal;
      await this.#renew();
      return this.#post(submission).catch((again) => {
        // The server answers but the POST still fails: browsers do not reveal that it refused this page's origin.
        throw again.code === "unreachable" ? new Refusal("origin-refused") : again;
      });
    }
  }

  async #post(submission) {
    await pause(this.#ripeAt - performance.now());
    return this.#send("signatures", { ...submission, form_token: this.#token });
  }

  /** Posts the code from the email, with the key of the submission that it confirms. */
  confirm(typed) {
    return this.#send("confirmations", typed);
  }

  /**
   * Posts, and again some times if the server says that it is busy: after the wait that it asks for, and at random up to
   * as much again, so that a crowd does not return at once.
   */
  async #send(path, body, tries = TRIES_AGAIN) {
    try {
      return await ask(this.#under(path, this.#frame ?? this.#url), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
    } catch (refusal) {
      if (!tries || refusal.status !== BUSY) throw refusal;
      await pause(refusal.waitSeconds * (1 + Math.random()) * 1000);
      return this.#send(path, body, tries - 1);
    }
  }
}
