// The dashboard as a person has it: in a browser, with a keyboard, in the dark, on a small screen, on paper.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, beforeEach, afterEach, test } from 'node:test';

import axe from 'axe-core';
import { chromium } from 'playwright-core';

import { events, hostileIds } from './calls.js';

const { RECEIVER_URL, MANAGE_URL, WEBHOOK_SECRET, CHROMIUM, SCREENSHOTS } = process.env;
const wide = { width: 1280, height: 900 };

let browser, context, page, ended;
let troubles = [];

before(async () => {
  const calls = await events();
  ended = new Set(calls.filter((event) => event.eventType === 'call.ended').map((event) => event.callId));
  for (const event of calls) {
    const response = await fetch(RECEIVER_URL, {
      method: 'POST',
      headers: { authorization: WEBHOOK_SECRET, 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    assert.equal(response.status, 200, `${event.eventType} of ${event.callId}`);
  }
  await handled();
  if (SCREENSHOTS) await mkdir(SCREENSHOTS, { recursive: true });
  browser = await chromium.launch({ executablePath: CHROMIUM });
});

after(() => browser?.close());

beforeEach(async () => {
  troubles = [];
  context = await browser.newContext({ viewport: wide });
  // Also where a response never comes.
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== MANAGE_URL) troubles.push(`asks ${request.url()}`);
  });
  context.on('console', (message) => {
    const isExpected = message.text().includes('404') && message.location().url.includes('/unknown');
    if (['error', 'warning'].includes(message.type()) && !isExpected) troubles.push(message.text());
  });
  context.on('weberror', (error) => troubles.push(String(error.error())));
  context.on('dialog', (dialog) => { troubles.push(`says ${dialog.message()}`); dialog.dismiss(); });
  page = await context.newPage();
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(troubles, []);
});

test('the overview has the figures of all calls that ended', async () => {
  await open('/');
  const tile = (name) => page.locator('.tile', { has: page.getByText(name, { exact: true }) }).locator('dd').innerText();
  assert.equal(await tile('Total calls'), String(ended.size));
  assert.equal(await tile('Pending events'), '0');
  assert.match(await tile('Average duration'), /^\d+\.\d\d s$/);
  const resolved = page.locator('table', { hasText: 'Resolved' }).filter({ has: page.locator('caption') });
  assert.match(await resolved.innerText(), /yes[\s\S]*no[\s\S]*null[\s\S]*not given[\s\S]*of another type/);
  assert.equal(await page.locator('section[aria-labelledby=calls] tbody tr').count(), 25);
});

test('a call shows its conversation, tools and outcome', async () => {
  await open('/calls/call_support_26');
  const text = await page.locator('main').innerText();
  for (const part of ['Transcript', 'Said while the call ran', 'Tools', 'Outcome', 'ended']) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(await page.locator('section[aria-labelledby=transcript] li').count() > 3);
  JSON.parse(await page.getByRole('region', { name: 'Outcome, JSON' }).innerText());
  const recording = page.locator('a.url');
  assert.equal(await recording.getAttribute('rel'), 'noreferrer noopener');
  assert.equal(await recording.getAttribute('href'), await recording.innerText());
});

test('Arabic runs from right to left, and Latin beside it does not', async () => {
  await open('/calls/call_web_arabic');
  const direction = (element) => element.evaluate((node) => getComputedStyle(node).direction);
  assert.equal(await direction(page.locator('.text', { hasText: 'أهلًا' }).first()), 'rtl');
  assert.equal(await direction(page.locator('.speaker').first()), 'ltr');
});

test('hostile text is text, behind every link', async () => {
  for (const id of hostileIds) {
    await open(`/calls?id=${encodeURIComponent(id)}`);
    await inert();
    await open('/');
    await inert();
    // Also where a browser would resolve or decode what is in the path.
    await page.locator(`main a.id[href="${linkTo(id)}"]`).first().click();
    assert.equal(await page.locator('h1').textContent(), heading(id));
    await inert();
  }
});

