// The wallet's balance and its statement, a page at a time.
import { get } from "./api.js";
import { byId, h } from "./dom.js";
import { has, named, t, when, yuan } from "./texts.js";

let next = null;

const line = (posting) => {
  const kind = has(`kind_${posting.kind}`) ? t(`kind_${posting.kind}`) : t("kind_other");
  const { source, task, outlet, reason } = posting;
  const link = source?.kind === "audit" ? h("a", { href: `/rep?audit=${source.id}` }, t("view")) : null;
  const told = [when(posting.created_at), task && named(task), outlet && named(outlet), reason].filter(Boolean).map((each) => h("span", {}, each));
  return h("li", {},
    h("span", {}, kind, h("small", {}, [...told, link].filter(Boolean).flatMap((each, at) => (at ? [" · ", each] : [each])))),
    h("b", { class: posting.amount_fen > 0 ? "plus" : "" }, yuan(posting.amount_fen, true)));
};

async function statement(after) {
  const query = new URLSearchParams({ limit: "20" });
  if (after) query.set("after", after);
  const page = await get(`/wallet/statement?${query}`);
  const list = byId("statement");
  if (!after) list.replaceChildren();
  list.append(...page.items.map(line));
  next = page.next;
  byId("statement-more").hidden = !next;
  byId("statement-empty").hidden = list.hasChildNodes();
}

export async function refreshWallet() {
  const wallet = await get("/wallet");
  byId("balance").textContent = yuan(wallet.balance_fen);
  if (byId("statement-box").open) await statement(null);
}

byId("statement-box").addEventListener("toggle", (event) => {
  if (event.target.open) statement(null).catch(() => {});
});
byId("statement-more").addEventListener("click", () => statement(next).catch(() => {}));
