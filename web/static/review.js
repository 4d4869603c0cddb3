// The auditor's page: the queue, one photo large, what was seen, and the decision by hand.
import { get, post } from "./api.js";
import { byId, h, say } from "./dom.js";
import * as evidence from "./evidence.js";
import { history } from "./history.js";
import { dismissals, pointAtFlags, showFlags } from "./review_flags.js";
import { disarm, watchKeys, watchSwitch } from "./review_keys.js";
import { loadProposals, markProposed, showProposal } from "./review_second.js";
import { loadDecided, showSettled, watchDecided } from "./review_settled.js";
import { showKept, undoLast, watchKept } from "./review_undo.js";
import { named, said, t, when, yuan } from "./texts.js";
import { strip } from "./trial.js";

let next = null;
let current = null; // the explanation of the audit on the page; none while one is loaded
let loading = 0; // which audit is being loaded; the last one asked for is shown
let busy = 0; // how much is under way

const buttons = () => [...byId("queue").querySelectorAll("button")];
const fail = (error) => say(error.message || t("error"), "bad");
const idle = () => busy === 0;
const openOrFail = (auditId) => open(auditId).catch(fail);

async function during(work) {
  busy += 1;
  byId("item").setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    busy -= 1;
    if (idle()) byId("item").removeAttribute("aria-busy");
  }
}

