// Script of the frame's page for websites without our script: sends its height to WordPress, offers the content of
// links that may not open windows, and shows a "more" button if the form is longer than its frame.
(() => {
  // A sandboxed frame needs a page with a form token for this visitor; the other page is the same for everybody.
  const address = new URL(location);
  if (origin === "null" && !address.searchParams.has("sandboxed")) {
    address.searchParams.set("sandboxed", "yes");
    return location.replace(address);
  }

  const { text, page, blocked, copy, copied, selected, more } = document.currentScript.dataset;
  const WORDPRESS_HIGHEST_PX = 1000;
  const ROUNDING_PX = 8;
  const SECRET = /^[a-zA-Z0-9]+$/;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    .way-on {
      position: fixed; inset-block-end: .5rem; inset-inline: 0; z-index: 1;
      inline-size: max-content; max-inline-size: calc(100% - 2rem); min-block-size: 2.75rem; margin-inline: auto; padding: .5rem 1.25rem;
      border: 1px solid var(--on-accent); border-radius: 2rem; background: var(--accent); color: var(--on-accent); font: inherit; cursor: pointer;
    }
    .way-on::after { content: " \\2193" / ""; }
    .instead { margin-block: .75rem; padding: 1rem; border: 1px solid color-mix(in srgb, currentColor 35%, transparent); border-radius: .375rem; }
    .instead > * + * { margin-block-start: .75rem; }
    .instead .letter > * + * { margin-block-start: .75em; }
    .instead blockquote { margin-inline: 1rem 0; }
    .instead :is(ul, ol) { padding-inline-start: 1.5em; }
    .instead label { display: block; font-size: .875em; font-weight: 400; }
    .instead textarea { display: block; inline-size: 100%; font: inherit; }
  `);
  document.adoptedStyleSheets.push(sheet);

  const make = (tag, properties, ...children) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  };

  // The form's height. WordPress gives each embed a secret and accepts heights from 200 to 1,000 px.
  let secret = new URLSearchParams(location.hash.replace(/^#\??/, "")).get("secret");
  let isSizedByElement = false;

  function tellHeight() {
    if (parent === window || !SECRET.test(secret ?? "")) return;
    parent.postMessage({ message: "height", value: Math.ceil(document.body.getBoundingClientRect().height), secret }, "*");
  }

  // The button that shows that there is more below, and scrolls there.
  const wayOn = make("button", { type: "button", className: "way-on", textContent: more, hidden: true });
  wayOn.addEventListener("click", () => scrollBy({ top: innerHeight * 0.8, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" }));
  document.querySelector("[role=main]").append(wayOn);

  function offerWayOn() {
    const { scrollHeight } = document.documentElement;
    const willGrow = isSizedByElement || (secret && scrollHeight <= WORDPRESS_HIGHEST_PX);
    wayOn.hidden = willGrow || scrollHeight - scrollY - innerHeight < ROUNDING_PX;
    // Keep focused elements above the button.
    document.documentElement.style.scrollPaddingBlockEnd = willGrow ? "" : "4rem";
  }

  for (const type of ["scroll", "resize"]) addEventListener(type, offerWayOn);
  // WordPress hides the frame until it has sent a height, and a hidden frame gets no ResizeObserver events.
  for (const type of ["load", "undersigned:ready", "undersigned:failed"]) addEventListener(type, tellHeight);
  new ResizeObserver(() => {
    tellHeight();
    offerWayOn();
  }).observe(document.body);
  addEventListener("message", ({ source, data }) => {
    if (source !== parent || !data) return;
    if (data.type === "undersigned:welcome") isSizedByElement = true;
    if (data.message === "ready" && SECRET.test(data.secret ?? "")) secret = data.secret;
    tellHeight();
    offerWayOn();
  });

  // Links. The only way to know whether a sandbox allows windows is to open one.
  addEventListener("click", (event) => {
    const link = event.composedPath().find(({ localName }) => localName === "a");
    if (isSizedByElement || link?.target !== "_blank" || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.protocol === "mailto:") {
      if (origin === "null") offerInstead(link, new URLSearchParams(link.search).get("body") ?? link.pathname);
      return;
    }
    event.preventDefault();
    const opened = open(link.href, "_blank");
    if (opened) opened.opener = null;
    else offerInstead(link, link.href);
  });

  const offered = new WeakMap();

  /** Shows the link's content below it: the statement's text, and the URL to copy; a second click hides it. */
  async function offerInstead(link, words) {
    if (offered.get(link)?.isConnected) return offered.get(link).remove();
    const panel = make("div", { className: "instead", tabIndex: -1 }, ...makeCopy(words));
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", link.textContent);
    offered.set(link, panel);
    const root = link.getRootNode();
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
    const item = link.closest("li");
    if (item) item.append(panel);
    else (link.closest("p") ?? link).after(panel);
    if (link.href === page && !link.closest("[role=alert]")) panel.prepend(...(await fetchText()));
    panel.focus();
  }

  function makeCopy(words) {
    const field = make("textarea", { readOnly: true, rows: 2, value: words, dir: "auto" });
    const answer = make("output", {});
    const button = make("button", { type: "button", className: "secondary", textContent: copy });
    button.addEventListener("click", async () => {
      field.select();
      const isCopied = await navigator.clipboard.writeText(words).then(
        () => true,
        () => document.execCommand("copy"), // frames of another origin may not use the Clipboard API
      );
      answer.textContent = isCopied ? copied : selected;
    });
    return [make("label", {}, blocked, field), make("p", {}, button, " ", answer)];
  }

  /** Returns the nodes of the statement's text from the server, or none if it does not load. */
  function fetchText() {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest(); // parses a page without running its scripts
      request.open("GET", text);
      request.responseType = "document";
      request.onloadend = () => {
        const letter = request.status === 200 && request.response?.querySelector(".letter");
        if (!letter) return resolve([]);
        const article = document.importNode(letter, true);
        for (const link of article.querySelectorAll("a[href]")) Object.assign(link, { target: "_blank", rel: "noopener" });
        resolve([article]);
      };
      request.send();
    });
  }
})();
