// Reorders the rows of a founding list by buttons or drag and drop; without the script the number fields do the same.
const table = document.querySelector("table[data-arranged]");
const said = document.querySelector("[data-said]");

const rows = () => [...table.tBodies[0].rows];
const nameOf = (row) => row.dataset.name ?? row.querySelector('[name="name"]').value;

// The numbers of this page's rows within the whole list: moved rows exchange them.
const numberOf = (row) => row.querySelector('[name="order"]');
const places = table ? rows().map((row) => numberOf(row).defaultValue) : [];

/** Updates the number of every row, and announces the new number of the moved one. */
function settle(row) {
  const all = rows();
  all.forEach((one, at) => (numberOf(one).value = places[at]));
  const values = { name: nameOf(row), place: numberOf(row).value, total: table.dataset.total ?? all.length };
  said.textContent = said.dataset.said.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/** Moves the row past its neighbour; the button keeps the focus, so that it can be pressed again. */
function step(button) {
  const row = button.closest("tr");
  if (button.dataset.move === "up") row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  button.focus();
  settle(row);
}

function drag(row) {
  const over = (event) => {
    const other = event.target.closest?.("tr");
    if (other?.parentNode !== row.parentNode) return;
    event.preventDefault();
    const { top, height } = other.getBoundingClientRect();
    if (event.clientY < top + height / 2) other.before(row);
    else other.after(row);
  };
  document.addEventListener("dragover", over);
  row.addEventListener(
    "dragend",
    () => {
      document.removeEventListener("dragover", over);
      settle(row);
    },
    { once: true },
  );
}

// A list pasted from a web page, document or spreadsheet keeps its markup (tables, headings) unless it is edited.
const box = document.querySelector("textarea[name=list]");
if (box) {
  const { markup } = box.form.elements;
  box.addEventListener("paste", ({ clipboardData }) => {
    const isWhole = box.selectionStart === 0 && box.selectionEnd === box.value.length;
    markup.value = isWhole ? clipboardData.getData("text/html") : "";
  });
  box.addEventListener("input", ({ inputType }) => {
    if (inputType !== "insertFromPaste") markup.value = "";
  });
}

if (table && said) {
  for (const tool of table.querySelectorAll(".mover [hidden]")) tool.hidden = false;
  table.addEventListener("click", ({ target }) => target.closest("[data-move]") && step(target.closest("[data-move]")));
  table.addEventListener("dragstart", ({ target, dataTransfer }) => {
    if (!target.closest?.(".handle")) return;
    dataTransfer.effectAllowed = "move";
    dataTransfer.setDragImage(target.closest("tr"), 0, 0);
    drag(target.closest("tr"));
  });
}
