// The page's words, as the server rendered them; {name} marks a place to fill.
const words = JSON.parse(document.getElementById("texts").textContent);

const chinese = document.documentElement.lang.startsWith("zh");

export function t(key, places = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}

export const has = (key) => key in words;

/** A text in the page's language; the other one where it is missing, and its code where it has none. */
export const said = (text) => (chinese ? text.zh || text.en : text.en || text.zh) || text.code || "";
export const named = (thing) => said(thing.name);

/** Whole fen to yuan, exactly: no floating point touches money. */
export function yuan(fen, sign = false) {
  const plus = fen < 0 ? "−" : sign ? "+" : "";
  const whole = Math.abs(fen);
  return `${plus}¥${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, "0")}`;
}

export function when(iso) {
  const form = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(document.documentElement.lang, form).format(new Date(iso));
}

export function day(iso) {
  const date = new Date(iso);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(document.documentElement.lang, { year, month: "short", day: "numeric" }).format(date);
}
