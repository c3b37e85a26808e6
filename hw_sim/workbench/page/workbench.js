// The workbench's page: shows what the API tells and sends what hands do. It decides nothing:
// whatever is on the page can be had from /api/openapi.json as well.
"use strict";

const byId = (id) => document.getElementById(id);
const POLL_MS = 250;
const PICTURE_AT_LEAST_EVERY = 8;  // polls: a screen may change where its words do not
const LOG_EVERY = 4;               // polls

const etags = new Map();
let summary = null;
let size = [1024, 600];
let imageUrl = "";
let polls = 0;

// ---------------------------------------------------------------- talking to the API

/** A GET that says null when nothing has changed since the last one. */
async function news(path) {
  const headers = etags.has(path) ? { "If-None-Match": etags.get(path) } : {};
  const answer = await fetch(path, { headers, cache: "no-store" });
  if (answer.status === 304) return null;
  if (!answer.ok) throw await problemOf(answer);
  if (answer.headers.has("etag")) etags.set(path, answer.headers.get("etag"));
  return answer;
}

async function problemOf(answer) {
  let detail = `${answer.status} ${answer.statusText}`;
  try { detail = (await answer.json()).detail; } catch { /* no words came with it */ }
  const problem = new Error(detail);
  problem.status = answer.status;
  return problem;
}

/** Do something with the devices and show how they stand afterwards. */
async function act(method, path, body) {
  const options = { method };
  if (body instanceof Blob) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  try {
    const answer = await fetch(path, options);
    if (!answer.ok) throw await problemOf(answer);
    const told = await answer.json();
    say("");
    if (told.power) {
      showSummary(told);
      await lookAtCamera();
    }
  } catch (problem) {
    say(problem.message, "problem");
  }
}

function say(words, kind = "") {
  const notice = byId("notice");
  if (notice.textContent !== words) notice.textContent = words;
  notice.dataset.kind = kind;
}

// ---------------------------------------------------------------- the screen

async function lookAtScreen() {
  let changed = false;
  const answer = await news("/api/state");
  if (answer) {
    showState(await answer.json());
    changed = true;
  }
  if (changed || !imageUrl || polls % PICTURE_AT_LEAST_EVERY === 0) await lookAtPicture();
}

async function lookAtPicture() {
  const answer = await news("/api/screen.png");
  if (answer) {
    const url = URL.createObjectURL(await answer.blob());
    byId("screen-image").src = url;
    if (imageUrl) URL.revokeObjectURL(imageUrl);
    imageUrl = url;
  }
  byId("screen-image").hidden = false;
  byId("screen-dark").hidden = true;
}

function darken(words) {
  byId("screen-image").hidden = true;
  byId("screen-buttons").replaceChildren();
  byId("screen-dark").hidden = false;
  byId("screen-dark").textContent = words;
  byId("screen-name").textContent = "";
  byId("tree").replaceChildren();
  etags.delete("/api/state");
  etags.delete("/api/screen.png");
}

function showState(state) {
  size = state.size;
  byId("screen").style.aspectRatio = `${size[0]} / ${size[1]}`;
  byId("screen-name").textContent = `· ${state.screen} · ${state.language}`;
  byId("screen-image").alt = `The terminal's screen: ${state.screen}`;
  byId("tree").replaceChildren(...state.nodes.map(inWords));
  layButtons(state.nodes);
}

function inWords(node) {
  const item = document.createElement("li");
  item.append(span("role", node.role), " ", span(node.enabled === false ? "off" : "", node.label || ""));
  if (node.value) item.append(" ", span("value", node.value));
  if (node.children && node.children.length) {
    const list = document.createElement("ul");
    list.append(...node.children.map(inWords));
    item.append(list);
  }
  return item;
}

/** Real buttons over the picture, so that keyboards and screen readers reach the terminal's buttons. */
function layButtons(nodes) {
  const box = byId("screen-buttons");
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.label : null;
  const made = [];
  const visit = (node) => {
    if (node.role === "button") made.push(buttonOver(node));
    (node.children || []).forEach(visit);
  };
  nodes.forEach(visit);
  box.replaceChildren(...made);
  const again = focused === null ? null : made.find((one) => one.dataset.label === focused) || made[0];
  if (again) again.focus({ preventScroll: true });
}

