// The rep's page: choose, photograph, send; watch the decision; see the wallet.
import { ApiError, Offline, all, get, post, upload } from "./api.js";
import { byId, h, say } from "./dom.js";
import * as evidence from "./evidence.js";
import { watch } from "./events.js";
import { history } from "./history.js";
import { finished, keyFor, pending } from "./pending.js";
import { prepare } from "./photo.js";
import { day, named, said, t, when, yuan } from "./texts.js";
import { refreshWallet } from "./wallet.js";

const form = byId("send-form");
const outlets = byId("outlet");
const display = byId("display");
const file = byId("file");
const RETRIES_MAX = 6;
let shown = null; // the audit whose decision is on the page
let tasks = [];
let shops = [];
let claims = [];

const chosenTask = () => form.querySelector("input[name=task]:checked")?.value ?? "";
const ready = () => { byId("send").disabled = !(outlets.value && chosenTask() && file.files.length); };

function fail(error) {
  say(error.message || t("error"), "bad");
}

async function fillOutlets() {
  shops = await all("/outlets");
  outlets.append(...shops.map((outlet) => h("option", { value: outlet.id }, named(outlet))));
  outlets.disabled = shops.length === 0;
  if (shops.length === 0) outlets.firstElementChild.textContent = t("no_outlets");
  if (shops.length === 1) outlets.value = shops[0].id;
}

async function fillTasks() {
  tasks = await all("/tasks");
  byId("tasks-empty").hidden = tasks.length > 0;
  for (const task of tasks) {
    const facts = [t("task_until", { date: day(task.ends_at) }), ...task.clauses.map((clause) => said(clause.label))];
    byId("tasks").append(h("label", { class: "task" },
      h("input", { type: "radio", name: "task", value: task.id, checked: tasks.length === 1 }),
      h("span", {}, h("span", {}, named(task)), h("span", { class: "muted" }, facts.join(" · ")),
        said(task.description) ? h("span", { class: "muted" }, said(task.description)) : null)));
  }
}

/** Which display of the outlet it is: asked only where more than one is rewarded, by the version that the claim holds. */
function askDisplay() {
  const claim = claims.find((each) => each.task_id === chosenTask() && each.outlet_id === outlets.value);
  const most = (claim ?? tasks.find((task) => task.id === chosenTask()))?.displays_max ?? 1;
  byId("display-box").hidden = most < 2;
  if (display.options.length === most) return;
  const chosen = Math.min(Number(display.value) || 1, most);
  display.replaceChildren(...Array.from({ length: most }, (_, at) => h("option", { value: at + 1 }, String(at + 1))));
  display.value = String(chosen);
}

/** A claim begins with a photo and ends with a decision; the next one is under the version then in force. */
async function refreshClaims() {
  claims = await all("/claims");
  askDisplay();
}

/** Where the device is; nulls where it does not say: then a person decides. */
function position() {
  const unknown = { lat: null, lon: null };
  if (!navigator.geolocation) return Promise.resolve(unknown);
  return new Promise((resolve) => navigator.geolocation.getCurrentPosition(
    ({ coords }) => resolve({ lat: coords.latitude, lon: coords.longitude }),
    () => resolve(unknown), { enableHighAccuracy: true, timeout: 10_000, maximumAge: 60_000 }));
}

const PASSING = [408, 429, 502, 503, 504]; // not 500: what the service did not foresee, it answers the same each time

/** Whether the same upload may well succeed in a while: no connection, too often, a service in trouble, a race. */
const passes = (error) => error instanceof Offline
  || (error instanceof ApiError && (PASSING.includes(error.status) || error.code === "in_progress"));

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Send until it has arrived: the same key each time, so that it counts once however often it is sent. */
async function sendPhoto(fields, photo, key) {
  const progress = byId("progress");
  for (let attempt = 1; ; attempt += 1) {
    progress.hidden = false;
    try {
      return await upload(fields, photo, key, (percent) => {
        progress.value = percent;
        say(t("sending", { percent }), "busy");
      });
    } catch (error) {
      if (!passes(error) || attempt === RETRIES_MAX) throw error;
      const seconds = error.retryAfter || 2 ** attempt;
      say(t("retrying", { seconds }), "busy");
      await pause(seconds);
    } finally {
      progress.hidden = true;
    }
  }
}

