// Uses the demo as a visitor does, and writes down what it saw.
//
//   node browser.mjs PLAN.json > SEEN.json
//
// The plan: packages (a folder with node_modules), browser, site, images (a
// list for each model), noImage, and shots (a folder for screenshots) or null.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { serve } from "../../site/server.mjs";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(join(plan.packages, "package.json"));
const { chromium } = require("playwright-core");
const AXE = require.resolve("axe-core/axe.min.js");
const WAIT = 240_000;

function listen() {
  window.answers = [];
  window.addEventListener("segmented", ({ detail }) => {
    const { part, found, seconds } = detail;
    const instances = found.map(({ label, score, mask }) => ({
      label,
      score,
      mask: { ...mask, inside: Array.from(mask.inside) },
    }));
    window.answers.push({ part, instances, seconds });
  });
}

async function open(browser, address, size, scheme) {
  const [width, height] = size;
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme: scheme,
  });
  page.setDefaultTimeout(WAIT);
  page.requests = [];
  page.errors = [];
  page.on("request", (r) => page.requests.push(`${r.method()} ${r.url()}`));
  page.on("pageerror", (error) => page.errors.push(error.message));
  await page.addInitScript(listen);
  await page.goto(`${address}/demo/`);
  return page;
}

/** What the page found after an action. */
async function answer(page, action) {
  const count = await page.evaluate(() => window.answers.length);
  await action();
  await page.waitForFunction((n) => window.answers.length > n, count);
  return page.evaluate(() => window.answers.at(-1));
}

const radio = (page, index) =>
  page.locator("#demo-models input").nth(index).check();
const shown = (page) => page.locator("#demo-table tr").count();
const file = (page, path) => page.setInputFiles("#demo-file", path);

/** Seconds from the choice of an example to its objects; all is loaded then. */
async function firstResult(page) {
  await page.locator("#demo-examples img").last().waitFor();
  const start = performance.now();
  const click = () => page.locator("#demo-examples button").first().click();
  await answer(page, click);
  return (performance.now() - start) / 1000;
}

/** Seconds of the processor that the browser took, all its processes. */
async function busySeconds(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

async function answersWithoutNetwork(page) {
  const last = plan.images.length - 1;
  for (let index = last; index > 0; index--) {
    await answer(page, () => radio(page, index));
  }
  await answer(page, () => radio(page, 0));
  await page.context().setOffline(true);
  const seen = [];
  for (const [index, images] of plan.images.entries()) {
    // An image of one's own stays when the model changes.
    await answer(page, () => file(page, images[0]));
    if (index) await answer(page, () => radio(page, index));
    seen.push([]);
    for (const image of images) {
      seen[index].push(await answer(page, () => file(page, image)));
    }
  }
  await page.context().setOffline(false);
  return seen;
}

async function filter(page) {
  const count = await page.evaluate(() => window.answers.length);
  const all = await shown(page);
  await page.locator("#demo-score").focus();
  await page.keyboard.press("End");
  const few = await shown(page);
  await page.keyboard.press("Home");
  const most = await shown(page);
  const again = await page.evaluate((n) => window.answers.length - n, count);
  return { all, few, most, again };
}

async function refuse(page) {
  await file(page, plan.noImage);
  await page.locator("#demo-error").waitFor();
  return page.locator("#demo-error").textContent();
}

async function reachedByTab(page) {
  const reached = new Set();
  await page.locator("#demo-models input").first().focus();
  for (let step = 0; step < 20; step++) {
    const id = () => document.activeElement.id;
    reached.add(await page.evaluate(id));
    await page.keyboard.press("Tab");
  }
  return [...reached].filter((id) => id.startsWith("demo"));
}

async function look(browser, address, size, scheme) {
  const page = await open(browser, address, size, scheme);
  await firstResult(page);
  await page.addScriptTag({ path: AXE });
  await page.locator("#demo summary").click();
  const found = await page.evaluate(() => window.axe.run("#demo"));
  await page.locator("#demo summary").click();
  const width = await page.evaluate(() => document.body.scrollWidth);
  if (plan.shots) {
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForTimeout(500); // the theme's header moves
    const path = join(plan.shots, `${size[0]}_${scheme}.png`);
    await page.screenshot({ path, fullPage: true });
  }
  await page.close();
  const violations = found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`,
  );
  return { size, scheme, violations, width };
}

async function looks(browser, address) {
  const seen = [];
  for (const size of [[1280, 900], [390, 844]]) {
    for (const scheme of ["light", "dark"]) {
      seen.push(await look(browser, address, size, scheme));
    }
  }
  return seen;
}

async function withoutFiles(browser, address) {
  const page = await browser.newPage();
  await page.route("**/demo/assets/**", (route) =>
    route.fulfill({ status: 404 }),
  );
  await page.goto(`${address}/demo/`);
  await page.locator("#demo-missing").waitFor();
  return {
    text: await page.locator("#demo-missing").innerText(),
    demo: await page.locator("#demo").isVisible(),
  };
}

const { server, address } = await serve(plan.site);
const browser = await chromium.launch({
  executablePath: plan.browser,
  args: ["--no-sandbox"],
});
try {
  const before = await busySeconds(browser);
  const page = await open(browser, address, [1280, 900], "light");
  const seen = { address, firstResult: await firstResult(page) };
  seen.firstResultBusy = (await busySeconds(browser)) - before;
  seen.answers = await answersWithoutNetwork(page);
  seen.filter = await filter(page);
  seen.refused = await refuse(page);
  seen.reached = await reachedByTab(page);
  Object.assign(seen, { requests: page.requests, errors: page.errors });
  await page.close();
  seen.looks = await looks(browser, address);
  seen.missing = await withoutFiles(browser, address);
  process.stdout.write(JSON.stringify(seen));
} finally {
  await browser.close();
  server.close();
}
