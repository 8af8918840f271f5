// What a browser says of each page of the built site: how wide it is on a
// phone, and what axe-core finds in the light and in the dark scheme.
//
//     node browser.mjs SITE [PICTURES] [PAGE ...]
//
// Prints a line of JSON for each page. playwright-core and axe-core are
// looked up where the script is started; CHROMIUM names the browser.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { serve } from "./server.mjs";

const require = createRequire(path.join(process.cwd(), "from-here.js"));
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };
const SERIOUS = ["serious", "critical"];
const [site, pictures, ...chosen] = process.argv.slice(2);

function pages(folder, inside = "") {
  const found = [];
  for (const entry of fs.readdirSync(path.join(folder, inside), {
    withFileTypes: true,
  })) {
    const name = path.join(inside, entry.name);
    if (entry.isDirectory()) found.push(...pages(folder, name));
    else if (entry.name === "index.html") found.push(path.dirname(name));
  }
  return found.sort();
}

// What is wider than the screen and does not scroll by itself.
function tooWide() {
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  return Math.max(0, wide);
}

async function serious(page) {
  const { violations } = await page.evaluate(() => window.axe.run(document));
  return violations
    .filter((one) => SERIOUS.includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes[0].target.join(" ")}`);
}

async function looked(browser, address, name) {
  const finding = { page: name, wide: {}, axe: {}, errors: [] };
  for (const scheme of ["light", "dark"]) {
    const context = await browser.newContext({
      colorScheme: scheme,
      viewport: PHONE,
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => finding.errors.push(String(error)));
    page.on("response", (one) => {
      if (one.status() >= 400) finding.errors.push(`${one.status()} ${one.url()}`);
    });
    await page.goto(address);
    for (const size of [PHONE, DESK]) {
      await page.setViewportSize(size);
      finding.wide[size.width] = await page.evaluate(tooWide);
      if (pictures) {
        const file = `${name.replaceAll("/", "_")}-${size.width}-${scheme}.png`;
        await page.screenshot({
          path: path.join(pictures, file),
          fullPage: true,
        });
      }
    }
    await page.evaluate(axe);
    finding.axe[scheme] = await serious(page);
    await context.close();
  }
  return finding;
}

const { server, address } = await serve(site);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
for (const name of chosen.length ? chosen : pages(site)) {
  const place = name === "." ? `${address}/` : `${address}/${name}/`;
  console.log(JSON.stringify(await looked(browser, place, name)));
}
await browser.close();
server.close();
