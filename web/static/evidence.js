// What a decision rests on: the picture with its boxes, the clauses, the reasons, the numbers.
import { h, s } from "./dom.js";
import { chinese, has, named, t, when } from "./texts.js";

const both = (thing, key) => (chinese ? thing[`${key}_zh`] || thing[`${key}_en`] : thing[`${key}_en`] || thing[`${key}_zh`]) || "";
export const inLanguage = (thing) => (chinese ? thing.zh || thing.en : thing.en || thing.zh) || thing.code || "";

const OPEN = 10000; // a count that is not below this has no upper bound: part of the display is out of the picture

/** A number as measured: shares in percent, counts as they are. */
function figure(value, share) {
  if (value === null || value === undefined) return "–";
  if (value >= OPEN) return "∞";
  if (share) return `${Math.round(value * 1000) / 10}%`;
  return String(Math.round(value * 100) / 100);
}

export const isShare = (path) => /share|purity|fill$/.test(path);

export function interval(value, share) {
  const best = figure(value.best, share);
  if (value.low === value.high) return best;
  return `${best} (${t("between", { low: figure(value.low, share), high: figure(value.high, share) })})`;
}

/** The name of a fact's path, such as `facings.own`, `row2.unlisted` or `facings.sku["CODE"]`. */
export function factName(path, products) {
  const sku = /^(\w+)\.sku\["(.+)"\]$/.exec(path);
  if (sku) return productName(sku[2], products) + (has(`place_${sku[1]}`) ? ` · ${t(`place_${sku[1]}`)}` : "");
  const key = `fact_${path.replaceAll(".", "_")}`;
  return has(key) ? t(key) : path;
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
    : h("div", { class: "block" }, h("h3", {}, t("picture")), h("p", { class: "muted" }, inLanguage(photo.undrawn)))));

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
    photo.undrawn ? h("p", { class: "muted" }, inLanguage(photo.undrawn)) : "",
    h("div", { class: "caption muted" }, caption, h("label", {}, show, t("show_boxes"))), legend);
}

/** A line with the interval that was measured and the mark that was needed. */
function range(value, need, state) {
  const top = Math.max(value.high < OPEN ? value.high : 2 * value.best, need, 1e-9) * 1.12;
  const at = (number) => 8 + (284 * number) / top;
  const mark = (name, from, to, y1 = 11, y2 = 11) =>
    s("line", { class: name, x1: from, x2: to, y1, y2, "vector-effect": "non-scaling-stroke" });
  const dot = (name) => mark(name, at(value.best), at(value.best) + 0.01);
  return s("svg", { class: `range ${state}`, viewBox: "0 0 300 22", preserveAspectRatio: "none", "aria-hidden": "true" },
    mark("track", 8, 292), mark("span", at(value.low), Math.min(at(value.high) + 0.01, 292)), mark("need", at(need), at(need), 1, 21),
    dot("rim"), dot("best"));
}

export function clauses(list, products) {
  if (!list.length) return null;
  const rows = list.map((clause) => {
    const measured = Object.entries(clause.measured ?? {});
    const needs = clause.threshold ? [clause.threshold] : [];
    const figures = measured.map(([path, value]) =>
      h("span", {}, `${factName(path, products)} · ${t("measured")} `, h("b", {}, interval(value, isShare(path)))));
    for (const need of needs) {
      const sign = { ">=": "≥", "<=": "≤", "==": "=", ">": ">", "<": "<", "!=": "≠", in: "∈", "not in": "∉" }[need.op] ?? need.op;
      const value = [need.value].flat().map((each) => figure(each, isShare(need.path))).join(", ");
      figures.push(h("span", {}, `${t("threshold")} `, h("b", {}, `${sign} ${value}`)));
    }
    const one = measured.length === 1 && needs.length === 1 && typeof needs[0].value === "number" ? range(measured[0][1], needs[0].value, clause.outcome) : null;
    const advice = inLanguage(clause.advice ?? {});
    return h("li", {},
      h("div", { class: "line" }, h("span", { class: "name" }, both(clause, "label") || clause.code),
        h("span", { class: `pill ${clause.outcome}` }, t(`clause_${clause.outcome}`))),
      h("div", { class: "figures" }, figures), one, advice ? h("p", { class: "advice" }, advice) : null);
  });
  return h("div", { class: "block" }, h("h3", {}, t("clauses")), h("ul", { class: "clauses" }, rows));
}

export function reasons(all) {
  const list = all.filter((reason) => reason.code !== "passed"); // the clauses below say so
  if (!list.length) return null;
  return h("div", { class: "block" }, h("h3", {}, t("reasons")),
    h("ul", { class: "reasons" }, list.map((reason) => h("li", {}, inLanguage(reason)))));
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

/** Which products, and how many fronts of each, the most first. */
export function seen(facts, products, bounds = false) {
  const found = Object.entries(facts?.facings?.sku ?? {}).filter(([, value]) => value.best > 0).sort((a, b) => b[1].best - a[1].best);
  if (!found.length) return null;
  return h("div", { class: "block" }, h("h3", {}, t("seen")),
    h("ul", { class: "seen" }, found.map(([code, value]) => h("li", { class: "pill" }, `${productName(code, products)} · `, h("b", {}, bounds ? interval(value, false) : figure(value.best, false))))));
}

/** All facts but those by SKU or of SKUs that a row does not list, and rows on which no front is likely, as [path, interval]: below a top that is not in
 * the picture every row may hold some. */
export function flat(facts, before = "") {
  return Object.entries(facts ?? {}).flatMap(([name, value]) => {
    const path = before ? `${before}.${name}` : name;
    if (name === "sku" || name === "unlisted" || value === null || typeof value !== "object") return [];
    if (!("best" in value)) return flat(value, path);
    return /^(row|top)\d/.test(path) && value.best === 0 && value.low === 0 ? [] : [[path, value]];
  });
}

export function table(facts, products) {
  const rows = flat(facts);
  if (!rows.length) return null;
  return h("div", { class: "block" }, h("h3", {}, t("facts")), h("table", { class: "facts" },
    h("thead", {}, h("tr", {}, ...["", "fact_low", "fact_best", "fact_high"].map((key) => h("th", { scope: "col" }, key && t(key))))),
    h("tbody", {}, rows.map(([path, value]) => h("tr", {}, h("th", { scope: "row" }, factName(path, products)),
      h("td", {}, figure(value.low, isShare(path))), h("td", { class: "likely" }, figure(value.best, isShare(path))),
      h("td", {}, figure(value.high, isShare(path))))))));
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
