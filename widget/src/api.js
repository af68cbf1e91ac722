// Speaks to the server: one request for the data, one for each submission, every failure turned into a code.
import { addressOf, addTo } from "./address.js";

const TIMEOUT_MS = 20_000;
const DEFAULT_WAIT_S = 60;
const SHARED_MS = 5_000;
const WORTH_ANOTHER_TRY = ["form-token-expired", "unreachable"];

/** What the server, or the way to it, refused: its code, codes by field and what their words name, seconds to wait. */
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
    // A TypeError: no network, or a policy, the page's or the server's. Else: no answer in time, or not JSON.
    throw new Refusal(error instanceof TypeError ? "unreachable" : "unavailable");
  }
  const problem = await response.json().catch(() => ({}));
  const waitSeconds = Number(response.headers.get("Retry-After")) || DEFAULT_WAIT_S;
  throw new Refusal(problem.code ?? "unavailable", { ...problem, waitSeconds });
}

const asking = new Map();

/** Asks once for all elements of a page that want the same within a few seconds; no cache answers for a moment after `since`. */
function askTogether(url, since) {
  const now = performance.now();
  const known = asking.get(url.href);
  if (known?.since > (since ?? now - SHARED_MS)) return known.answer;
  // Browsers hand over what the page has preloaded only for this mode; to another origin it sends no cookies either.
  const credentials = url.origin === origin ? "omit" : "same-origin";
  const answer = ask(url, { cache: since && "reload", credentials });
  asking.set(url.href, { answer, since: now });
  answer.catch(() => asking.delete(url.href));
  return answer;
}

/** One statement as one partner's page sees it. */
export class Api {
  #url;
  #frame;
  #data;
  #token;
  #ripeAt;

  /** `framed` is the token of the frame's page; a page of a partner has none, and gets one with the data. */
  constructor({ server, statement, partner, locale, framed }) {
    this.#url = addressOf(server, "api/v1/statements/", statement, { partner, locale });
    if (framed != null) this.#frame = addressOf(server, "embed/", statement, { partner, locale });
    this.#token = framed;
  }

  /** Fetches the statement, its form and a fresh form token; not older than the moment `since`. */
  async load(since) {
    this.#data = await askTogether(this.#url, since);
    if (!this.#frame) this.#token = this.#data.form_token;
    this.#ripeAt = performance.now() + this.#data.form.min_fill_seconds * 1000;
    return this.#data;
  }

  /** The frame's token comes from a place that only the frame can read. */
  async #renew() {
    if (!this.#frame) return this.load(performance.now());
    this.#token = (await ask(this.#under("token"), { cache: "no-store" })).form_token;
  }

  #under(path, base = this.#frame) {
    const url = new URL(base);
    url.pathname += `/${path}`;
    return url;
  }

  /** Asks what is wrong with the page that this is on. */
  check(facts) {
    return ask(addTo(this.#under("embed-check", this.#url), facts), { cache: "no-store" });
  }

  /** Fetches a page of the public list: of one kind, after a cursor, of names in which `q` stands. */
  list(asked, since) {
    return askTogether(addTo(this.#under("signatories", this.#url), asked), since);
  }

  /** Posts a submission, and once more with a fresh form token when that expired or the answer was lost on the way. */
  async submit(submission) {
    try {
      return await this.#post(submission);
    } catch (refusal) {
      if (!WORTH_ANOTHER_TRY.includes(refusal.code)) throw refusal;
      await this.#renew();
      return this.#post(submission).catch((again) => {
        // The server is there and still takes no post of ours: browsers do not say that it refused this page's origin.
        throw again.code === "unreachable" ? new Refusal("origin-refused") : again;
      });
    }
  }

  async #post(submission) {
    await new Promise((resume) => setTimeout(resume, this.#ripeAt - performance.now()));
    return this.#send("signatures", { ...submission, form_token: this.#token });
  }

  /** Posts the code of the email, with the key of the submission that it confirms. */
  confirm(typed) {
    return this.#send("confirmations", typed);
  }

  #send(path, body) {
    return ask(this.#under(path, this.#frame ?? this.#url), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }
}
