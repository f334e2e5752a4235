import { expect } from "@playwright/test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { until, type Shop } from "../fixtures/shop";
import type { Session } from "./session";

export interface Journey {
  shop: Shop;
  buyer: Session;
  /** Approves in the wallet, then works for the organiser. */
  organiser: Session;
  /** Directory of both browsers' downloads. */
  downloads: string;
  step: (name: string, action: () => Promise<void>) => Promise<void>;
}

const PASSWORD = "a long enough one";

/** The main journeys in 26 steps: find, buy, approve, live update, pass, calendar, organiser, check-in. */
export async function mainJourneys({ shop, buyer, organiser, downloads, step }: Journey): Promise<void> {
  const event = await shop.event({ title: "Engines in concert", starts_in: 20, price_sats: 3210 });
  const free = await shop.event({ title: "Open rehearsal", price_sats: 0 });
  const email = `engine-${Date.now()}@example.com`;
  const ready = `Your ticket for ${event.title} is ready`;
  const approval = /Open your wallet and approve 3,210 sats/;
  const downloaded = (ending: string) =>
    until(`a download *${ending}`, async () => {
      const name = (await readdir(downloads)).find((each) => each.endsWith(ending));
      // Browsers create the file before its content.
      return name && (await readFile(join(downloads, name), "utf8"));
    });

  await step("find an event by its title", async () => {
    await buyer.open("/");
    await buyer.fill("Search events", event.title);
    await buyer.expectPath(/q=Engines/);
    await buyer.expectText(event.title);
  });
  await step("open the event", async () => {
    await buyer.click("link", event.title);
    await buyer.expectPath(/^\/events\/\d+$/);
    await buyer.expectText("3,210 sats");
    await buyer.find("heading", event.title);
  });
  await step("go to the checkout", async () => {
    await buyer.click("link", "Get a ticket");
    await buyer.findField("Your UMA address");
  });
  await step("create an account during checkout", async () => {
    await buyer.click("link", "Log in", { in: "main" });
    await buyer.click("button", /Create an account/);
    await buyer.fill("Email", email);
    await buyer.fill("Name", "Mina Park");
    await buyer.fill("Password", PASSWORD);
    await buyer.click("button", "Create account");
    await buyer.expectPath(/\/purchase/);
  });
  await step("see what is wrong with a UMA address", async () => {
    await buyer.fill("Your UMA address", "alice@localhost");
    await buyer.press("Enter");
    await buyer.expectText("UMA addresses start with $");
  });
  await step("order from a UMA wallet", async () => {
    await buyer.fill("Your UMA address", shop.address("alice"));
    await buyer.click("button", "Pay 3,210 sats");
    await buyer.expectText(approval);
    await buyer.expectPath(/^\/orders\/\d+$/);
  });
  await step("keep the order after a reload", async () => {
    await buyer.reload();
    await buyer.expectText(approval);
  });
  await step("go back and forward", async () => {
    await buyer.click("link", "My tickets");
    await buyer.expectText("Continue payment");
    await buyer.back();
    await buyer.expectText(approval);
    await buyer.forward();
    await buyer.expectText("Continue payment");
    await buyer.back();
    await buyer.expectText(approval);
  });
  await step("approve the request in the wallet", async () => {
    await organiser.open(shop.walletUrl);
    await organiser.click("button", "Pay 3,210 sats");
    await organiser.expectText(/Paid ·/);
  });
  await step("receive the ticket without a reload", async () => {
    await buyer.expectText(ready);
    await buyer.expectText("Paid 3,210 sats");
  });
  await step("open the pass and enlarge its code", async () => {
    await buyer.click("link", "View ticket");
    await buyer.find("img", "QR code of your ticket");
    await buyer.click("button", "Show the QR code full screen");
    await buyer.find("dialog", "QR code of your ticket");
    await buyer.press("Escape");
  });
  await step("get the link to the stream", async () => {
    const link = await buyer.find("link", "Join the stream");
    expect(await link.call((each) => each.getAttribute("href"))).toMatch(/^\/events\/\d+\/watch/);
  });
  await step("add the event to a calendar", async () => {
    await buyer.click("button", "Add to calendar");
    await buyer.click("button", "Apple or other (.ics)");
    const entry = await downloaded(".ics");
    expect(entry).toContain(`SUMMARY:${event.title}`);
    expect(entry).toContain("END:VCALENDAR");
  });
  await step("open the receipt", async () => {
    await buyer.click("link", "Receipt");
    await buyer.expectText(/Amount 3,210 sats/);
  });
  await step("list tickets", async () => {
    await buyer.click("link", "My tickets");
    await buyer.find("link", event.title);
  });
  await step("read the page in Korean", async () => {
    await buyer.choose("Language", "한국어");
    await buyer.find("heading", "내 티켓");
    expect(await buyer.read(() => document.documentElement.lang)).toBe("ko");
    await buyer.choose("언어", "English");
    await buyer.find("heading", "My tickets");
  });
  await step("use the dark theme", async () => {
    const background = () => getComputedStyle(document.documentElement).colorScheme;
    const light = await buyer.read(background);
    await buyer.choose("Theme", "Dark");
    await until("another background", async () => (await buyer.read(background)) !== light);
    await buyer.choose("Theme", "Light");
  });
  await step("get a free ticket", async () => {
    await buyer.open(`/events/${free.id}`);
    await buyer.click("link", "Get a free ticket");
    await buyer.click("button", "Get ticket");
    await buyer.expectText(`Your ticket for ${free.title} is ready`);
  });
  await step("give it back in a dialog", async () => {
    await buyer.click("button", "Give back this ticket");
    await buyer.press("Escape");
    await buyer.click("button", "Give back this ticket");
    await buyer.click("button", "Give back", { in: "dialog" });
    await buyer.expectText("Ticket given back");
  });
  await step("log in as an organiser with Enter", async () => {
    await organiser.open("/login?next=%2Fadmin");
    await organiser.fill("Email", shop.admin.email);
    await organiser.fill("Password", shop.admin.password);
    await organiser.press("Enter");
    await organiser.expectPath(/^\/admin$/);
    await organiser.find("link", event.title);
  });
  await step("create an event with typed times", async () => {
    const day = new Date(Date.now() + 40 * 24 * 3_600_000).toISOString().split(/[-T]/);
    const [year = "", month = "", date = ""] = day;
    await organiser.open("/admin/events/new");
    await organiser.fill("Title", "Premiere");
    await organiser.fillDateTime("Starts", { year, month, day: date, hour: "09", minute: "30" });
    await organiser.fillDateTime("Ends", { year, month, day: date, hour: "11", minute: "05" });
    await organiser.fill("Price", "1,500");
    await organiser.fill("Capacity", "10");
    await organiser.fill("Stream URL", "https://stream.example/premiere");
    await organiser.click("button", "Create event");
    await organiser.expectPath(/^\/admin\/events\/\d+$/);
    await organiser.find("heading", "Premiere");
  });
  await step("see an error at its field", async () => {
    await organiser.click("link", "Edit");
    await organiser.fill("Capacity", "0");
    await organiser.click("button", "Save changes");
    await organiser.expectText("Enter a whole number above 0.");
    await organiser.fill("Capacity", "20");
    await organiser.click("button", "Save changes");
    await organiser.find("heading", "Premiere");
  });
  await step("find the sale among attendees", async () => {
    await organiser.open("/admin");
    await organiser.click("link", event.title);
    await organiser.expectText("Mina Park");
    await organiser.expectText(email);
  });
  await step("download attendees", async () => {
    await organiser.click("button", "Download CSV");
    expect(await downloaded(".csv")).toContain(email);
  });
  const [ticket] = await ticketCodes(shop, email);
  const check = async () => {
    await organiser.fill("Ticket code", ticket ?? "");
    await organiser.press("Enter");
  };
  await step("check the ticket in", async () => {
    await organiser.open(`/admin/check-in?event=${event.id}`);
    await check();
    await organiser.find("alertdialog", "Welcome");
    await organiser.expectText("Mina Park");
    await organiser.click("button", "Next");
    await organiser.expectText("1 of 1 checked in");
  });
  await step("reject the ticket the second time", async () => {
    await check();
    await organiser.find("alertdialog", "Already checked in");
    await organiser.press("Enter");
    await organiser.expectText("1 of 1 checked in");
  });
}

/** Codes of an account's paid tickets. */
async function ticketCodes(shop: Shop, email: string): Promise<string[]> {
  const login = await fetch(`${shop.url}/api/users/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  const { data } = (await login.json()) as { data: { token: string; user: { id: number } } };
  const answer = await fetch(`${shop.url}/api/users/${data.user.id}/tickets`, {
    headers: { authorization: `Bearer ${data.token}` },
  });
  const tickets = (await answer.json()) as { data: { payment_status: string; ticket_code: string }[] };
  return tickets.data.filter((each) => each.payment_status === "paid").map((each) => each.ticket_code);
}
