// What one person may not do alone: the list of what waits for a second one, and the answer to it.
import { get, post } from "./api.js";
import { byId, h, say } from "./dom.js";
import { named, t, when, yuan } from "./texts.js";

/** The proposals that wait, above the queue; the same audits are marked in it. `open(auditId)` shows one. */
export async function loadProposals(open) {
  const { items } = await get("/proposals?limit=200");
  byId("second-box").hidden = !items.length;
  byId("second-count").textContent = String(items.length);
  byId("second-list").replaceChildren(...items.map((item) => h("li", {}, h("button", { type: "button", "data-proposal": item.audit_id, onclick: () => open(item.audit_id) },
    h("span", { class: "line" }, named(item.outlet), h("span", { class: "pill review" }, t(item.mine ? "second_mine" : "second_waits"))),
    h("small", {}, `${named(item.task)} · ${when(item.created_at)}`),
    h("small", {}, t(`history_proposed_${item.kind}`, { amount: yuan(item.amount_fen) }))))));
  markProposed();
}

export function markProposed() {
  const waiting = new Set([...byId("second-list").querySelectorAll("button")].map((button) => button.dataset.proposal));
  for (const button of byId("queue").querySelectorAll("button")) button.classList.toggle("proposed", waiting.has(button.dataset.audit));
}

/** The proposal on the audit that is shown, with what the reader may do; `done(message)` after it was answered. */
export function showProposal(audit, done, fail) {
  const proposal = audit.proposals.find((each) => each.state === "waiting");
  byId("second").hidden = !proposal;
  if (!proposal) return;
  const amount = yuan(proposal.amount_fen);
  const why = h("input", { id: "second-why", type: "text", maxlength: 500, autocomplete: "off" });
  const answer = async (path, body, said) => {
    try {
      await post(`/proposals/${proposal.id}/${path}`, body);
      await done(said);
    } catch (error) {
      fail(error);
    }
  };
  const refuse = () => {
    if (why.value.trim()) return answer("refusal", { reason: why.value.trim() }, t(proposal.mine ? "second_withdrawn" : "second_declined"));
    why.focus();
    return say(t("reason_missing"), "bad");
  };
  byId("second").replaceChildren(...[
    h("h3", {}, t("second")),
    h("p", {}, t(`history_proposed_${proposal.kind}`, { amount })),
    h("p", { class: "muted" }, [proposal.by, when(proposal.at), proposal.reason].filter(Boolean).join(" · ")),
    proposal.may_confirm ? h("button", { type: "button", id: "second-confirm", class: "primary good", onclick: () => answer("confirmation", undefined, t("second_confirmed")) },
      t(`second_confirm_${proposal.kind}`, { amount })) : null,
    proposal.mine ? h("p", { class: "notice" }, t("second_not_you")) : null,
    h("label", { for: "second-why" }, t("second_why")), why,
    h("button", { type: "button", id: "second-decline", class: "outline", onclick: refuse }, t(proposal.mine ? "second_withdraw" : "second_decline")),
  ].filter(Boolean));
}
