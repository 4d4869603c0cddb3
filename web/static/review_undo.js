// Decisions that can still be undone, a line each. The service keeps them, and carries them out whether or not this page
// is open; here they are only shown.
import { get, post } from "./api.js";
import { byId, h, say } from "./dom.js";
import { named, said, t, yuan } from "./texts.js";

const STAYS_MS = 1500; // a line whose time is over, unless the pointer or the focus is on it
const LOOK_MS = 1500;
const lines = new Map(); // id of the decision → what undoes it, the last one last
let returned = null; // (auditId, said, kind): an audit is in the queue again
let fail = null;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const told = ({ outcome, amount_fen }) =>
  t(`outcome_${outcome}`) + (outcome === "pass" || amount_fen ? ` · ${yuan(amount_fen)}` : "");

/** Show a decision: `name` of its outlet, `outcome` and `amount_fen` where they are known. */
export function showKept(kept, name) {
  const said = kept.outcome ? told(kept) : t(`history_${kept.action}`);
  const left = h("span", { class: "left", "aria-hidden": "true" });
  const undo = h("button", { type: "button", class: "quiet", "aria-label": t("undo_of", { name }), onclick: () => undoOne(kept) }, t("undo"), " ", left);
  const line = h("p", { class: "toast" }, h("span", {}, t("kept", { name, outcome: said })), undo);
  byId("toasts").append(line);
  lines.set(kept.id, () => undoOne(kept));
  const ends = performance.now() + kept.seconds_left * 1000;
  const timer = setInterval(() => {
    const ms = ends - performance.now();
    left.textContent = String(Math.max(0, Math.ceil(ms / 1000)));
    if (ms <= 0 && lines.delete(kept.id)) {
      undo.setAttribute("aria-disabled", "true");
      watch(kept, name).catch(fail);
    }
    if (line.isConnected && (ms > -STAYS_MS || line.matches(":hover, :focus-within"))) return;
    clearInterval(timer);
    line.remove();
  }, 100);
  kept.hide = () => line.remove();
}

async function undoOne(kept) {
  if (!lines.delete(kept.id)) return;
  try {
    await post(`/reviews/kept/${kept.id}/undoing`);
    kept.hide();
    await returned(kept.audit_id, t("undone"), "");
  } catch (error) {
    fail(error);
  }
}

/** Undo the last decision that still can be. */
export function undoLast() {
  [...lines.values()].at(-1)?.();
}

/** After its time: an audit whose decision failed, or settled nothing, is in the queue again. What came to something
 * else than was announced is told, as where another photo of the display was paid first. */
async function watch(kept, name) {
  let now = kept;
  do {
    await sleep(LOOK_MS);
    now = (await get("/reviews/kept")).find((each) => each.id === kept.id);
  } while (now?.state === "waiting");
  if (now) return returned(null, t("kept_failed", { name, why: said(now.fault) }), "bad");
  if (!kept.outcome) return undefined;
  const { decision } = await get(`/audits/${kept.audit_id}`);
  const isThis = decision.kind === kept.action && new Date(decision.created_at) >= new Date(kept.due_at);
  const said = isThis && told(decision) !== told(kept)
    ? t("kept_otherwise", { name, outcome: told(decision), announced: told(kept) }) : null;
  if ((isThis ? decision : kept).outcome === "review") return returned(null, said, "bad");
  return said ? say(said, "bad") : undefined;
}

/** The decisions that an earlier page has left. */
export async function watchKept(onReturned, onFail) {
  [returned, fail] = [onReturned, onFail];
  for (const kept of (await get("/reviews/kept")).reverse()) {
    const name = named(kept.outlet);
    if (kept.state === "waiting") showKept(kept, name);
    else say(t("kept_failed", { name, why: said(kept.fault) }), "bad");
  }
}
