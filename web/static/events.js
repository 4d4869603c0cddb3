// New decisions as they are made. The browser connects again by itself and names the last one it saw.
export function watch(onDecision) {
  const source = new EventSource("/api/v1/events");
  source.addEventListener("decision", (event) => onDecision(JSON.parse(event.data)));
  addEventListener("pagehide", () => source.close());
  // A browser gives up for good on an answer that is not a stream, such as 401 or 503: begin anew after a while.
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => watch(onDecision), 15_000);
  });
}
