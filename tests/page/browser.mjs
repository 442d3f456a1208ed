// Drives headless Chromium over its debugging pipe, with nothing but node: opens pages as a reader
// does (file:, the page's own policy in force), presses keys, and prints one line a check.
//
//   node tests/page/browser.mjs CHROMIUM AXE_FILE SCREENSHOT_FOLDER|- PAGE...
//
// An empty AXE_FILE leaves the accessibility check out. Exit status 1 when a check failed.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [chromium, axeFile, shots, ...pages] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "rbc-page-"));
const browser = spawn(
  chromium,
  ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    `--user-data-dir=${profile}`, "--remote-debugging-pipe", "about:blank"],
  { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
);
const [into, outOf] = [browser.stdio[3], browser.stdio[4]];
browser.on("error", (error) => {
  console.log(`not ok  chromium starts: ${error.message}`);
  process.exit(1);
});

let next = 0;
const waiting = new Map();
const listeners = new Set();
let buffer = "";
outOf.setEncoding("utf8");
outOf.on("data", (text) => {
  const messages = (buffer + text).split("\0");
  buffer = messages.pop();
  for (const message of messages.map((it) => JSON.parse(it))) {
    if (message.id === undefined) {
      for (const listener of [...listeners]) listener(message);
      continue;
    }
    const { take, refuse } = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) refuse(new Error(message.error.message));
    else take(message.result);
  }
});
const send = (method, params = {}, sessionId) =>
  new Promise((take, refuse) => {
    next += 1;
    waiting.set(next, { take, refuse });
    into.write(`${JSON.stringify({ id: next, method, params, sessionId })}\0`);
  });
let failed = false;
const check = (holds, what, seen = "") => {
  if (!holds) failed = true;
  console.log(`${holds ? "ok" : "not ok"}  ${what}${holds || seen === "" ? "" : `: ${seen}`}`);
};

