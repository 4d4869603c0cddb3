// What a decision rests on: the picture with its boxes, the clauses, the reasons, the numbers.
import { h, s } from "./dom.js";
import { named, said, t, when } from "./texts.js";

/** A number of a fact: shares in percent, counts as they are. */
const figure = (fact, value) => (fact.kind === "share" ? `${Math.round(value * 1000) / 10}%` : String(Math.round(value * 100) / 100));

const highest = (fact) => (fact.is_open ? "∞" : figure(fact, fact.high));

function interval(fact) {
  const best = figure(fact, fact.best);
  if (fact.low === fact.high) return best;
  return `${best} (${t("between", { low: figure(fact, fact.low), high: highest(fact) })})`;
}

function productName(code, products) {
  if (!code || code === "unknown") return t("unknown_product");
  return products[code] ? named(products[code]) : code;
}

function kindOf(detection, products) {
  if (detection.label === "cooler") return "cooler";
  const product = products[detection.sku];
  if (!detection.sku || detection.sku === "unknown") return "unknown";
  return product && product.new ? "new" : product && product.own ? "own" : "other";
}

/** Each photo that can be shown, and a word on each of which no picture could be drawn. */
export const pictures = (photos, products) => photos.filter((photo) => photo.picture || photo.undrawn)
  .map((photo) => (photo.picture ? picture(photo, products)
    : h("div", { class: "block" }, h("h3", {}, t("picture")), h("p", { class: "muted" }, said(photo.undrawn)))));

/** The photo with a box for each detection; a box that is tapped, or reached by keyboard, says what it is. */
export function picture(photo, products) {
  const caption = h("span", { "aria-live": "polite" }, t("tap_box"));
  const frame = h("div", { class: "shelf" });
  frame.style.maxWidth = `calc(82vh * ${photo.width / photo.height})`; // a tall photo fits the screen
  const boxes = s("svg", { viewBox: `0 0 ${photo.width} ${photo.height}`, preserveAspectRatio: "none" });
  const describe = (detection) => {
    const name = detection.label === "cooler" ? t("cooler") : productName(detection.sku, products);
    const score = Math.round(100 * Math.min(detection.score, detection.sku_score ?? 1));
    const row = detection.row ? `, ${t("row", { row: detection.row })}` : "";
    return t("box_is", { name, score }) + row;
  };
  // Large boxes first: a cooler must not lie over the fronts inside it.
  const size = ({ box: [x1, y1, x2, y2] }) => (x2 - x1) * (y2 - y1);
  for (const detection of [...photo.detections].sort((a, b) => size(b) - size(a))) {
    const [x1, y1, x2, y2] = detection.box;
    const shape = { x: x1, y: y1, width: x2 - x1, height: y2 - y1, rx: 2, class: `${kindOf(detection, products)} ${detection.certainty}` };
    const choose = () => {
      frame.querySelector(".chosen")?.classList.remove("chosen");
      rect.classList.add("chosen");
      caption.textContent = describe(detection);
    };
    const rect = s("rect", { ...shape, tabindex: 0, role: "img", "aria-label": describe(detection), onclick: choose, onfocus: choose });
    boxes.append(rect);
  }
  const kinds = new Set(photo.detections.map((detection) => kindOf(detection, products)));
  const legend = h("ul", { class: "legend muted" }, ["own", "new", "other", "unknown", "cooler"].filter((kind) => kinds.has(kind))
    .map((kind) => h("li", { class: kind }, t(`kind_of_${kind}`))));
  const count = photo.detections.filter((each) => each.label !== "cooler" && each.certainty !== "maybe").length;
  frame.append(h("img", { src: photo.picture, alt: t("picture_alt", { count }), width: photo.width, height: photo.height }), boxes);
  const show = h("input", { type: "checkbox", checked: true });
  show.addEventListener("change", () => frame.classList.toggle("plain", !show.checked));
  return h("div", { class: "block" }, h("h3", {}, t("picture")), frame,
    photo.undrawn ? h("p", { class: "muted" }, said(photo.undrawn)) : "",
    h("div", { class: "caption muted" }, caption, h("label", {}, show, t("show_boxes"))), legend);
}

/** A line with the interval that was measured and the mark that was needed. */
function range(value, need, state) {
  const top = Math.max(value.is_open ? 2 * value.best : value.high, need, 1e-9) * 1.12;
  const at = (number) => 8 + (284 * number) / top;
  const mark = (name, from, to, y1 = 11, y2 = 11) =>
    s("line", { class: name, x1: from, x2: to, y1, y2, "vector-effect": "non-scaling-stroke" });
  const dot = (name) => mark(name, at(value.best), at(value.best) + 0.01);
  return s("svg", { class: `range ${state}`, viewBox: "0 0 300 22", preserveAspectRatio: "none", "aria-hidden": "true" },
    mark("track", 8, 292), mark("span", at(value.low), Math.min(at(value.high) + 0.01, 292)), mark("need", at(need), at(need), 1, 21),
    dot("rim"), dot("best"));
}

const COMPARISONS = { ">=": "≥", "<=": "≤", "==": "=", ">": ">", "<": "<", "!=": "≠", in: "∈", "not in": "∉" };

