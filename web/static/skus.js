// The brand's SKUs: which are on trial, and where the trial of one stands.
import { get, pages } from "./api.js";
import { byId, h, s, say } from "./dom.js";
import { has, named, said, t, when } from "./texts.js";

const SISTERS = 20; // displays with a sister that a trial asks for
const STATES = { trial: "review", open: "pass", closed: "refuse", spent: "refuse", shipped: "" };
const stateOf = (sku) => (sku.trial ? sku.trial.state : "shipped");
const pill = (sku) => h("span", { class: `pill ${STATES[stateOf(sku)]}` }, t(`trial_state_${stateOf(sku)}`));
const pack = ({ pack: given }) => (has(`pack_${given}`) ? t(`pack_${given}`) : given);
const fail = (error) => say(error.message || t("error"), "bad");
const skus = [];

function row(sku) {
  return h("li", { class: "side", "data-code": sku.code }, h("a", { class: "name", href: `#${encodeURIComponent(sku.code)}` }, named(sku),
    h("small", { class: "muted" }, [sku.code, sku.brand, pack(sku)].filter(Boolean).join(" · "))), pill(sku));
}

function list() {
  const words = byId("find").value.trim().toLowerCase();
  const state = byId("state").value;
  const shown = skus.filter((sku) => `${sku.name.en} ${sku.name.zh} ${sku.code} ${sku.brand}`.toLowerCase().includes(words) && (!state || stateOf(sku) === state));
  byId("skus").replaceChildren(...shown.map(row));
  byId("skus-count").textContent = String(shown.length);
  byId("skus-empty").hidden = shown.length > 0;
}

/** How many there are of how many, as words and as a bar. */
function progress(label, there, wanted) {
  const share = 292 * Math.min(1, wanted ? there / wanted : 1);
  const line = (name, to) => s("line", { class: name, x1: 8, x2: Math.max(8.01, to), y1: 11, y2: 11, "vector-effect": "non-scaling-stroke" });
  return h("li", {}, h("div", { class: "line" }, h("span", {}, label), h("b", {}, `${there} / ${wanted}`)),
    s("svg", { class: "range", viewBox: "0 0 300 22", preserveAspectRatio: "none", "aria-hidden": "true" }, line("track", 292), there ? line("span", share) : null));
}

function trial(told) {
  const look = told.next_look;
  const figures = [
    [t("sku_wrong"), `${told.wrong}`], [t("sku_waiting"), `${told.waiting}`],
    [t("sku_bound"), told.displays ? `≤ ${Math.round(told.bound * 1000) / 10}%` : "–"],
    [t("sku_look"), look ? t("sku_look_is", { displays: look.displays, wrong: look.wrong_max }) : "–"],
  ];
  return [
    h("p", {}, said(told.told)),
    h("ul", { class: "clauses" }, progress(t("sku_displays"), told.displays, look && told.displays_missing ? look.displays : told.displays), progress(t("sku_sisters"), told.with_sister, Math.max(SISTERS, told.with_sister))),
    h("table", { class: "facts" }, h("tbody", {}, figures.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value))))),
    told.changes.length ? h("div", { class: "block" }, h("h3", {}, t("sku_changes")), h("ul", { class: "reasons" }, told.changes.map((each) => h("li", {},
      `${when(each.created_at)}: ${t(`trial_state_${each.state}`)} · ${t("sku_counts", each)}`)))) : null,
  ].filter(Boolean);
}

function told(sku) {
  const warnings = sku.enrolment?.warnings ?? [];
  return h("div", {}, h("div", { class: "line" }, h("h2", {}, named(sku)), pill(sku)),
    h("p", { class: "muted" }, [sku.code, sku.brand, pack(sku), sku.own ? t("kind_of_own") : t("kind_of_other"),
      sku.enrolment ? t("sku_enrolled", { pictures: sku.enrolment.pictures.length, time: when(sku.enrolment.created_at) }) : ""].filter(Boolean).join(" · ")),
    h("div", { class: "block" }, sku.trial ? trial(sku.trial) : h("p", {}, t("sku_exempt"))),
    warnings.length ? h("div", { class: "block" }, h("h3", {}, t("sku_warnings")), h("ul", { class: "reasons" }, warnings.map((each) => h("li", {}, said(each))))) : null);
}

async function show() {
  const code = decodeURIComponent(location.hash.slice(1));
  for (const each of byId("skus").children) each.classList.toggle("chosen", each.dataset.code === code);
  if (!code) return;
  const sku = skus.find((each) => each.code === code);
  byId("told").replaceChildren(told(sku ?? (await get(`/skus/${encodeURIComponent(code)}`))));
  byId("sku").scrollIntoView({ block: "nearest" });
}

byId("find").addEventListener("input", list);
byId("state").addEventListener("change", list);
addEventListener("hashchange", () => show().catch(fail));
try {
  for await (const page of pages("/skus")) {
    skus.push(...page);
    list(); // the first are there before the last
  }
  await show();
} catch (error) {
  fail(error);
}