function buttonOver(node) {
  const button = document.createElement("button");
  const [x, y, width, height] = node.rect;
  button.type = "button";
  button.dataset.label = node.label;
  button.setAttribute("aria-label", `${node.label} (on the terminal)`);
  button.disabled = node.enabled === false;
  button.style.left = `${100 * x / size[0]}%`;
  button.style.top = `${100 * y / size[1]}%`;
  button.style.width = `${100 * width / size[0]}%`;
  button.style.height = `${100 * height / size[1]}%`;
  return button;
}

function touchAt(event) {
  if (!byId("screen-dark").hidden) return;
  const box = byId("screen").getBoundingClientRect();
  let { clientX, clientY } = event;
  if (event.detail === 0 && event.target instanceof HTMLButtonElement) {  // by keyboard: its middle
    const target = event.target.getBoundingClientRect();
    clientX = target.left + target.width / 2;
    clientY = target.top + target.height / 2;
  }
  const across = (clientX - box.left) / box.width;
  const down = (clientY - box.top) / box.height;
  const mark = span("touched", "");
  mark.style.left = `${100 * across}%`;
  mark.style.top = `${100 * down}%`;
  mark.addEventListener("animationend", () => mark.remove());
  byId("screen").append(mark);
  const x = Math.min(size[0] - 1, Math.max(0, Math.floor(across * size[0])));
  const y = Math.min(size[1] - 1, Math.max(0, Math.floor(down * size[1])));
  act("POST", "/api/touch", { x, y }).then(() => lookNow());
}

// ---------------------------------------------------------------- the surroundings

function showSummary(told) {
  summary = told;
  lamp("power", told.power.on && told.power.running);
  lamp("network", told.network.up);
  lamp("reader", told.reader.plugged && told.power.on);
  lamp("camera", told.camera.plugged);
  byId("switch-power").setAttribute("aria-checked", String(told.power.on && told.power.running));
  byId("switch-network").setAttribute("aria-checked", String(told.network.up));
  byId("switch-reader").setAttribute("aria-checked", String(told.reader.plugged));
  byId("switch-camera").setAttribute("aria-checked", String(told.camera.plugged));
  byId("switch-space").setAttribute("aria-checked", String(!told.disk.full));
  byId("switch-central").setAttribute("aria-checked", String(told.central.running));
  byId("switch-broker").setAttribute("aria-checked", String(told.broker.running));
  press(".card", told.card);
  press(".coupon", told.camera.shows);
  const pad = byId("pad");
  byId("pad-text").textContent = told.card ? `${told.card} lies on the reader: click to take it off` : "Card reader: no card on it";
  if (told.card) pad.dataset.card = told.card; else delete pad.dataset.card;
  const shows = told.camera.shows ? told.camera.shows : "it sees nothing";
  byId("camera-text").textContent = told.camera.plugged ? shows : "the camera is unplugged";
  byId("camera-clear").disabled = !told.camera.shows;
}

function lamp(name, on) { byId(`lamp-${name}`).dataset.on = String(on); }

function press(selector, name) {
  for (const one of document.querySelectorAll(selector)) one.setAttribute("aria-pressed", String(one.dataset.name === name));
}

function span(className, words) {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = words;
  return made;
}

function choice(className, thing, ...contents) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = className;
  button.dataset.name = thing.name;
  button.title = thing.description;
  button.setAttribute("aria-pressed", "false");
  button.append(...contents);
  return button;
}

function named(thing) {
  const name = document.createElement("strong");
  name.textContent = thing.name;
  return [name, span("", thing.description)];
}

async function layOutTable() {
  const [{ cards }, { coupons }, demo] = await Promise.all(
    ["/api/cards", "/api/coupons", "/api/demo"].map(async (path) => {
      const answer = await fetch(path);
      if (!answer.ok) throw await problemOf(answer);
      return answer.json();
    }));
  byId("cards").replaceChildren(...cards.map((card) => {
    const button = choice("card", card, ...named(card));
    button.dataset.family = /ntag/i.test(card.family) ? "ntag" : "other";
    button.addEventListener("click", () => (summary && summary.card === card.name
      ? act("DELETE", "/api/card") : act("POST", "/api/card", { card: card.name })));
    return button;
  }));
  byId("coupons").replaceChildren(...coupons.map((coupon) => {
    const picture = document.createElement("img");
    picture.src = coupon.image;
    picture.alt = "";
    const words = span("", "");
    words.append(...named(coupon));
    const button = choice("coupon", coupon, picture, words);
    button.addEventListener("click", () => (summary && summary.camera.shows === coupon.name
      ? act("DELETE", "/api/camera") : act("POST", "/api/camera/coupon", { coupon: coupon.name })));
    return button;
  }));
  for (const id of ["office-link", "office-address"]) byId(id).href = demo.office;
  byId("office-address").textContent = demo.office;
  byId("office-user").textContent = demo.user;
  byId("office-password").textContent = demo.password;
  byId("office-file").textContent = demo.password_file;
  if (summary) showSummary(summary);
}

