// What a browser says of each page of the built site: how wide it is on a
// phone, and what axe-core finds in the light and in the dark scheme.
//
//     node browser.mjs SITE [PICTURES] [PAGE ...]
//
// Prints a line of JSON for each page. playwright-core and axe-core are
// looked up where the script is started; CHROMIUM names the browser.

import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.cwd(), "from-here.js"));
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };
const SERIOUS = ["serious", "critical"];
const TYPES = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const [site, pictures, ...chosen] = process.argv.slice(2);

function serve(folder) {
  const server = http.createServer((request, response) => {
    const place = decodeURIComponent(request.url.split("?")[0]);
    let file = path.join(folder, path.normalize(place));
    if (fs.existsSync(file) && fs.statSync(file).isDirectory())
      file = path.join(file, "index.html");
    if (!fs.existsSync(file)) return response.writeHead(404).end();
    const type = TYPES[path.extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type });
    fs.createReadStream(file).pipe(response);
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(server)),
  );
}

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

const server = await serve(site);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const root = `http://127.0.0.1:${server.address().port}/`;
for (const name of chosen.length ? chosen : pages(site)) {
  const address = name === "." ? root : `${root}${name}/`;
  console.log(JSON.stringify(await looked(browser, address, name)));
}
await browser.close();
server.close();
