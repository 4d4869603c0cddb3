// The session: told of before it ends, and begun anew in place, so that nothing typed or chosen is lost. Keys and
// touches are use of it; what the page asks by itself is not. The service knows when it ends: another tab may have used it.
import { h } from "./dom.js";
import { t } from "./texts.js";

const { user, login, name, idle } = document.body.dataset;
const warnS = Math.min(300, Number(idle) / 6);
let endsAt = Infinity; // by this machine's clock, in ms
let latestAt = Infinity;
let renewedAt = Date.now();
let askedAt = 0;
let again = null; // a promise while the session has ended: it resolves when the person has signed in
let bar = null;

const told = (seconds) => (seconds < 90 ? t("session_seconds", { n: Math.max(0, Math.ceil(seconds)) }) : t("session_minutes", { n: Math.round(seconds / 60) }));

async function ask(method, path) {
  askedAt = Date.now();
  const response = await fetch(path, { method, headers: { Accept: "application/json" } }).catch(() => null);
  if (response?.status === 401) return signedInAgain();
  if (!response?.ok) return undefined; // no connection: the next look tells
  const state = await response.json();
  if (state.user_id !== user) return location.assign("/"); // somebody else signed in here, in another tab
  endsAt = Date.now() + state.ends_in * 1000;
  latestAt = Date.now() + state.latest_in * 1000;
  return show();
}

const look = () => ask("GET", "/api/v1/session");

function renew() {
  renewedAt = Date.now();
  return ask("POST", "/api/v1/session/renewal");
}

function used() {
  if (!again && Date.now() - renewedAt > Number(idle) * 100) renew();
}

function show() {
  const left = (endsAt - Date.now()) / 1000;
  if (again || left > warnS) {
    bar?.remove();
    bar = null;
    return;
  }
  if (!bar) {
    bar = h("div", { class: "session-bar", role: "alert" }, h("p", {}), h("button", { type: "button", class: "primary", onclick: renew }, t("session_stay")));
    document.body.append(bar);
  }
  const last = latestAt - endsAt < 1000;
  bar.firstElementChild.textContent = last ? t("session_last", { left: told(left) }) : t("session_ends", { left: told(left) });
  bar.lastElementChild.hidden = last;
}

function tick() {
  if (again || endsAt === Infinity) return;
  const left = (endsAt - Date.now()) / 1000;
  if (left <= warnS && Date.now() - askedAt > Math.min(15, warnS / 2) * 1000) look();
  else if (left <= 0 && Date.now() - askedAt > 1000) look();
  show();
}

/** Have the person sign in again, in a dialog over the page as it is; resolves when that is done. */
export function signedInAgain() {
  if (!user) return location.assign("/");
  again ??= new Promise((resolve) => {
    const password = h("input", { id: "again-password", type: "password", autocomplete: "current-password", required: true, maxlength: 200 });
    const fault = h("p", { class: "notice bad", role: "alert", hidden: true });
    const form = h("form", { class: "stack" },
      h("h2", {}, t("session_ended")), h("p", {}, t("session_kept", { name })), fault,
      h("input", { type: "text", autocomplete: "username", maxlength: 60, value: login, hidden: true }),
      h("label", { for: "again-password" }, t("password")), password,
      h("button", { class: "primary", type: "submit" }, t("sign_in")), h("a", { href: "/" }, t("session_other")));
    const dialog = h("dialog", { class: "card session-again" }, form);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = new URLSearchParams({ login, password: password.value });
      const response = await fetch("/sign-in", { method: "POST", headers: { Accept: "application/json" }, body }).catch(() => null);
      if (response?.status === 204) {
        again = null;
        dialog.remove();
        resolve();
        return look();
      }
      const problem = await response?.json().catch(() => ({}));
      fault.textContent = problem?.detail || t(response ? "error" : "error_offline");
      fault.hidden = false;
      return password.select();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
  show();
  return again;
}

if (user) {
  for (const event of ["keydown", "pointerdown"]) addEventListener(event, used, { capture: true, passive: true });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !again) look(); });
  setInterval(tick, 1000);
  look();
}