export function clauses(list) {
  if (!list.length) return null;
  const rows = list.map((clause) => {
    const measured = Object.values(clause.measured);
    const need = clause.threshold;
    const figures = measured.map((fact) => h("span", {}, `${named(fact)} · ${t("measured")} `, h("b", {}, interval(fact))));
    if (need) {
      const values = need.values.map((each) => figure(need, each)).join(", ");
      figures.push(h("span", {}, `${t("threshold")} `, h("b", {}, `${COMPARISONS[need.op]} ${values}`)));
    }
    const one = need && measured.length === 1 && need.values.length === 1 ? range(measured[0], need.values[0], clause.outcome) : null;
    const advice = said(clause.advice ?? {});
    return h("li", {},
      h("div", { class: "line" }, h("span", { class: "name" }, said(clause.label) || clause.code),
        h("span", { class: `pill ${clause.outcome}` }, t(`clause_${clause.outcome}`))),
      h("div", { class: "figures" }, figures), one, advice ? h("p", { class: "advice" }, advice) : null);
  });
  return h("div", { class: "block" }, h("h3", {}, t("clauses")), h("ul", { class: "clauses" }, rows));
}

export function reasons(all) {
  const list = all.filter((reason) => reason.code !== "passed"); // the clauses below say so
  if (!list.length) return null;
  return h("div", { class: "block" }, h("h3", {}, t("reasons")),
    h("ul", { class: "reasons" }, list.map((reason) => h("li", {}, said(reason)))));
}

/** The other displays of this outlet, to see whether one shelf is shown twice; null where there is none. */
export function otherDisplays(displays) {
  const shown = displays.flatMap(({ display, pictures }) => pictures.map((src) => h("figure", {},
    h("img", { src, alt: t("display_is", { display }), loading: "lazy" }), h("figcaption", { class: "muted" }, t("display_is", { display })))));
  return shown.length ? h("div", { class: "block" }, h("h3", {}, t("other_displays")), h("div", { class: "others" }, shown)) : null;
}

/** Beside each photo that was flagged as a duplicate the one that it resembles; null where there is none to be seen. */
export function resembling(found, photos) {
  const pairs = found.flatMap((each) => {
    const mine = photos.find((photo) => photo.id === each.photo_id);
    if (!mine?.picture || !each.picture) return [];
    const one = (src, text) => h("figure", {}, h("img", { src, alt: text, loading: "lazy" }), h("figcaption", { class: "muted" }, text));
    const other = t("resembled", { outlet: named(each.outlet), time: when(each.received_at) });
    return [h("div", { class: "pair" }, one(mine.picture, t("resembling_this")), one(each.picture, other))];
  });
  return pairs.length ? h("div", { class: "block" }, h("h3", {}, t("resembles")), pairs) : null;
}

/** Whether a fact counts the fronts of one product on the whole display. */
export const ofProduct = (fact) => fact.sku !== null && fact.shelf_position === null;

/** Which products, and how many fronts of each, the most first. */
export function seen(facts, bounds = false) {
  const found = Object.values(facts).filter((fact) => ofProduct(fact) && fact.best > 0).sort((a, b) => b.best - a.best);
  if (!found.length) return null;
  return h("div", { class: "block" }, h("h3", {}, t("seen")),
    h("ul", { class: "seen" }, found.map((fact) => h("li", { class: "pill" }, `${named(fact)} · `, h("b", {}, bounds ? interval(fact) : figure(fact, fact.best))))));
}

export function table(facts) {
  const rows = Object.values(facts).filter((fact) => fact.is_main);
  if (!rows.length) return null;
  return h("div", { class: "block" }, h("h3", {}, t("facts")), h("table", { class: "facts" },
    h("thead", {}, h("tr", {}, ...["", "fact_low", "fact_best", "fact_high"].map((key) => h("th", { scope: "col" }, key && t(key))))),
    h("tbody", {}, rows.map((fact) => h("tr", {}, h("th", { scope: "row" }, named(fact)),
      h("td", {}, figure(fact, fact.low)), h("td", { class: "likely" }, figure(fact, fact.best)), h("td", {}, highest(fact)))))));
}

/** What a decision comes to in a word: an award that was taken back is not a display that failed. */
export const outcomeOf = (decision) => (decision.kind === "reverse" ? "reverse" : decision.outcome);

export const outcomePill = (decision) => h("span", { class: `pill ${outcomeOf(decision)}` }, t(`outcome_${outcomeOf(decision)}`));

const SIGNS = { reverse: "M20 13H6M11 8l-5 5 5 5", pass: "M6 13l5 5 9-11", refuse: "M7 7l12 12M19 7L7 19", review: "M13 6v7l4 3", pending: "M13 6v7" };

export function verdict(outcome, ...lines) {
  return h("div", { class: `verdict ${outcome}` },
    h("span", { class: "sign", "aria-hidden": "true" }, s("svg", { viewBox: "0 0 26 26" }, s("path", { d: SIGNS[outcome] ?? SIGNS.pending }))),
    h("div", {}, h("strong", {}, t(`outcome_${outcome}`)), lines.filter(Boolean).map((line) => h("span", { class: "money" }, line, " "))));
}
