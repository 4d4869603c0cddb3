// The fronts on which the payment of a newly enrolled SKU would rest: a person ticks them, one by one.
import { post } from "./api.js";
import { h, say } from "./dom.js";
import { named, t, yuan } from "./texts.js";

/** The block of an audit; null where nothing is to be ticked. */
export function strip(current) {
  const { trial, products, audit } = current;
  if (!trial) return null;
  const name = (code) => (code === "unknown" ? t("unknown_product") : products[code] ? named(products[code]) : code);
  const said = new Map(trial.fronts.map((front) => [front, front.ticked]));
  const open = current.may.includes("review");
  const asked = trial.fronts.filter((front) => front.asked);
  const told = h("p", { class: "muted", "aria-live": "polite" });
  const redraw = [];

  function draw() {
    told.textContent = t("trial_count", { ticked: asked.filter((each) => said.get(each) === "it").length, all: asked.length });
    for (const one of redraw) one();
  }

  function choose(front, word) {
    said.set(front, said.get(front) === word ? null : word);
    draw();
  }

  function toggle(front, word, label, ...inside) {
    const button = h("button", { type: "button", class: word, disabled: !open, "aria-label": label, onclick: () => choose(front, word) }, ...inside);
    redraw.push(() => button.setAttribute("aria-pressed", String(said.get(front) === word)));
    return button;
  }

  function crop(front, number) {
    const label = `${number}. ${name(front.sku)}`;
    const image = h("img", { src: front.crop, alt: "", loading: "lazy" });
    const sister = toggle(front, "sister", `${label}: ${t("trial_sister")}`, t("trial_sister"));
    return h("li", {}, front.asked ? toggle(front, "it", `${label}: ${t("trial_is")}`, image) : image, h("small", {}, name(front.sku)), sister);
  }

  async function keep() {
    const marked = (word) => trial.fronts.filter((front) => said.get(front) === word).map(({ photo_id, front }) => ({ photo_id, front }));
    const ticks = await post(`/reviews/${audit.id}/ticks`, { ticked: marked("it"), sisters: marked("sister") });
    say(t(ticks.is_right ? "trial_right" : "trial_wrong"), ticks.is_right ? "" : "bad");
    for (const front of trial.fronts) front.ticked = said.get(front);
    trial.ticks = ticks;
    block.replaceWith(strip(current));
  }

  const others = trial.fronts.filter((front) => !front.asked);
  const result = trial.ticks ? h("p", { class: `pill ${trial.ticks.is_right ? "pass" : "refuse"}` }, t(trial.ticks.is_right ? "trial_right" : "trial_wrong")) : null;
  const block = h("div", { class: "block trial" }, h("h3", {}, t("trial_title", { names: trial.codes.map(name).join(", ") })),
    h("p", {}, t("trial_shadow", { amount: yuan(trial.shadow.amount_fen) })), h("p", { class: "muted" }, t("trial_how")),
    h("ol", { class: "strip" }, asked.map((front, at) => crop(front, at + 1))),
    others.length ? h("details", {}, h("summary", {}, t("trial_others", { count: others.length })), h("ol", { class: "strip" }, others.map((front, at) => crop(front, asked.length + at + 1)))) : null,
    told, result,
    open ? h("button", { type: "button", class: "primary", onclick: () => keep().catch((error) => say(error.message || t("error"), "bad")) }, t("trial_keep")) : null);
  draw();
  return block;
}
