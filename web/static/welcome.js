// Choosing a password: by the one-time link of an invitation, or in place of one that somebody else knows.
import { ApiError, ask } from "./api.js";
import { byId, say } from "./dom.js";
import { t } from "./texts.js";

const form = byId("choose");
const least = Number(form.dataset.least);
const most = Number(form.dataset.most);
const OVER = ["link_unknown", "link_used", "link_expired"]; // nothing can be chosen by this link any more

// A browser sends what stands behind '#' to no server. This script alone hands it on, in a body. What a chat puts
// behind a link, such as a full stop, is no part of it.
const token = location.hash === "#content" ? "" : location.hash.slice(1).match(/^[\w-]*/)[0];
if (token) byId("language").hash = token;
addEventListener("hashchange", () => {
  if (location.hash !== "#content") location.reload(); // another link, in the same tab
  else if (token) history.replaceState(null, "", `#${token}`); // the jump over the head of the page
});

/** Instead of the form: why not, and the way on. */
function end(message, way) {
  form.hidden = true;
  say(message, "bad");
  byId(way).hidden = false;
}

function fail(error) {
  if (error instanceof ApiError && OVER.includes(error.code)) end(error.message, "to-sign-in");
  else if (form.hidden) end(error.message || t("error"), "once-more");
  else say(error.message || t("error"), "bad");
}

/** A fault at its field; "" takes it away. */
function fault(id, message) {
  byId(`${id}-fault`).textContent = message;
  byId(id).setAttribute("aria-invalid", String(Boolean(message)));
  return Boolean(message);
}

/** Whether both fields may be sent; else the first wrong one has the focus. */
function checked() {
  const length = [...byId("password").value].length; // characters, as the service counts them
  const wrong = {
    password: length < least || length > most ? t("password_length", { least, most }) : "",
    again: byId("password").value === byId("again").value ? "" : t("password_differs"),
  };
  const ids = Object.keys(wrong).filter((id) => fault(id, wrong[id]));
  if (ids.length) byId(ids[0]).focus();
  return ids.length === 0;
}

async function choose() {
  const password = byId("password").value;
  const done = token ? ask("POST", "/welcome", { token, password }) : ask("PUT", "/welcome", { new: password });
  const { home } = await done;
  location.replace(home); // the link is not found by going back
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!checked()) return;
  byId("save").disabled = true;
  say(t("choose_password_busy"), "busy");
  try {
    await choose();
  } catch (error) {
    byId("save").disabled = false;
    if (error.status !== 422) return fail(error);
    say("");
    fault("password", error.message);
    byId("password").focus();
  }
});

byId("show").addEventListener("click", () => {
  const shown = byId("password").type === "text";
  for (const id of ["password", "again"]) byId(id).type = shown ? "password" : "text";
  byId("show").textContent = t(shown ? "password_show" : "password_hide");
});
byId("once-more").addEventListener("click", () => location.reload());

if (token) {
  form.hidden = true; // of somebody who is signed in, until we know whose link this is
  say(t("link_checking"), "busy");
  try {
    const { name, login } = await ask("POST", "/welcome/link", { token });
    byId("why").textContent = t("choose_password_invited", { name });
    byId("login").value = login;
    form.hidden = false;
    say("");
  } catch (error) {
    fail(error);
  }
} else if (form.hidden) {
  end(t("link_missing"), "to-sign-in");
}
if (!form.hidden) byId("password").focus();
