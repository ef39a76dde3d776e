// @ts-check
/**
 * The view of a populate call: one bar by outcome, rate and time left, and the errors.
 *
 * @typedef {{total?: number, success?: number, error?: number, skipped?: number}} Counts
 * @typedef {{key: string, message: string}} Failure
 * @typedef {{
 *   get(name: string): any,
 *   on(event: string, callback: () => void): void,
 *   off(event: string, callback: () => void): void,
 * }} Model
 */

const OUTCOMES = /** @type {const} */ (["success", "error", "skipped"]);
const LABELS = { success: "done", error: "failed", skipped: "skipped" };
const STATE = ["table", "counts", "current", "errors", "seconds", "finished"];

/**
 * An element with a class and a text; text is never read as markup.
 *
 * @param {string} tag
 * @param {string} name
 * @param {string} [text]
 */
function element(tag, name, text = "") {
  const node = document.createElement(tag);
  node.className = name;
  node.textContent = text;
  return node;
}

/**
 * Seconds as people say them.
 *
 * @param {number} seconds
 */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * The line under the bar.
 *
 * @param {Counts} counts
 * @param {number} seconds
 * @param {boolean} finished
 */
export function summary(counts, seconds, finished) {
  const total = counts.total ?? 0;
  const handled = OUTCOMES.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
  const parts = OUTCOMES.map((name) => `${counts[name] ?? 0} ${LABELS[name]}`);
  parts.push(`${total - handled} pending`);
  if (finished) return `${parts.join(" · ")} · finished in ${duration(seconds)}`;
  const rate = seconds > 0 ? handled / seconds : 0;
  if (rate > 0) {
    parts.push(`${rate >= 1 ? rate.toFixed(1) : rate.toPrecision(2)} keys/s`);
    parts.push(`${duration((total - handled) / rate)} left`);
  }
  return parts.join(" · ");
}

/**
 * Draw the view and keep it up to date.
 *
 * @param {{model: Model, el: HTMLElement}} context
 */
function render({ model, el }) {
  const root = element("section", "djnb-populate");
  const title = element("div", "djnb-populate-title");
  const bar = element("div", "djnb-populate-bar");
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-valuemin", "0");
  const pieces = OUTCOMES.map((name) => element("span", `djnb-populate-${name}`));
  bar.append(...pieces);
  const line = element("div", "djnb-populate-line");
  line.setAttribute("aria-live", "polite");
  const current = element("div", "djnb-populate-current");
  const notice = element("div", "djnb-populate-notice");
  notice.setAttribute("role", "status");
  notice.hidden = true;
  const errors = element("div", "djnb-populate-errors");
  root.append(title, bar, line, current, notice, errors);
  el.append(root);
  let spoken = 0;

  function update() {
    /** @type {Counts} */
    const counts = model.get("counts") ?? {};
    const total = Math.max(counts.total ?? 0, 1);
    const finished = model.get("finished");
    title.textContent = `Populate ${model.get("table")}`;
    pieces.forEach((piece, index) => {
      piece.style.inlineSize = `${(100 * (counts[OUTCOMES[index]] ?? 0)) / total}%`;
    });
    const handled = OUTCOMES.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
    const text = summary(counts, model.get("seconds"), finished);
    bar.setAttribute("aria-valuemax", String(counts.total ?? 0));
    bar.setAttribute("aria-valuenow", String(handled));
    bar.setAttribute("aria-valuetext", text);
    bar.setAttribute("aria-label", title.textContent);
    line.textContent = text;
    // a screen reader is told now and then, not ten times a second
    const now = Date.now();
    line.setAttribute("aria-live", finished || now - spoken > 10000 ? "polite" : "off");
    if (now - spoken > 10000) spoken = now;
    const key = model.get("current");
    current.textContent = key ? `now: ${key}` : "";
    showErrors(errors, model.get("errors") ?? []);
  }

  function lose() {
    if (model.get("finished")) return;
    notice.hidden = false;
    notice.textContent = "The kernel is gone; this is the last state it told.";
  }

  for (const name of STATE) model.on(`change:${name}`, update);
  model.on("comm_live_update", lose);
  update();
  return () => {
    for (const name of STATE) model.off(`change:${name}`, update);
    model.off("comm_live_update", lose);
  };
}

/**
 * Add the errors that are not shown yet; open ones stay open.
 *
 * @param {HTMLElement} list
 * @param {Failure[]} failures
 */
function showErrors(list, failures) {
  for (const failure of failures.slice(list.childElementCount)) {
    const details = element("details", "djnb-populate-failure");
    details.append(
      element("summary", "", `${failure.key}: ${failure.message.split("\n", 1)[0]}`),
      element("pre", "", failure.message),
    );
    list.append(details);
  }
}

export default { render };
