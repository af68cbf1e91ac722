// Measures the form at several widths and writes its heights into the embed code, to reserve space while it loads.
const WIDTHS = [0, 320, 350, 420, 500, 640]; // 0 stands for the narrowest width, LEAST_PX
const LEAST_PX = 280;
const preview = document.querySelector("undersigned-form");
const heights = new Map();

function writeHeights() {
  const known = WIDTHS.filter((width) => heights.get(width) !== heights.get(WIDTHS[WIDTHS.indexOf(width) - 1]));
  const pairs = known.map((width) => `${width}:${heights.get(width)}`).join(" ");
  const least = Math.min(...heights.values());
  for (const snippet of document.querySelectorAll(".snippet textarea")) {
    snippet.value = snippet.value
      .replace(/( height=")\d+:[\d: ]*/, `$1${pairs}`)
      .replace(/(<svg [^>]* height=")\d+/, `$1${least}`);
  }
}

function measure(width) {
  const form = preview.cloneNode(true);
  const box = document.createElement("div");
  box.inert = true;
  Object.assign(box.style, { position: "fixed", top: 0, left: 0, zIndex: -1, opacity: 0, width: `${width || LEAST_PX}px` });
  const size = new ResizeObserver(() => {
    if (form.offsetHeight) heights.set(width, form.offsetHeight);
    if (heights.size === WIDTHS.length) writeHeights();
  });
  // A statement that is not open has no form to measure.
  form.addEventListener("undersigned:ready", (event) => {
    event.stopPropagation();
    if (event.detail.state === "open") size.observe(form);
    else box.remove();
  });
  box.attachShadow({ mode: "closed" }).append(form); // hides the form from the page's styles and from screen readers
  document.body.append(box);
}

// Measuring loads six forms, so it waits until a snippet is visible. Other pages use this script only for copying.
const reached = new IntersectionObserver((entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  reached.disconnect();
  for (const width of WIDTHS) measure(width);
});
if (preview) for (const snippet of document.querySelectorAll(".snippet")) reached.observe(snippet);

// Shows the copy buttons; they are hidden without this script.
for (const button of document.querySelectorAll("button[data-copies]")) {
  const snippet = document.getElementById(button.dataset.copies);
  const answer = button.nextElementSibling;
  button.hidden = false;
  button.addEventListener("click", async () => {
    snippet.select();
    try {
      await navigator.clipboard.writeText(snippet.value);
      answer.textContent = answer.dataset.copied;
    } catch {
      answer.textContent = answer.dataset.selected; // the browser does not allow access to the clipboard
    }
  });
}
