// Keys of the review page. A letter only arms: it gives a button the focus, and Enter does what that button says.
import { call, get } from "./api.js";
import { byId, say } from "./dom.js";
import { t } from "./texts.js";

const ARMS = { a: "approve", r: "refuse" };
const STEPS = { j: 1, k: -1 };
const FIELD = "textarea, select, input:not([type=checkbox])";
const PRESSED = "button, a, summary, input";
let on = false; // until the service has said what this person wants

const armed = () => document.querySelector("#decide .armed");

function arm(id) {
  if (byId("decide").hidden) return;
  disarm();
  byId(id).classList.add("armed");
  byId(id).focus();
  say(t("armed", { action: t(id) }));
}

/** Let go of what a letter has armed, such as when another item is shown. */
export function disarm() {
  if (!armed()) return;
  armed().classList.remove("armed");
  say("");
  byId("item").focus({ preventScroll: true });
}

/** What Ctrl, or Command, does with a key; these work also when letters are off. */
function withControl(event, field, idle, undo) {
  if (event.key === "Enter" && armed() && idle()) armed().click();
  else if (event.key.toLowerCase() === "z" && !event.shiftKey && !field && idle()) undo();
  else return;
  event.preventDefault();
}

/** `idle()`: no item is being loaded and no request is under way. `step(by)` shows another item, `undo()` the last. */
export function watchKeys({ idle, step, undo }) {
  document.addEventListener("keydown", (event) => {
    const field = event.target.matches(FIELD);
    const key = event.key.toLowerCase();
    if (event.isComposing) return;
    if (event.repeat) { // a key that is held does nothing, nor does it press a button again and again
      if (!field && (key in ARMS || key in STEPS || key === "enter" || key === " ")) event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey) return withControl(event, field, idle, undo);
    if (key === "escape") return disarm();
    if (event.altKey || field || !on || !idle()) return;
    if (key in ARMS) arm(ARMS[key]);
    else if (key in STEPS) step(STEPS[key]);
    else if (key === "enter" && armed() && !event.target.closest(PRESSED)) armed().click();
    else return;
    event.preventDefault();
  });
}

/** The switch: what it says is kept for the person, in the service. */
export async function watchSwitch(fail) {
  const tick = byId("keys-on");
  const show = (value) => {
    tick.checked = on = value;
    byId("keys-hint").hidden = !value;
  };
  tick.addEventListener("change", async () => {
    const wanted = tick.checked;
    try {
      await call("PUT", "/me/keys", { on: wanted });
      show(wanted);
    } catch (error) {
      tick.checked = on;
      fail(error);
    }
  });
  show((await get("/me")).keys);
}
