// The upload that is under way, so that a retry after a reload is still the same upload. The photo itself stays
// with the person; it is known again by name, size and date.
const PLACE = "shelfproof.pending";

const mark = (file) => `${file.name}|${file.size}|${file.lastModified}`;

export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // plain http on another host has no randomUUID
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function pending() {
  try {
    return JSON.parse(localStorage.getItem(PLACE));
  } catch {
    return null;
  }
}

/** The key for this photo for this outlet and task: the old one while the same upload is unfinished. */
export function keyFor(file, outlet, task) {
  const old = pending();
  const now = { photo: mark(file), outlet, task };
  if (old && old.photo === now.photo && old.outlet === outlet && old.task === task) return old.key;
  const key = newKey();
  localStorage.setItem(PLACE, JSON.stringify({ ...now, key }));
  return key;
}

export const finished = () => localStorage.removeItem(PLACE);
