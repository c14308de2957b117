/** `node tools/draw-icons.ts`: redraws the icons in `assets` with the Chromium named by CHROMIUM (default /usr/bin/chromium). */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trayIcons } from '@deskclaw/ui/view-models';
import { chromium, type Page } from 'playwright-core';
import { appIcon, colourIcon, templateIcon } from './icon-shapes.ts';

const assets = join(import.meta.dirname, '..', 'assets');
const TRAY_SIZE = 22;
const APP_SIZE = 512;

async function draw(page: Page, svg: string, size: number, file: string): Promise<void> {
  await page.setViewportSize({ width: size, height: size });
  const sized = svg.replace('<svg ', `<svg width="${String(size)}" height="${String(size)}" style="display:block" `);
  await page.setContent(`<body style="margin:0">${sized}`);
  await writeFile(join(assets, file), await page.screenshot({ omitBackground: true }));
}

const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium' });
try {
  await mkdir(join(assets, 'tray'), { recursive: true });
  const page = await browser.newPage();
  for (const icon of trayIcons) {
    for (const [suffix, scale] of [
      ['', 1],
      ['@2x', 2],
    ] as const) {
      await draw(page, colourIcon(icon), TRAY_SIZE * scale, join('tray', `${icon}${suffix}.png`));
      await draw(page, templateIcon(icon), TRAY_SIZE * scale, join('tray', `${icon}Template${suffix}.png`));
    }
  }
  await draw(page, appIcon, APP_SIZE, 'icon.png');
} finally {
  await browser.close();
}
