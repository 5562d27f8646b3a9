// The page without this file: all of it, links to look again, and plain forms. With it: it changes by itself.
"use strict";

const POLL_MS = 5000;
const LOST_MS = 12000;
const MODES = ["auto", "dark", "light"];
const at = (id) => document.getElementById(id);

// ---- Dark and light -------------------------------------------------------------------------------------------------
function showMode() {
  const dark = document.documentElement.dataset.mode === "dark"
    || (document.documentElement.dataset.mode !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  const button = at("mode");
  button.textContent = dark ? "Light mode" : "Dark mode";
  button.dataset.to = dark ? "light" : "dark";
  button.hidden = false;
  document.dispatchEvent(new Event("keel:drawn"));
}

function switchMode(event) {
  const to = event.currentTarget.dataset.to;
  if (!MODES.includes(to)) return;
  document.documentElement.dataset.mode = to;
  document.cookie = `keel_mode=${to}; path=/; max-age=31536000; samesite=strict`;
  showMode();
}

// ---- What has changed is put in its place ---------------------------------------------------------------------------
const shown = new Map();
let seenAt = Date.now();
let asking = false;
let again = false;

function keep(section) {
  const kept = { focus: null, open: [], texts: [], scrolls: [], nodes: [] };
  if (section.contains(document.activeElement)) kept.focus = document.activeElement.id;
  for (const one of section.querySelectorAll("details[id][open]")) kept.open.push(one.id);
  for (const one of section.querySelectorAll("input[id]:not([type=hidden])")) kept.texts.push([one.id, one.value]);
  for (const one of section.querySelectorAll(".scroll, .tall")) kept.scrolls.push([one.id, one.scrollLeft, one.scrollTop]);
  for (const one of section.querySelectorAll("[data-keep]")) kept.nodes.push(one);
  return kept;
}

function giveBack(kept) {
  for (const node of kept.nodes) at(node.id)?.replaceWith(node);
  for (const id of kept.open) at(id)?.setAttribute("open", "");
  for (const [id, value] of kept.texts) if (at(id)) at(id).value = value;
  for (const [id, left, top] of kept.scrolls) at(id)?.scrollTo({ left, top, behavior: "instant" });
  if (kept.focus) at(kept.focus)?.focus({ preventScroll: true });
}

function swap(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("board");
  for (const section of fresh.querySelectorAll(":scope > section")) {
    const html = section.outerHTML;
    const old = at(section.id);
    if (shown.get(section.id) === html || !old) continue;
    const kept = keep(old);
    old.replaceWith(document.adoptNode(section));
    giveBack(kept);
    shown.set(section.id, html);
  }
  at("board").dataset.revision = fresh.dataset.revision;
}

function tell(before, after) {
  if (before.stopped !== after.stopped) at("said-now").textContent = after.stopped ? "Trading is stopped." : "Trading is no longer stopped.";
  if (after.open > before.open) at("said").textContent = "A new alert was raised.";
}

const heard = () => ({ stopped: at("now").classList.contains("stopped"), open: Number(at("alerts").dataset.open) });

async function look() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const answer = await fetch("/board", { credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout(POLL_MS) });
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
      // Not while somebody reads what came of an act: that it was refused would be gone.
      if (at("act").open) throw new Error("nobody is signed in");
      location.assign("/sign-in");
      return;
    }
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const text = await answer.text();
    const before = heard();
    swap(text);
    tell(before, heard());
    document.title = at("now").classList.contains("stopped") ? document.title.replace(/^Keel:/, "Stopped:") : document.title.replace(/^Stopped:/, "Keel:");
    document.dispatchEvent(new Event("keel:drawn"));
    seenAt = Date.now();
  } catch (error) {
    if (!["TypeError", "TimeoutError", "AbortError", "Error"].includes(error.name)) throw error;
  } finally {
    asking = false;
    showAge();
    if (again) { again = false; look(); }
  }
}

// ---- How old is what is seen ----------------------------------------------------------------------------------------
function words(ms) {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function showAge() {
  const old = Date.now() - seenAt;
  const lost = old > LOST_MS;
  at("live").dataset.state = lost ? "lost" : "live";
  const text = lost ? "Not connected." : "Live.";
  if (at("live-text").textContent !== text) at("live-text").textContent = text;
  at("lost").hidden = !lost;
  if (lost) at("lost").textContent = `No connection to Keel. What you see is ${words(old)} old and may be wrong. Trading goes on without this page; stop with: keel stop`;
}

function listen() {
  const events = new EventSource("/events");
  events.addEventListener("overview", look);
  events.addEventListener("message", look);
  addEventListener("pagehide", () => events.close());
}

// ---- Acts: a dialog, a reason, and what was done part by part ----------------------------------------------------------
async function part(url, options) {
  const answer = await fetch(url, { credentials: "same-origin", ...options, headers: { "X-Part": "1" } });
  const text = await answer.text();
  if (answer.headers.get("content-type")?.startsWith("application/json")) return { ok: false, body: null, said: JSON.parse(text).error };
  return { ok: answer.ok, body: new DOMParser().parseFromString(text, "text/html").getElementById("act-body") };
}

function fill(found) {
  if (!found.body) throw new TypeError("the answer is no page of ours");
  at("act-body").replaceChildren(...found.body.childNodes);
  (at("act-body").querySelector("[autofocus]") ?? at("act-body").querySelector("a, button"))?.focus();
}

let opener = null;

async function openAct(event) {
  const link = event.target.closest("a[data-act]");
  if (!link || event.ctrlKey || event.metaKey || !at("act")) return;
  event.preventDefault();
  opener = link.id;
  try {
    const found = await part(link.href, {});
    at("act").showModal();
    fill(found);
  } catch (error) {
    if (error.name !== "TypeError") throw error;
    location.assign(link.href);
  }
}

async function send(event) {
  const form = event.target.closest("form[data-act-form], form[data-send]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const found = await part(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: AbortSignal.timeout(60000) });
    if (found.said) showTrouble(form, `NOT done: ${found.said}`);
    else if (form.matches("[data-send]") && found.ok) at("said").textContent = "Acknowledged.";
    else { if (at("act") && !at("act").open) at("act").showModal(); fill(found); }
  } catch (error) {
    showTrouble(form, "No answer from Keel: nobody knows whether it was done. Look again, or use keel stop on the machine.");
    if (!["TypeError", "TimeoutError", "AbortError"].includes(error.name)) throw error;
  } finally {
    button.disabled = false;
    if (at("board")) look();
  }
}

function showTrouble(form, text) {
  const trouble = form.querySelector(".trouble") ?? at("said-now");
  trouble.textContent = text;
  trouble.hidden = false;
}

function closeAct(event) {
  if (!event.target.closest("[data-close]") || !at("act")?.open) return;
  event.preventDefault();
  at("act").close();
}

// ---- Begin ----------------------------------------------------------------------------------------------------------
document.addEventListener("submit", send);
document.addEventListener("click", openAct);
document.addEventListener("click", closeAct);
if (at("board")) {
  for (const section of document.querySelectorAll("#board > section")) shown.set(section.id, section.outerHTML);
  at("mode").addEventListener("click", switchMode);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showMode);
  at("act").addEventListener("close", () => { at("act-body").replaceChildren(); at(opener)?.focus(); });
  showMode();
  listen();
  look();
  setInterval(look, POLL_MS);
  setInterval(showAge, 1000);
}