async function open(path) {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const tab = (method, params) => send(method, params, sessionId);
  const complaints = [];
  listeners.add(({ method, params }) => {
    if (method === "Runtime.exceptionThrown") complaints.push(params.exceptionDetails.text);
    if (method === "Runtime.consoleAPICalled") complaints.push(`console.${params.type}`);
    if (method === "Log.entryAdded") complaints.push(params.entry.text);
    if (method === "Network.requestWillBeSent" && !params.request.url.startsWith("file:"))
      complaints.push(`loads ${params.request.url}`);
  });
  // Which documents have loaded, and who waits for the next.
  const loaded = new Set();
  let wake = () => {};
  listeners.add((message) => {
    if (message.sessionId === sessionId && message.method === "Page.lifecycleEvent" && message.params.name === "load") {
      loaded.add(message.params.loaderId);
      wake();
    }
  });
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await tab(`${domain}.enable`);
  await tab("Page.setLifecycleEventsEnabled", { enabled: true });
  const url = pathToFileURL(resolve(path)).href;
  // The first time it opens the page, then it loads it again.
  const load = async () => {
    const { loaderId, errorText } = await tab("Page.navigate", { url });
    if (errorText) throw new Error(errorText);
    while (!loaded.has(loaderId)) await new Promise((take) => (wake = take));
  };
  await load();
  const run = async (expression) => {
    const answer = await tab("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? "an exception");
    return answer.result.value;
  };
  const press = async (key, text) => {
    await tab("Input.dispatchKeyEvent", { type: "keyDown", key, text });
    await tab("Input.dispatchKeyEvent", { type: "keyUp", key });
  };
  return { tab, run, load, press, complaints, close: () => send("Target.closeTarget", { targetId }) };
}

const shown = `[...document.querySelectorAll(".group .step")].filter((it) => it.offsetParent !== null).length`;

async function read(path) {
  const name = basename(dirname(resolve(path)));
  const page = await open(path);
  const { tab, run, load, press } = page;
  const all = await run(shown);
  check(all > 0, `${name}: shows its steps`, `${all}`);
  const scripts = await run(`globalThis.hostile ?? ""`);
  check(scripts === "", `${name}: no text of the runbook ran`, scripts);

  await press("/", "/");
  check((await run("document.activeElement.id")) === "search", `${name}: / goes to the search`);
  const number = await run(`document.querySelector("input[data-step]").dataset.step`);
  await tab("Input.insertText", { text: number });
  const few = await run(shown);
  check(few > 0, `${name}: a number finds its step`, `${few} of ${all}`);
  check((await run(`document.getElementById("found").textContent`)) === `${few} of ${all} steps found`,
    `${name}: the count is announced`);
  await tab("Input.insertText", { text: " surely not in any step" });
  check((await run(shown)) === 0, `${name}: what is in no step hides all`);
  check((await run(`document.getElementById("found").textContent`)) === "No step found", `${name}: and says so`);
  await press("Escape");
  check((await run(shown)) === all && (await run(`document.getElementById("search").value`)) === "",
    `${name}: Escape shows all again`);

  const state = `[...document.querySelectorAll("input[data-step]")].map((it) => Number(it.checked)).join("")`;
  const told = `document.getElementById("ticked").textContent`;
  const empty = await run(state);
  check(/^0+$/.test(empty), `${name}: nothing is ticked at first`, empty);
  await run(`document.querySelector("input[data-step]").focus()`);
  await press(" ", " ");
  const one = await run(state);
  check(/^10*$/.test(one), `${name}: the space bar ticks`, one);
  check((await run(told)) === `1 of ${empty.length} ticked`, `${name}: the ticks are counted`, await run(told));
  await load();
  check((await run(state)) === one, `${name}: a tick survives a reload`);
  await run(`document.getElementById("reset").click()`);
  check((await run(state)) === empty, `${name}: the ticks can be cleared`);
  await run(`document.getElementById("reset").click()`);
  check((await run(state)) === one, `${name}: and brought back`);
  await run(`document.getElementById("reset").click()`);
  await load();
  check((await run(state)) === empty, `${name}: cleared ticks stay away`);

  const { identifier } = await tab("Page.addScriptToEvaluateOnNewDocument", {
    source: `Object.defineProperty(window, "localStorage", { get() { throw new Error("blocked"); } });`,
  });
  await load();
  await run(`document.querySelector("input[data-step]").click()`);
  check((await run(state)) === one && (await run(told)).includes("blocks storage"),
    `${name}: ticks without storage, and says that they are not kept`, await run(told));
  await tab("Page.removeScriptToEvaluateOnNewDocument", { identifier });
  await load();

  for (const scheme of ["light", "dark"]) {
    await tab("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    if (axeFile !== "") {
      await run(readFileSync(axeFile, "utf8"));
      const found = await run(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
        violations.map((it) => it.id + " at " + it.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")))`);
      check(found.length === 0, `${name}: axe-core finds nothing in ${scheme}`, found.join("; "));
    }
    for (const width of [1280, 400]) {
      await tab("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: false });
      const wide = await run("document.documentElement.scrollWidth");
      check(wide <= width, `${name}: ${width} pixels are wide enough in ${scheme}`, `${wide}`);
      for (const [part, place] of shots === "-" ? [] : [["top", "h1"], ["timeline", "#timeline"], ["graph", "#graph"], ["steps", "#steps"], ["more", ".group:nth-of-type(2)"], ["end", "footer"]]) {
        await run(`document.querySelector(${JSON.stringify(place)})?.scrollIntoView({ behavior: "instant" })`);
        const { data } = await tab("Page.captureScreenshot", { format: "png" });
        writeFileSync(join(shots, `${name}-${scheme}-${width}-${part}.png`), Buffer.from(data, "base64"));
      }
    }
    await tab("Emulation.clearDeviceMetricsOverride");
  }
  if (shots !== "-") {
    const { data } = await tab("Page.printToPDF", {});
    writeFileSync(join(shots, `${name}.pdf`), Buffer.from(data, "base64"));
  }
  check(page.complaints.length === 0, `${name}: nothing is complained about, nothing is loaded`, page.complaints.join("; "));

  await tab("Emulation.setScriptExecutionDisabled", { value: true });
  await load();
  const { root } = await tab("DOM.getDocument", {});
  const { nodeId } = await tab("DOM.querySelector", { nodeId: root.nodeId, selector: ".tools" });
  const { attributes } = await tab("DOM.getAttributes", { nodeId });
  check(attributes.includes("hidden"), `${name}: without scripts there is no search`);
  await page.close();
}

try {
  for (const path of pages) await read(path);
} catch (error) {
  check(false, "the browser answers", error.message);
}
const ended = new Promise((take) => browser.once("exit", take));
await send("Browser.close").catch(() => {});
await ended;
rmSync(profile, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
