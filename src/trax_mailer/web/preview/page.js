// The preview's page: shows the state, and shows it again whenever the server says that it changed.

const byId = (id) => document.getElementById(id);
const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`).value;

let reader = "";
let topics = [];
let revision = 0;
let mail = byId("mail");

function query(more = {}) {
  return new URLSearchParams({ reader, topics, revision, ...more }).toString();
}

function setText(id, words) {
  const element = byId(id);
  if (element.textContent !== words) element.textContent = words;
}

function make(tag, className, words = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = words;
  return element;
}

// ---- the mail -----------------------------------------------------------------------------------

// The new mail loads behind the old one and takes its place when it is complete, at the same height:
// nothing flashes, nothing jumps.
function showMail() {
  document.querySelector(".mail.arriving")?.remove();
  const arriving = mail.cloneNode(false);
  arriving.classList.add("arriving");
  arriving.removeAttribute("id");
  arriving.addEventListener("load", () => {
    const from = mail.contentWindow;
    const { scrollX, scrollY } = from ?? { scrollX: 0, scrollY: 0 };
    arriving.contentWindow.scrollTo(scrollX, scrollY);
    watchLinks(arriving.contentDocument);
    mail.remove();
    arriving.id = "mail";
    arriving.classList.remove("arriving");
    arriving.dataset.revision = revision;
    mail = arriving;
  }, { once: true });
  arriving.src = `/mail?${query({ scheme: chosen("scheme") })}`;
  mail.after(arriving);
}

// A link followed inside the frame would replace the mail; its target is shown instead.
function watchLinks(page) {
  page.addEventListener("click", (event) => {
    const anchor = event.target.closest?.("a[href]");
    if (!anchor || anchor.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    const bar = byId("link");
    bar.replaceChildren(make("span", "", anchor.href));
    if (/^https?:/.test(anchor.href)) {
      const open = make("a", "", "Open in a new tab");
      open.href = anchor.href;
      open.target = "_blank";
      open.rel = "noopener noreferrer";
      bar.append(open);
    }
    bar.hidden = false;
  });
}

async function showWords(view) {
  const answer = await fetch(`/${view}?${query()}`);
  byId("words").textContent = await answer.text();
}

function showView() {
  const view = chosen("view");
  const framed = view === "desktop" || view === "phone";
  document.body.dataset.view = view;
  document.body.dataset.scheme = chosen("scheme");
  byId("schemes").disabled = !framed;
  mail.hidden = !framed;
  byId("words").hidden = framed;
  byId("words").setAttribute("aria-label", view === "text" ? "Plain text" : "Source of the HTML part");
  byId("link").hidden = true;
  if (framed) showMail();
  else void showWords(view);
}

// ---- beside the mail ----------------------------------------------------------------------------

function showInbox(edition) {
  byId("inbox").hidden = !edition;
  if (!edition) return;
  setText("initial", Array.from(edition.sender.trim())[0] ?? "");
  setText("sender", edition.sender);
  setText("subject", edition.subject);
  setText("preheader", edition.preheader);
}

const SEVERITIES = { error: "Error", warning: "Warning", note: "Note" };

function excerptOf({ excerpt, line, column }) {
  const shown = document.createElement("pre");
  shown.tabIndex = 0;
  shown.setAttribute("aria-label", line ? `Line ${line}` : "The line");
  if (!line) {
    shown.textContent = excerpt;
    return shown;
  }
  const number = `${line}  `;
  const words = excerpt.trimStart();
  const indented = excerpt.length - words.length;
  shown.append(make("span", "number", number), words);
  const start = Array.from(excerpt).slice(indented, column - 1).join("");
  if (column > indented && start.length < words.length) {
    const blanks = " ".repeat(number.length) + start.replace(/[^\t]/gu, " ");
    shown.append("\n", blanks, make("span", "mark", "^"));
  }
  return shown;
}

function showFinding(finding) {
  const item = make("li", "finding");
  item.dataset.severity = finding.severity;
  const head = make("p", "head");
  head.append(make("span", "severity", SEVERITIES[finding.severity]));
  if (finding.place) head.append(make("code", "place", finding.place));
  item.append(head, make("p", "message", finding.message));
  if (finding.excerpt) item.append(excerptOf(finding));
  if (finding.advice) item.append(make("p", "advice", finding.advice));
  return item;
}

function counted(findings) {
  const words = Object.entries(SEVERITIES).flatMap(([severity, name]) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count ? [`${count} ${name.toLowerCase()}${count > 1 ? "s" : ""}`] : [];
  });
  return words.join(", ");
}

const WEIGHT = ["error", "warning", "note"];

function showFindings({ findings, edition, stale }) {
  const sorted = [...findings].sort((a, b) => WEIGHT.indexOf(a.severity) - WEIGHT.indexOf(b.severity));
  byId("findings").replaceChildren(...sorted.map(showFinding));
  const size = edition && !stale ? ` The HTML part has ${Math.ceil(edition.html_bytes / 1024)} KB.` : "";
  byId("verdict").classList.toggle("clear", findings.length === 0);
  setText("verdict", (counted(findings) || "Nothing to mend") + "." + size);
}

function showStanding({ stale, edition, findings }) {
  const banner = byId("banner");
  const shown = edition ? "Below is the last good version." : "There is no version to show yet.";
  document.body.classList.toggle("stale", stale);
  banner.hidden = !stale;
  if (stale) {
    const first = findings.find(({ severity }) => severity === "error");
    const problem = [first?.place, first?.message ?? "The issue cannot be shown."].filter(Boolean).join(": ");
    banner.replaceChildren(make("strong", "", problem), shown);
  }
  const status = byId("status");
  const time = new Date().toLocaleTimeString([], { hour12: false });
  status.dataset.kind = stale ? "broken" : "live";
  setText("status", stale ? `Broken, ${time}` : `Up to date, ${time}`);
}

function showReaders({ readers, origin, list_name, reader_known }) {
  const select = byId("reader");
  const signature = JSON.stringify([origin, readers]);
  if (select.dataset.signature !== signature) {
    select.dataset.signature = signature;
    const group = document.createElement("optgroup");
    group.label = origin;
    group.append(...readers.map(({ email, name }) => new Option(name ? `${name} · ${email}` : email, email)));
    select.replaceChildren(select.options[0], group);
    select.value = readers.some(({ email }) => email === reader) ? reader : "";
  }
  byId("address").hidden = !list_name;
  byId("address").setAttribute("aria-invalid", String(!reader_known));
}

function showTopics(edition) {
  const known = edition?.topics ?? [];
  const list = byId("topic-list");
  const signature = JSON.stringify(known);
  if (list.dataset.signature !== signature) {
    list.dataset.signature = signature;
    const boxes = known.map(({ name, title, here }) => {
      const label = document.createElement("label");
      const box = document.createElement("input");
      Object.assign(box, { type: "checkbox", value: name, checked: topics.includes(name) });
      label.append(box, title);
      if (!here) label.append(make("span", "quiet", "nothing in this issue"));
      return label;
    });
    list.replaceChildren(list.firstElementChild, ...boxes);
  }
  byId("topics").hidden = known.length === 0;
  const titles = known.filter(({ name }) => topics.includes(name)).map(({ title }) => title);
  setText("chosen", titles.length > 1 ? `${titles[0]} and ${titles.length - 1} more` : titles[0] ?? "All topics");
  byId("empty").hidden = !edition?.empty;
}

// ---- following the file -------------------------------------------------------------------------

async function show() {
  const answer = await fetch(`/state?${query()}`);
  const state = await answer.json();
  revision = state.revision;
  const name = [state.newsletter, state.number && `No\u00a0${state.number}`].filter(Boolean).join(" · ");
  document.title = `${state.stale ? "Broken · " : ""}${name || "Preview"}`;
  setText("title", name || "Preview");
  setText("file", state.file);
  showReaders(state);
  showTopics(state.edition);
  showInbox(state.edition);
  showFindings(state);
  showStanding(state);
  if (!state.stale || state.edition) showView();
}

function follow() {
  const changes = new EventSource("/changes");
  changes.addEventListener("message", () => void show());
  changes.addEventListener("error", () => {
    byId("status").dataset.kind = "waiting";
    setText("status", "Waiting for the server");
  });
}

for (const input of document.querySelectorAll('input[type="radio"]')) {
  input.addEventListener("change", showView);
}
byId("reader").addEventListener("change", ({ target }) => {
  reader = target.value;
  byId("address").value = "";
  void show();
});
byId("address").addEventListener("change", ({ target }) => {
  reader = target.value.trim();
  byId("reader").value = "";
  void show();
});
byId("topic-list").addEventListener("change", () => {
  topics = [...document.querySelectorAll("#topic-list input:checked")].map(({ value }) => value);
  void show();
});
byId("topics").addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  byId("topics").open = false;
  byId("chosen").focus();
});
if (window.innerWidth < 640) document.querySelector('input[value="phone"]').checked = true;
follow();