test('no page breaks a rule of accessibility, by day or by night', async () => {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    for (const [name, path] of Object.entries({
      overview: '/',
      call: '/calls/call_support_26',
      arabic: '/calls/call_web_arabic',
      maximal: '/calls/fixture-maximal',
      hostile: `/calls?id=${encodeURIComponent(hostileIds[0])}`,
      unknown: '/calls/unknown',
    })) {
      await open(path, name === 'unknown' ? 404 : 200);
      if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}-${colorScheme}.png`, fullPage: true });
      await page.evaluate(axe.source);
      const { violations, passes } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(' ')}`);
      assert.deepEqual(found, [], `${name}, ${colorScheme}`);
      assert.ok(passes.length > 10, 'rules were applied');
    }
  }
});

test('the keyboard gets everywhere, and one sees where it is', async () => {
  await open('/');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to content' });
  assert.ok(await skip.evaluate((node) => node === document.activeElement && node.getBoundingClientRect().left >= 0));
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
  const stops = new Set();
  for (let tabs = 0; tabs < 200; tabs += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      return { name: document.activeElement.outerHTML.slice(0, 80), outlineStyle, width: parseFloat(outlineWidth) };
    });
    if (stop.name.startsWith('<body')) break;
    assert.ok(stop.outlineStyle !== 'none' && stop.width >= 2, `no focus seen on ${stop.name}`);
    stops.add(stop.name);
  }
  const links = await page.locator('main a').count();
  assert.ok(stops.size >= Math.min(links, 25), `${stops.size} stops`);
});

test('it fits a small screen', async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const path of ['/', '/calls/call_support_26', `/calls?id=${encodeURIComponent(hostileIds[0])}`, `/calls?id=${hostileIds.at(-1)}`]) {
    await open(path);
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(tooWide, 0, path.slice(0, 40));
    if (SCREENSHOTS && path === '/') await page.screenshot({ path: `${SCREENSHOTS}/overview-small.png`, fullPage: true });
  }
});

test('it prints, without what is of no use on paper', async () => {
  await open('/calls/call_support_26');
  const pdf = await page.pdf({ path: SCREENSHOTS ? `${SCREENSHOTS}/call.pdf` : undefined });
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  assert.equal(await page.getByRole('search').isVisible(), false);
  assert.equal(await page.locator('.text').first().isVisible(), true);
});

async function open(path, status = 200) {
  const response = await page.goto(MANAGE_URL + path);
  assert.equal(response.status(), status, path);
  assert.match(response.headers()['content-security-policy'], /default-src 'none'/);
}

// Until the receiver has handled all there is.
async function handled() {
  for (let tries = 0; tries < 200; tries += 1) {
    const metrics = await (await fetch(`${MANAGE_URL}/metrics`)).text();
    if (/^hamsa_pending_events 0$/m.test(metrics)) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  assert.fail('events are still pending');
}

async function inert() {
  const alive = await page.evaluate(() => ({
    said: window.alive,
    elements: document.querySelectorAll('script, img, iframe, object, embed, style, [onerror], [onclick]').length,
    links: [...document.links].filter((link) => !/^https?:$/.test(link.protocol)).length,
    hidden: /[\u202e\u0007]/.test(document.documentElement.outerHTML),
  }));
  assert.deepEqual(alive, { said: undefined, elements: 0, links: 0, hidden: false });
}

// As the dashboard writes a link to a call.
function linkTo(id) {
  const encoded = [...Buffer.from(id)].map((byte) => {
    const letter = String.fromCharCode(byte);
    return /[0-9A-Za-z]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
  return ['.', '..'].includes(id) ? `/calls?id=${encoded}` : `/calls/${encoded}`;
}

// As it writes an id.
function heading(id) {
  const codePoint = (c) => `U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  const hidden = id.trim() ? /[\u202e\u0007]/g : /./gu;
  const text = id.slice(0, 200).replace(hidden, codePoint);
  return `Call ${text}${id.length > 200 ? `… (${Buffer.byteLength(id)} bytes)` : ''}`;
}
