// Decided audits: the list, and taking an award back or looking at it again.
import { get, post } from "./api.js";
import { byId, h, say } from "./dom.js";
import { outcomePill } from "./evidence.js";
import { named, t, when, yuan } from "./texts.js";

let next = null;

/** The list of decided audits, the newest first; `open(auditId)` shows one. */
export async function loadDecided(open, after = null) {
  const query = new URLSearchParams({ limit: "20", state: "decided" });
  if (after) query.set("after", after);
  const page = await get(`/audits?${query}`);
  const rows = page.items.map((audit) => h("li", {}, h("button", { type: "button", "data-decided": audit.id, onclick: () => open(audit.id) },
    h("span", { class: "line" }, named(audit.outlet), outcomePill(audit.decision)),
    h("small", {}, [named(audit.task), t("display_is", { display: audit.display }), when(audit.created_at)].join(" · ")),
    audit.decision.amount_fen ? h("small", {}, yuan(audit.decision.amount_fen)) : null)));
  if (after) byId("decided").append(...rows);
  else byId("decided").replaceChildren(...rows);
  next = page.next;
  byId("decided-more").hidden = !next;
  byId("decided-empty").hidden = byId("decided").hasChildNodes();
}

export function watchDecided(open, fail) {
  const box = byId("decided-box");
  const load = () => box.open && loadDecided(open).catch(fail);
  box.addEventListener("toggle", load);
  load(); // opened before this script had come
  byId("decided-more").addEventListener("click", () => loadDecided(open, next).catch(fail));
}

/** What may be done with the decided audit that is shown; `done(message)` after it was done. */
export function showSettled(audit, done, fail) {
  const paid = audit.history.find((each) => each.paid);
  const reverse = audit.may.includes("reverse") && paid;
  const reopen = audit.may.includes("reopen");
  byId("settled").hidden = !reverse && !reopen;
  if (!reverse && !reopen) return;
  const alone = !reverse || paid.amount_fen <= audit.alone_fen_max;
  const amount = reverse ? yuan(paid.amount_fen) : "";
  const proposed = audit.proposals.some((each) => each.state === "waiting");
  const why = h("textarea", { id: "settled-why", rows: 2, maxlength: 500 });
  const send = async () => {
    if (!why.value.trim()) {
      why.focus();
      return say(t("reason_missing"), "bad");
    }
    const path = reopen ? "reopening" : alone ? "reversal" : "reversal/proposal";
    const said = reopen ? t("reopened") : alone ? t("taken_back", { amount }) : t("second_proposed");
    try {
      await post(`/audits/${audit.audit.id}/${path}`, { reason: why.value.trim() });
      return await done(said);
    } catch (error) {
      return fail(error);
    }
  };
  byId("settled").replaceChildren(...[
    h("h3", {}, reopen ? t("reopen") : t("paid_now", { amount })),
    alone ? null : h("p", { class: "muted" }, t("alone_max", { amount: yuan(audit.alone_fen_max) })),
    h("label", { for: "settled-why" }, t("reason")), why, h("small", { class: "muted" }, t("settled_hint")),
    h("button", { type: "button", id: "settled-send", class: reopen ? "primary good" : "primary bad", disabled: !reopen && proposed, onclick: send },
      reopen ? t("reopen_send") : alone ? t("take_back", { amount }) : t("take_back_propose", { amount })),
  ].filter(Boolean));
}
