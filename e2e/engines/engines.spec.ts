import { expect, test } from "@playwright/test";
import { mkdir } from "node:fs/promises";
import { Shop } from "../fixtures/shop";
import type { Browser, Launch } from "./browser";
import { firefox } from "./firefox";
import { mainJourneys } from "./journey";
import { Session } from "./session";
import { webkit } from "./webkit";

const engines: Record<string, (launch: Launch) => Promise<Browser>> = { firefox, webkit };
const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

/** The content security policy blocks the font of the wallet button. */
const BLOCKED_FONT = "https://fonts.googleapis.com/css2?family=Manrope";

for (const [engine, launch] of Object.entries(engines)) {
  for (const [size, viewport] of Object.entries(sizes)) {
    test(`main journeys in ${engine}, ${size}`, async ({}, info) => {
      const downloads = info.outputPath("downloads");
      await mkdir(downloads, { recursive: true });
      const shop = await Shop.open();
      const sessions: Session[] = [];
      try {
        for (let count = 0; count < 2; count += 1) {
          sessions.push(new Session(await launch({ ...viewport, downloads }), shop.url));
        }
        const [buyer, organiser] = sessions as [Session, Session];
        let number = 0;
        const pictures = async (suffix: string) => {
          for (const [name, session] of Object.entries({ buyer, organiser })) {
            const path = info.outputPath(`${String(number).padStart(2, "0")}-${name}${suffix}.png`);
            await session.screenshot(path).catch(() => undefined);
          }
        };
        await mainJourneys({
          shop,
          buyer,
          organiser,
          downloads,
          step: (name, action) =>
            test.step(name, async () => {
              number += 1;
              try {
                await action();
              } catch (error) {
                await pictures("-failed");
                const reason = error instanceof Error ? error.message : String(error);
                throw new Error(`step ${number}, ${name}: ${reason}\nScreenshots: ${info.outputDir}`);
              }
              if (process.env.E2E_PICTURES) await pictures("");
            }),
        });
        const errors = (await Promise.all(sessions.map((session) => session.errors()))).flat();
        expect(errors.filter((each) => !each.includes(BLOCKED_FONT))).toEqual([]);
      } finally {
        await Promise.all(sessions.map((session) => session.close()));
        await shop.close();
      }
    });
  }
}
