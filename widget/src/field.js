// Builds a field of the form from its description: label, hint, control and a place for its error.
import { make } from "./dom.js";

/** The field's label; a kind of signer may have its own. */
export const labelOf = (say, kind, name) => say.find(`field.${kind}.${name}`, `field.${name}`) ?? name;

function makeSelect({ name, required, options = [] }, attributes, say) {
  const choices = options.map(({ value, label }) => make("option", { value }, label));
  if (name !== "visibility") choices.unshift(make("option", { value: "" }, required ? say("form.choose") : "–"));
  return make("select", attributes, ...choices);
}

function makeControl(field, attributes, say) {
  if (field.type === "select") return makeSelect(field, attributes, say);
  if (field.type === "textarea") return make("textarea", { ...attributes, rows: 3, dir: "auto" });
  const plain = field.type === "email" || field.type === "url";
  return make("input", {
    ...attributes,
    type: field.type,
    inputmode: plain ? field.type : field.inputmode,
    dir: plain ? "ltr" : field.type === "text" && "auto",
    spellcheck: field.type === "checkbox" ? null : "false",
    autocapitalize: plain && "none",
  });
}

/** Returns a field with its node, and methods to read, fill and mark it. */
export function makeField(field, kind, say) {
  const { name, required } = field;
  const [hintId, errorId] = [`${name}-hint`, `${name}-error`];
  const hint = say.find(`hint.${kind}.${name}`, `hint.${name}`);
  const isBox = field.type === "checkbox";
  const ticked = field.label ?? true; // a partner's newsletter checkbox sends its label as its value
  const isPreset = name === "visibility";
  const control = makeControl(
    field,
    {
      id: name,
      name,
      part: isBox ? "checkbox" : "input",
      maxlength: field.maxlength,
      autocomplete: field.autocomplete,
      "aria-required": required && "true",
      "aria-describedby": `${hint ? hintId : ""} ${errorId}`.trim(),
    },
    say,
  );
  const label = make("label", { for: name, part: "label", dir: field.label && "auto" }, field.label ?? labelOf(say, kind, name));
  if (!required && !isBox && !isPreset) label.append(make("small", {}, ` (${say("form.optional")})`));
  const error = make("p", { id: errorId, part: "error", class: "error", hidden: true });
  const notes = make("div", { class: "notes" }, error, hint && make("p", { id: hintId, part: "hint", class: "hint" }, hint));
  const wide = isBox || isPreset || field.type === "textarea";
  const node = make("div", { part: "field", class: `field ${field.type}${wide ? " wide" : ""}` });
  node.append(...(isBox ? [control, label] : [label, control]), notes);

  return {
    node,
    name,
    control,
    detail: field.detail,
    get value() {
      return isBox ? control.checked && ticked : control.value.trim();
    },
    set value(value) {
      if (value === undefined) return;
      if (isBox) control.checked = value === true || value === ticked;
      else control.value = value;
    },
    /** The error code that the server would return, checked before sending. */
    check() {
      return required && !this.value && [isBox ? "unticked" : "required"];
    },
    /** Opens the details around the field, if any. */
    reveal() {
      const details = node.closest("details");
      if (details) details.open = true;
    },
    /** Shows an error beside the field, with buttons to correct it; without words it is cleared. */
    judge(words, choices) {
      error.replaceChildren(words ?? "", ...choices);
      error.hidden = !words;
      if (words) {
        control.setAttribute("aria-invalid", "true");
        this.reveal();
      } else control.removeAttribute("aria-invalid");
    },
  };
}
