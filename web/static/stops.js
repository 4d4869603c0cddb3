// Stops of automatic pay: what is stopped, since when, by whom and why; one click stops, another opens again.
import { all, get, post } from "./api.js";
import { byId, h, say } from "./dom.js";
import { named, t, when } from "./texts.js";

const role = byId("stops").dataset.role;
const KINDS = role === "operator" ? ["model"] : ["brand", "task", "sku", "model"];
const wanted = new URLSearchParams(location.search).get("task");
const brands = new Map();
let next = null;

const fail = (error) => say(error.message || t("error"), "bad");
const kind = (each) => ({ brand: t("stop_brand"), task: t("stop_task"), sku: t("stop_sku"), model: t("stop_model") })[each.kind];
const mayOpen = (each) => role === "admin" || (role === "operator" && each.brand_id === null) || (role === "manager" && each.brand_id !== null);

/** Of which brand, for who sees several; a stop without one holds for all. */
function ofBrand(each) {
  if (each.brand_id === null) return t("stop_all_brands");
  return brands.size > 1 && each.kind !== "brand" ? brands.get(each.brand_id) : "";
}

const title = (each) => h("span", { class: "name" }, h("span", { class: "pill" }, kind(each)), " ", named(each),
  h("small", { class: "muted" }, [each.kind === "sku" ? each.target : "", ofBrand(each)].filter(Boolean).join(" · ")));

/** The reason of a field; null, and the field in focus, where nothing is written. */
function reasonOf(field) {
  const reason = field.value.trim();
  if (reason) return reason;
  field.focus();
  say(t("reason_missing"), "bad");
  return null;
}

function stoppedRow(each) {
  const field = h("input", { type: "text", maxlength: 200, autocomplete: "off", "aria-label": t("open_why"), placeholder: t("open_why") });
  const open = async () => {
    const reason = reasonOf(field);
    if (reason === null) return;
    await post(`/stops/${each.id}/opening`, { reason });
    await refresh();
    say(t("opened_again", { name: named(each) }));
  };
  const told = t("stop_told", { time: when(each.created_at), by: each.by });
  return h("li", { "data-stop": each.id }, title(each), h("p", {}, each.reason), h("p", { class: "muted" }, told),
    mayOpen(each)
      ? h("form", { class: "open", onsubmit: (event) => { event.preventDefault(); open().catch(fail); } }, field, h("button", { type: "submit" }, t("open_again")))
      : h("p", { class: "muted" }, each.brand_id === null ? t("open_by_admin") : t("open_by_manager")));
}

const openedRow = (each) => h("li", {}, title(each), h("p", { class: "muted" }, `${t("stop_told", { time: when(each.created_at), by: each.by })} ${each.reason}`),
  h("p", { class: "muted" }, `${t("open_told", { time: when(each.opened_at), by: each.opened_by })} ${each.opening_reason}`));

function targetRow(each) {
  const stop = async () => {
    const reason = reasonOf(byId("why"));
    if (reason === null) return;
    await post("/stops", { kind: each.kind, target: each.target, brand_id: each.brand_id, reason });
    byId("why").value = "";
    await refresh();
    say(t("stopped", { name: named(each) }));
  };
  const action = each.stops.length
    ? h("span", { class: "pill refuse" }, t("is_stopped"))
    : h("button", { type: "button", class: "primary bad", "aria-label": `${t("stop")} ${named(each)}`, onclick: () => stop().catch(fail) }, t("stop"));
  const chosen = each.kind === "task" && each.target === wanted;
  return h("li", { class: chosen ? "side chosen" : "side", "data-target": each.target, "data-words": `${each.name.en} ${each.name.zh} ${each.target}`.toLowerCase() },
    title(each), action);
}

function find() {
  const words = byId("find").value.trim().toLowerCase();
  for (const row of document.querySelectorAll("[data-words]")) row.hidden = !row.dataset.words.includes(words);
}

async function refresh() {
  const [stopped, ...targets] = await Promise.all([all("/stops"), ...KINDS.map((each) => all("/stops/targets", { kind: each }))]);
  brands.clear();
  for (const brand of KINDS[0] === "brand" ? targets[0] : []) brands.set(brand.target, named(brand));
  byId("stopped").replaceChildren(...stopped.map(stoppedRow));
  byId("stopped-count").textContent = stopped.length ? String(stopped.length) : "";
  byId("stopped-empty").hidden = stopped.length > 0;
  KINDS.forEach((each, at) => {
    const rows = targets[at].sort((a, b) => Number(b.target === wanted) - Number(a.target === wanted));
    byId(`of-${each}`).replaceChildren(...rows.map(targetRow));
  });
  find();
  if (byId("opened-box").open) await history(null);
}

async function history(after) {
  const query = new URLSearchParams({ opened: "true", limit: "50" });
  if (after) query.set("after", after);
  const page = await get(`/stops?${query}`);
  if (!after) byId("opened").replaceChildren();
  byId("opened").append(...page.items.filter((each) => each.opened_at).map(openedRow));
  next = page.next;
  byId("opened-more").hidden = !next;
}

byId("find").addEventListener("input", find);
byId("opened-box").addEventListener("toggle", (event) => { if (event.target.open) history(null).catch(fail); });
byId("opened-more").addEventListener("click", () => history(next).catch(fail));
await refresh().catch(fail);
if (wanted) byId("why").focus();
