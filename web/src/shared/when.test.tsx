import { render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { en } from "@/i18n/en";
import { I18nProvider } from "@/i18n/i18n";
import * as time from "@/lib/time";
import { Moment, When } from "./when";

function shown(zone: string, viewer: string) {
  vi.spyOn(time, "viewerZone").mockReturnValue(viewer);
  render(
    <I18nProvider lang="en" catalogue={en}>
      <When start="2026-12-01T10:30:00Z" end="2026-12-01T12:30:00Z" zone={zone} />
    </I18nProvider>,
  );
  return screen.getByText(/your time/).textContent;
}

it.each([
  ["Asia/Seoul", "Europe/Berlin", /^Berlin \(your time\) · .*7:30 PM in Seoul/],
  ["Asia/Seoul", "Asia/Seoul", /^Seoul \(your time\)$/],
  ["UTC", "Asia/Seoul", /^Seoul \(your time\) · .*10:30 AM UTC/],
  ["Nowhere/Land", "UTC", /^UTC \(your time\)$/],
])("an event of %s, seen from %s", (zone, viewer, text) => {
  expect(shown(zone, viewer)).toMatch(text);
});

it.each([
  ["Asia/Seoul", "Europe/Berlin", /11:30 AM · 7:30 PM in Seoul$/],
  ["America/Los_Angeles", "Asia/Seoul", /7:30 PM · 2:30 AM in Los Angeles$/],
  // Zones with the same offset are shown once.
  ["Asia/Tokyo", "Asia/Seoul", /7:30 PM$/],
])("one line: an event of %s, seen from %s", (zone, viewer, text) => {
  vi.spyOn(time, "viewerZone").mockReturnValue(viewer);
  const { container } = render(
    <I18nProvider lang="en" catalogue={en}>
      <Moment at="2026-12-01T10:30:00Z" zone={zone} />
    </I18nProvider>,
  );
  expect(container.textContent.replace(/\u202f/g, " ")).toMatch(text);
});