async function lookAtCamera() {
  const answer = await fetch("/api/camera.jpg", { cache: "no-store" });
  if (!answer.ok) return;
  const image = byId("camera-image");
  const old = image.src;
  image.src = URL.createObjectURL(await answer.blob());
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
}

async function lookAtLog() {
  if (!byId("log-box").open) return;
  const { lines } = await (await fetch("/api/log?lines=100")).json();
  const log = byId("log");
  const words = lines.join("\n") || "It has said nothing yet.";
  if (log.textContent === words) return;
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  log.textContent = words;
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// ---------------------------------------------------------------- always looking

async function look() {
  const answer = await news("/api/bench");
  if (answer) showSummary(await answer.json());
  if (summary.busy) return darken(summary.busy);
  if (polls % LOG_EVERY === 0) await lookAtLog();
  if (!summary.power.on) return darken("No power. The switch is below.");
  if (!summary.power.running) return darken("The terminal ended by itself. Its log is below; the power switch starts it again.");
  try {
    await lookAtScreen();
  } catch (problem) {
    if (problem.status === undefined) throw problem;
    darken(problem.message);
  }
}

let looking = Promise.resolve();

function lookNow() {
  looking = looking.then(look).catch(() => darken("The workbench does not answer. Has the demo been stopped?"));
  return looking;
}

async function keepLooking() {
  if (!document.hidden) {
    await lookNow();
    polls += 1;
  }
  setTimeout(keepLooking, POLL_MS);
}

// ---------------------------------------------------------------- hands

async function toggle(id, path, member) {
  const button = byId(id);
  const on = button.getAttribute("aria-checked") !== "true";
  // Power takes seconds to come; a second click meanwhile would only ask for the same again.
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  if (path === "/api/power" && on) say("The terminal is starting …");
  if (path === "/api/central" && on) say("The central system is starting …");
  await act("POST", path, { [member]: on });
  button.removeAttribute("aria-busy");
}

async function holdPicture(file) {
  if (file) await act("POST", "/api/camera", file);
}

async function resetDemo() {
  say("The demo is being set up anew …");
  await act("POST", "/api/reset");
  await layOutTable();
}

function wire() {
  byId("screen").addEventListener("click", touchAt);
  byId("pad").addEventListener("click", () => { if (summary && summary.card) act("DELETE", "/api/card"); });
  byId("camera-clear").addEventListener("click", () => act("DELETE", "/api/camera"));
  byId("picture").addEventListener("change", (event) => { holdPicture(event.target.files[0]); event.target.value = ""; });
  byId("switch-network").addEventListener("click", () => toggle("switch-network", "/api/network", "up"));
  byId("switch-power").addEventListener("click", () => toggle("switch-power", "/api/power", "on"));
  byId("switch-reader").addEventListener("click", () => toggle("switch-reader", "/api/reader", "plugged"));
  byId("switch-camera").addEventListener("click", () => toggle("switch-camera", "/api/camera/plug", "plugged"));
  byId("switch-space").addEventListener("click", () => act("POST", "/api/disk", { full: !summary.disk.full }));
  byId("switch-central").addEventListener("click", () => toggle("switch-central", "/api/central", "running"));
  byId("switch-broker").addEventListener("click", () => toggle("switch-broker", "/api/broker", "running"));
  byId("copy-password").addEventListener("click", async () => {
    await navigator.clipboard.writeText(byId("office-password").textContent);
    say("The password was copied.");
  });
  byId("reset").addEventListener("click", () => byId("reset-dialog").showModal());
  byId("reset-dialog").addEventListener("close", (event) => {
    const agreed = event.target.returnValue === "yes";
    event.target.returnValue = "";
    if (agreed) resetDemo();
  });
  const view = byId("view");
  view.addEventListener("dragover", (event) => { event.preventDefault(); view.classList.add("dropping"); });
  view.addEventListener("dragleave", () => view.classList.remove("dropping"));
  view.addEventListener("drop", (event) => {
    event.preventDefault();
    view.classList.remove("dropping");
    holdPicture(event.dataTransfer.files[0]);
  });
}

wire();
layOutTable().then(lookAtCamera).catch((problem) => say(problem.message, "problem")).finally(keepLooking);
