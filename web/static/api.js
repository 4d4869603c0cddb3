// Calls of the service. The session is a cookie that scripts cannot read; problems become ApiError.
import { signedInAgain } from "./session.js";
import { t } from "./texts.js";

export class ApiError extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.detail || problem.title || t("error"));
    this.status = status;
    this.code = problem.code || "";
    this.problem = problem; // with all that the message tells, by name
    this.retryAfter = retryAfter;
  }
}

export class Offline extends Error {
  constructor() {
    super(t("error_offline"));
  }
}

/** To where one goes on: to choose a password that nobody else knows. */
function checkPassword(code) {
  if (code === "password_change_needed") location.assign("/welcome");
}

/** A call of one of our addresses: its JSON, or null where there is nothing to say. */
export async function ask(method, url, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(url, options);
  } catch {
    throw new Offline();
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401) {
    await signedInAgain();
    return ask(method, url, body);
  }
  checkPassword(answer.code);
  throw new ApiError(response.status, answer, Number(response.headers.get("Retry-After")) || 0);
}

export const call = (method, path, body) => ask(method, `/api/v1${path}`, body);
export const get = (path) => call("GET", path);
export const post = (path, body) => call("POST", path, body);

/** The pages of a list, one after the other, to its end: none stops at a number without a word. */
export async function* pages(path, asked = {}) {
  let after = null;
  do {
    const query = new URLSearchParams({ ...asked, limit: "200" });
    if (after) query.set("after", after);
    const page = await get(`${path}?${query}`);
    yield page.items;
    after = page.next;
  } while (after);
}

/** All items of a list. */
export async function all(path, asked = {}) {
  const items = [];
  for await (const page of pages(path, asked)) items.push(...page);
  return items;
}

/** One upload attempt with progress; resolves to the answer, rejects with ApiError or Offline. */
export function upload(fields, photo, key, onPercent) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", photo, "photo.jpg");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/photos");
    request.setRequestHeader("Idempotency-Key", key);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onPercent(Math.round((100 * event.loaded) / event.total));
    });
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) return resolve(request.response);
      if (request.status === 401) return signedInAgain().then(() => resolve(upload(fields, photo, key, onPercent)));
      checkPassword(request.response?.code);
      const wait = Number(request.getResponseHeader("Retry-After")) || 0;
      return reject(new ApiError(request.status, request.response || {}, wait));
    });
    request.addEventListener("error", () => reject(new Offline()));
    request.addEventListener("timeout", () => reject(new Offline()));
    request.timeout = 90_000;
    request.send(form);
  });
}
