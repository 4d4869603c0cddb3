// Flags of the whole photo: each stands until a person dismisses it, with a reason of its own.
import { byId, h, say } from "./dom.js";
import { said, t } from "./texts.js";

/** Show the flags that stand. */
export function showFlags(flags) {
  byId("flags").hidden = !flags.length;
  byId("flag-list").replaceChildren(...flags.map((flag) => {
    const why = h("input", { type: "text", maxlength: 500, autocomplete: "off", hidden: true,
      placeholder: t("dismiss_why"), "aria-label": `${t("dismiss_why")}: ${said(flag)}` });
    const tick = h("input", { type: "checkbox", onchange: () => {
      why.hidden = !tick.checked;
      if (tick.checked) why.focus();
    } });
    return h("li", { "data-flag": flag.code }, h("p", {}, said(flag)), h("label", { class: "tick" }, tick, t("dismiss")), why);
  }));
}

/** Code → reason of the flags that are dismissed; null, with the place in focus, where a reason is missing. */
export function dismissals() {
  const given = {};
  for (const item of byId("flag-list").children) {
    const [tick, why] = item.querySelectorAll("input");
    if (!tick.checked) continue;
    if (!why.value.trim()) {
      why.focus();
      say(t("dismiss_reason_missing"), "bad");
      return null;
    }
    given[item.dataset.flag] = why.value.trim();
  }
  return given;
}

export function pointAtFlags() {
  byId("flag-list").querySelector("input:not(:checked)")?.focus();
}
