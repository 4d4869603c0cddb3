// What people have done with an audit, told in lines: decisions, flags that were dismissed, proposals.
import { h } from "./dom.js";
import { said, t, when, yuan } from "./texts.js";

const line = (at, what, who, why) => h("li", {},
  h("div", {}, what), h("small", { class: "muted" }, [when(at), who, why].filter(Boolean).join(" · ")));

/** Decisions by people, after the first one; null where the machine alone has decided. */
export function history(audit) {
  const dismissed = audit.dismissals.map((each) => [each.at, t("history_dismissed", { flag: said(each.flag) }), each.by, each.reason]);
  const decided = audit.history.slice(1).map((each) => [each.created_at,
    t(`history_${each.kind}`) + (each.outcome === "pass" ? ` · ${yuan(each.amount_fen)}` : ""), "", each.comment]);
  const proposed = audit.proposals.flatMap((each) => [
    [each.at, t(`history_proposed_${each.kind}`, { amount: yuan(each.amount_fen) }), each.by, each.reason],
    ...(each.answered_at ? [[each.answered_at, t(`history_${each.state}`), each.answered_by, each.answer_reason]] : []),
  ]);
  const rows = [...dismissed, ...decided, ...proposed].sort((a, b) => a[0].localeCompare(b[0]));
  if (!rows.length) return null;
  return h("div", { class: "block" }, h("h3", {}, t("history")), h("ul", { class: "history" }, rows.map((row) => line(...row))));
}
