// Records the calls of a page: node record_playwright.mjs NODE_MODULES CHROMIUM URL FILE.zip
import { createRequire } from "node:module";

const [, , modules, executablePath, url, path] = process.argv;
const { chromium } = createRequire(`${modules}/`)("@playwright/test");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const context = await browser.newContext({ recordHar: { path, content: "attach" } });
const page = await context.newPage();
await page.goto(url);
await page.evaluate("work()");
await context.close();
await browser.close();