function entry(item) {
  const reason = item.reasons[0] ? said(item.reasons[0]) : "";
  return h("li", {}, h("button", { type: "button", "data-audit": item.audit_id, onclick: () => openOrFail(item.audit_id) },
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
  if (current) mark(current.audit.id);
  count();
  markProposed();
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
  const mine = loading += 1;
  disarm();
  mark(auditId);
  current = null;
  const got = await during(() => get(`/audits/${auditId}`));
  if (mine === loading) show(got);
}

function show(got) {
  current = got;
  const { decision, products, photos } = current;
  const heading = [named(current.outlet), named(current.task), t("display_is", { display: current.audit.display })].join(" · ");
  const { estimate_fen: estimated, estimate_reason: why } = current;
  const estimate = estimated !== null ? t("estimate", { amount: yuan(estimated) }) : why ? t("no_estimate", { reason: said(why) }) : "";
  byId("verdict").replaceChildren(h("div", { class: "line" }, h("h2", {}, heading), evidence.outcomePill(decision)),
    h("p", { class: "muted" }, [t("received", { time: when(current.audit.created_at) }), estimate].filter(Boolean).join(" · "), " · ",
      h("a", { href: `/stops?task=${current.task.id}` }, t("stop_pay"))));
  byId("evidence").replaceChildren(...[
    evidence.reasons(decision.reasons),
    evidence.resembling(current.resembles, photos),
    strip(current),
    ...evidence.pictures(photos, products),
    evidence.otherDisplays(current.other_displays),
    history(current),
    evidence.clauses(decision.clauses),
    evidence.seen(decision.facts, true),
    evidence.table(decision.facts),
  ].filter(Boolean));
  byId("decide").hidden = !current.may.includes("review");
  if (current.audit.state === "in_review" && byId("decide").hidden) say(current.kept ? t("kept_now") : t("not_yours"));
  showFlags(current.to_dismiss);
  showProposal(current, done, fail);
  showSettled(current, done, fail);
  ask(null);
  byId("reason").value = "";
  byId("amount").value = "";
  byId("correct-box").open = false;
  numbers(decision.facts);
  byId("item").scrollIntoView({ block: "start" });
}

/** A field for each fact; only what is changed is sent. */
function numbers(facts) {
  const all = Object.entries(facts);
  const skus = all.filter(([, fact]) => evidence.ofProduct(fact) && fact.high > 0);
  byId("numbers").replaceChildren(...[...all.filter(([, fact]) => fact.is_main), ...skus].map(([path, fact]) => {
    const share = fact.kind === "share";
    const shown = share ? Math.round(fact.best * 1000) / 10 : fact.best;
    return h("label", {}, named(fact) + (share ? " %" : ""),
      h("input", { type: "number", min: 0, max: share ? 100 : 2000, step: share ? 0.1 : 1, value: shown, "data-path": path, "data-was": shown, inputmode: "decimal" }));
  }));
}

function changed() {
  const facts = {};
  for (const input of byId("numbers").querySelectorAll("input")) {
    if (input.value === "" || Number(input.value) === Number(input.dataset.was)) continue;
    const { path } = input.dataset;
    facts[path] = current.decision.facts[path].kind === "share" ? Number(input.value) / 100 : Number(input.value);
  }
  return facts;
}

/** Yuan as typed, such as 12 or 12.50, to whole fen; null for anything else. */
function fen(text) {
  const parts = /^(\d{1,6})(?:\.(\d{1,2}))?$/.exec(text);
  return parts ? Number(parts[1]) * 100 + Number((parts[2] ?? "").padEnd(2, "0")) : null;
}

/** After something that leaves the audit to be looked at: tell it, and show what is so now. */
async function done(said) {
  const auditId = current.audit.id;
  await Promise.all([load(null), loadProposals(openOrFail), byId("decided-box").open ? loadDecided(openOrFail) : null]);
  await open(auditId);
  say(said);
}

/** Ask before going on: a sentence and a button that says what happens; null takes the question away. */
function ask(sentence, answer, onYes) {
  byId("question").hidden = sentence === null;
  if (sentence === null) return byId("question").replaceChildren();
  const yes = h("button", { type: "button", id: "question-yes", class: "outline", onclick: onYes }, answer);
  byId("question").replaceChildren(h("p", {}, sentence), yes);
  return byId("question").focus(); // not its button: a key that is held down must not answer
}

/** What the service wants before it does as asked: numbers given again, a second person, flags dismissed. */
function answerTo(error, action, body) {
  if (error.code === "flags_stand") pointAtFlags();
  if (error.code === "numbers_beyond_boxes") {
    const numbers = Object.entries(error.problem.bounds).map(([path, most]) => ({ path, most, name: named(current.decision.facts[path]) }));
    const said = numbers.map(({ path, most, name }) => t("beyond_boxes", { name, value: body.facts[path], most })).join(" ");
    const again = numbers.map(({ path, name }) => `${name} ${body.facts[path]}`).join(", ");
    const confirm = Object.fromEntries(numbers.map(({ path }) => [path, body.facts[path]]));
    ask(said, t("beyond_yes", { numbers: again }), () => decide(action, { confirm }));
  }
  if (error.code === "second_person_needed") {
    const [amount, most] = [yuan(error.problem.amount_fen), yuan(error.problem.greatest_fen)];
    ask(t("above_table", { amount, most }), t("propose", { amount }), async () => {
      try {
        await post(`/reviews/${current.audit.id}/proposal`, body);
        await done(t("second_proposed"));
      } catch (failed) {
        fail(failed);
      }
    });
  }
}

/** What is sent for an action; nothing, with the place in focus, where something is missing. */
function asked(action) {
  const reason = byId("reason").value.trim();
  const missing = (id, said) => {
    byId(id).focus();
    say(said, "bad");
  };
  if (action !== "approve" && !reason) return missing("reason", t("reason_missing"));
  const body = { action, reason, seq: current.decision.seq };
  if (action === "correct") body.facts = changed();
  const amount = byId("amount").value.trim();
  if (action === "approve" && amount) {
    body.amount_fen = fen(amount);
    if (body.amount_fen === null) return missing("amount", t("amount_wrong"));
    if (!reason) return missing("reason", t("amount_reason"));
  }
  if (action !== "refuse") {
    body.dismissals = dismissals();
    if (body.dismissals === null) return undefined;
  }
  return body;
}

async function decide(action, more = {}) {
  if (!current || !idle() || byId("decide").hidden) return undefined;
  ask(null);
  const body = asked(action);
  if (!body) return undefined;
  Object.assign(body, more);
  const { audit, outlet } = current;
  try {
    const kept = await during(() => post(`/reviews/${audit.id}`, body));
    say("");
    showKept(kept, named(outlet));
  } catch (error) {
    disarm();
    fail(error);
    if (error.code === "decided_meanwhile") return open(audit.id).then(() => fail(error));
    answerTo(error, action, body);
    if (error.code !== "already_reviewed") return undefined;
  }
  return goOn(audit.id);
}

/** Take an audit from the list, and show the one after it; the focus leaves the button that was pressed. */
async function goOn(auditId) {
  const at = buttons().findIndex((button) => button.dataset.audit === auditId);
  buttons()[at]?.closest("li").remove();
  count();
  disarm();
  byId("item").focus({ preventScroll: true });
  const following = buttons()[Math.max(0, Math.min(at, buttons().length - 1))];
  if (following) return open(following.dataset.audit).catch(fail);
  current = null;
  for (const id of ["decide", "second", "settled"]) byId(id).hidden = true;
  byId("evidence").replaceChildren();
  byId("verdict").replaceChildren(h("p", { class: "muted empty" }, t("queue_empty")));
  return undefined;
}

/** Audits are in the queue again; one that was undone is shown. */
async function returned(auditId, said, kind) {
  await load(null);
  if (auditId) await open(auditId);
  if (said) say(said, kind);
}

function step(by) {
  const list = buttons();
  if (!list.length) return;
  const at = list.findIndex((button) => button.getAttribute("aria-current") === "true");
  list[Math.max(0, Math.min(list.length - 1, at + by))].click();
}

watchKeys({ idle, step, undo: undoLast });
for (const action of ["approve", "refuse", "correct"]) {
  // the second click of two fast ones would decide the next item
  byId(action).addEventListener("click", (event) => (event.detail > 1 ? undefined : decide(action)));
}
byId("decide").addEventListener("submit", (event) => event.preventDefault());
byId("decide").addEventListener("input", () => ask(null));
byId("reload").addEventListener("click", () => Promise.all([load(null), loadProposals(openOrFail)]).catch(fail));
watchDecided(openOrFail, fail);
byId("queue-more").addEventListener("click", () => load(next).catch(fail));
await Promise.all([load(null), loadProposals(openOrFail), watchKept(returned, fail), watchSwitch(fail)]).catch(fail);