async function send(event) {
  event.preventDefault();
  if (!outlets.value || !chosenTask()) return say(t("need_outlet"), "bad");
  const [outlet_id, task_id, original] = [outlets.value, chosenTask(), file.files[0]];
  const fields = { display: display.value };
  const key = keyFor(original, outlet_id, `${task_id}/${fields.display}`);
  byId("send").disabled = true;
  say(t("sending", { percent: 0 }), "busy");
  try {
    const [photo, where] = await Promise.all([prepare(original), position()]);
    const claim = await post(`/tasks/${task_id}/claims`, { outlet_id });
    const visit = await post("/visits", { outlet_id, ...where });
    refreshClaims().catch(() => {});
    const sent = await sendPhoto({ ...fields, visit_id: visit.id, claim_id: claim.id }, photo, key);
    finished();
    file.value = ""; // the next one is another photo
    preview();
    shown = sent.audit_id;
    say(t("waiting"), "busy");
    byId("evidence").replaceChildren();
    byId("decision").replaceChildren(evidence.verdict("pending", t("waiting")));
    byId("result").scrollIntoView({ behavior: "smooth", block: "start" });
    await decided(sent.photo_id);
  } catch (error) {
    // Kept where the photo may have arrived unheard of: sent again after signing in, it must still be the same one.
    if (error instanceof ApiError && !passes(error) && ![401, 500].includes(error.status)) finished();
    fail(error);
  } finally {
    ready();
  }
  return undefined;
}

/** Wait for the decision of a photo: an event brings it at once, asking every few seconds is the fall-back. */
async function decided(photoId) {
  for (let second = 0; shown && second < 600; second += 3) {
    await Promise.race([pause(3), arrival(shown)]);
    const status = await get(`/photos/${photoId}`).catch((error) => {
      if (error instanceof Offline) return null;
      throw error;
    });
    if (status?.decided) return show(status.audit_id);
    if (second >= 20) say(t("waiting_long"), "busy");
  }
  return undefined;
}

const waiting = new Map(); // audit id → call when its decision has come
const arrival = (auditId) => new Promise((resolve) => waiting.set(auditId, resolve));

async function onDecision(decision) {
  waiting.get(decision.audit_id)?.();
  waiting.delete(decision.audit_id);
  refreshWallet().catch(() => {});
  recent().catch(() => {});
  refreshClaims().catch(() => {});
  if (decision.audit_id === shown && !byId("evidence").hasChildNodes()) return;
  if (decision.audit_id === shown) await show(shown).catch(fail);
}

function lines(audit) {
  const { decision } = audit;
  if (decision.outcome === "review") return [t("review_note")];
  if (decision.kind === "reverse") return [decision.comment];
  const by = decision.kind === "automatic" ? null : t("decided_by_person");
  const money = decision.amount_fen > 0 ? t("earned", { amount: yuan(decision.amount_fen) }) : t("no_reward");
  return [money, by, decision.comment];
}

async function show(auditId) {
  const audit = await get(`/audits/${auditId}`);
  const { decision, products, photos } = audit;
  if (!decision) return undefined;
  shown = auditId;
  say("");
  byId("decision").replaceChildren(evidence.verdict(evidence.outcomeOf(decision), ...lines(audit)));
  byId("evidence").replaceChildren(...[
    evidence.reasons(decision.reasons),
    history(audit),
    evidence.clauses(decision.clauses),
    h("div", { id: "picture-place" }, evidence.pictures(photos, products)),
    evidence.seen(decision.facts),
  ].filter(Boolean));
  await Promise.all([refreshWallet(), recent()]);
  return pictures(photos, auditId);
}

/** The pictures are made after the decision: look again until they are there. */
async function pictures(photos, auditId, tries = 20) {
  if (photos.every((photo) => photo.annotated || photo.undrawn || photo.state !== "read") || tries === 0) return;
  await pause(0.7);
  if (shown !== auditId) return;
  const audit = await get(`/audits/${auditId}`);
  const place = byId("picture-place");
  place.replaceChildren(...evidence.pictures(audit.photos, audit.products));
  await pictures(audit.photos, auditId, tries - 1);
}

/** The last decisions, to look at again. */
async function recent() {
  const page = await get("/audits?limit=8");
  const names = Object.fromEntries(shops.map((shop) => [shop.id, named(shop)]));
  const rows = page.items.filter((audit) => audit.decision).map((audit) => h("li", {}, h("button", { type: "button", onclick: () => show(audit.id).catch(fail) },
    h("span", {}, names[audit.outlet_id] ?? "", h("small", {}, when(audit.created_at))),
    evidence.outcomePill(audit.decision))));
  byId("recent").replaceChildren(...rows);
  byId("recent-box").hidden = rows.length === 0;
}

function preview() {
  const image = byId("preview");
  if (image.src) URL.revokeObjectURL(image.src);
  image.hidden = !file.files.length;
  byId("file-text").textContent = t(file.files.length ? "take_another" : "take_photo");
  if (file.files.length) image.src = URL.createObjectURL(file.files[0]);
  say("");
  ready();
}

form.addEventListener("submit", send);
form.addEventListener("change", (event) => {
  if (event.target.name === "task" || event.target === outlets) askDisplay();
  if (event.target === file) preview();
  else ready();
});
if (pending()) say(t("unfinished"));
await Promise.all([fillOutlets(), fillTasks(), refreshClaims(), refreshWallet()]).catch(fail);
askDisplay();
ready();
recent().catch(() => {});
watch(onDecision);
const asked = new URLSearchParams(location.search).get("audit");
if (asked) await show(asked).catch(fail);
