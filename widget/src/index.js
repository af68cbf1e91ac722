// Makes the element known to the page, once, however many times the script is loaded.
import { UndersignedForm } from "./element.js";

if (!customElements.get("undersigned-form")) customElements.define("undersigned-form", UndersignedForm);
