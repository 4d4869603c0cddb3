// The auditor's page: the queue, one photo large, what was seen, and the decision by hand.
import { get, post } from "./api.js";
import { byId, h, say } from "./dom.js";
import * as evidence from "./evidence.js";
import { named, t, when, yuan } from "./texts.js";

let next = null;
let current = null; // the explanation of the audit on the page

const buttons = () => [...byId("queue").querySelectorAll("button")];
const fail = (error) => say(error.message || t("error"), "bad");

function entry(item) {
  const reason = item.reasons[0] ? evidence.inLanguage(item.reasons[0]) : "";
  return h("li", {}, h("button", { type: "button", "data-audit": item.audit_id, onclick: () => open(item.audit_id).catch(fail) },
    named(item.outlet), h("small", {}, `${named(item.task)} · ${when(item.opened_at)}`),
    reason ? h("small", {}, reason) : null));
}

async function load(after) {
  const query = new URLSearchParams({ limit: "50" });
  if (after) query.set("after", after);
  const page = await get(`/reviews?${query}`);
  if (!after) byId("queue").replaceChildren();
  byId("queue").append(...page.items.map(entry));
  next = page.next;
  byId("queue-more").hidden = !next;
  count();
}

function count() {
  const number = buttons().length;
  byId("queue-count").textContent = next ? `${number}+` : String(number);
  byId("queue-empty").hidden = number > 0;
}

function mark(auditId) {
  for (const button of buttons()) button.setAttribute("aria-current", String(button.dataset.audit === auditId));
}

async function open(auditId) {
  mark(auditId);
  current = await get(`/audits/${auditId}`);
  const { decision, products, photos } = current;
  const heading = [named(current.outlet), named(current.task), t("display_is", { display: current.audit.display })].join(" · ");
  const { proposal_fen: proposed, proposal_reason: why } = current;
  const proposal = proposed !== null ? t("proposal", { amount: yuan(proposed) }) : why ? t("no_proposal", { reason: evidence.inLanguage(why) }) : "";
  byId("verdict").replaceChildren(h("div", { class: "line" }, h("h2", {}, heading), h("span", { class: `pill ${decision.outcome}` }, t(`outcome_${decision.outcome}`))),
    h("p", { class: "muted" }, [t("received", { time: when(current.audit.created_at) }), proposal].filter(Boolean).join(" · "), " · ",
      h("a", { href: `/stops?task=${current.task.id}` }, t("stop_pay"))));
  byId("evidence").replaceChildren(...[
    evidence.reasons(decision.reasons),
    ...photos.filter((photo) => photo.picture).map((photo) => evidence.picture(photo, products)),
    evidence.otherDisplays(current.other_displays),
    evidence.clauses(decision.clauses, products),
    evidence.seen(decision.facts, products, true),
    evidence.table(decision.facts, products),
  ].filter(Boolean));
  byId("judge").hidden = current.audit.state !== "in_review";
  byId("reason").value = "";
  byId("amount").value = "";
  byId("correct-box").open = false;
  numbers(decision.facts, products);
  byId("item").scrollIntoView({ block: "start" });
}

/** A field for each fact; only what is changed is sent. */
function numbers(facts, products) {
  const skus = Object.entries(facts?.facings?.sku ?? {}).filter(([, value]) => value.high > 0).map(([code, value]) => [`facings.sku["${code}"]`, value]);
  byId("numbers").replaceChildren(...[...evidence.flat(facts), ...skus].map(([path, value]) => {
    const share = evidence.isShare(path);
    const shown = share ? Math.round(value.best * 1000) / 10 : value.best;
    return h("label", {}, evidence.factName(path, products) + (share ? " %" : ""),
      h("input", { type: "number", min: 0, max: share ? 100 : 2000, step: share ? 0.1 : 1, value: shown, "data-path": path, "data-was": shown, inputmode: "decimal" }));
  }));
}

function changed() {
  const facts = {};
  for (const input of byId("numbers").querySelectorAll("input")) {
    if (input.value === "" || Number(input.value) === Number(input.dataset.was)) continue;
    facts[input.dataset.path] = evidence.isShare(input.dataset.path) ? Number(input.value) / 100 : Number(input.value);
  }
  return facts;
}

/** Yuan as typed, such as 12 or 12.50, to whole fen; null for anything else. */
function fen(text) {
  const parts = /^(\d{1,6})(?:\.(\d{1,2}))?$/.exec(text);
  return parts ? Number(parts[1]) * 100 + Number((parts[2] ?? "").padEnd(2, "0")) : null;
}

async function judge(action) {
  if (!current || byId("judge").hidden) return undefined;
  const reason = byId("reason").value.trim();
  if (action !== "approve" && !reason) {
    byId("reason").focus();
    return say(t("reason_missing"), "bad");
  }
  const body = { action, reason };
  if (action === "correct") body.facts = changed();
  const amount = byId("amount").value.trim();
  if (action === "approve" && amount) {
    body.amount_fen = fen(amount);
    if (body.amount_fen === null) return say(t("amount_wrong"), "bad");
  }
  const auditId = current.audit.id;
  const at = buttons().findIndex((button) => button.dataset.audit === auditId);
  let corrected = null;
  try {
    const decision = await post(`/reviews/${auditId}`, body);
    corrected = decision.outcome;
    say(t("reviewed", { outcome: t(`outcome_${decision.outcome}`) }) + (decision.amount_fen ? ` · ${yuan(decision.amount_fen)}` : ""));
  } catch (error) {
    fail(error);
    if (error.code !== "already_reviewed") return undefined;
  }
  if (corrected === "review") return open(auditId).catch(fail);
  buttons()[at]?.closest("li").remove();
  count();
  const following = buttons()[Math.min(at, buttons().length - 1)];
  if (following) return open(following.dataset.audit).catch(fail);
  current = null;
  byId("judge").hidden = true;
  byId("evidence").replaceChildren();
  byId("verdict").replaceChildren(h("p", { class: "muted empty" }, t("queue_empty")));
  return undefined;
}

function step(by) {
  const list = buttons();
  if (!list.length) return;
  const at = list.findIndex((button) => button.getAttribute("aria-current") === "true");
  list[Math.max(0, Math.min(list.length - 1, at + by))].click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  const action = { a: () => judge("approve"), r: () => judge("refuse"), j: () => step(1), k: () => step(-1) }[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
byId("approve").addEventListener("click", () => judge("approve"));
byId("refuse").addEventListener("click", () => judge("refuse"));
byId("correct").addEventListener("click", () => judge("correct"));
byId("judge").addEventListener("submit", (event) => event.preventDefault());
byId("reload").addEventListener("click", () => load(null).catch(fail));
byId("queue-more").addEventListener("click", () => load(next).catch(fail));
await load(null).catch(fail);
