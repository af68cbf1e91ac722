// Registers the elements once, however many times the script is loaded.
import { UndersignedCount } from "./count.js";
import { UndersignedForm } from "./element.js";
import { UndersignedSignatories } from "./list.js";

const ELEMENTS = {
  "undersigned-form": UndersignedForm,
  "undersigned-signatories": UndersignedSignatories,
  "undersigned-count": UndersignedCount,
};

for (const [name, element] of Object.entries(ELEMENTS)) if (!customElements.get(name)) customElements.define(name, element);
