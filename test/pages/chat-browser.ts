/** A real browser that has the chat page open, as somebody or as nobody yet. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { ChatClient, nodeAgent } from "../../client/index.ts";
import { findProgram } from "../support/packages.ts";
import type { Site } from "../web/site.ts";

/** In a process of its own, whose leftovers end with it; at once when they are there already. */
export function buildPages(): void {
	const script = join(import.meta.dirname, "../../web/pages/build.ts");
	const { status } = spawnSync(process.execPath, ["--import", "tsx", script], {
		stdio: "inherit",
	});
	assert.equal(status, 0, "the pages cannot be built");
}

/** Debian's Chromium; as root it has no sandbox to offer. */
export function startBrowser(): Promise<Browser> {
	const executablePath = findProgram("chromium");
	assert.ok(executablePath, "no chromium: npm test installs it");
	return chromium.launch({
		executablePath,
		args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
	});
}

export interface Opened {
	readonly page: Page;
	/** What the page complained about: errors of its own, and what the policy has forbidden. */
	readonly complaints: readonly string[];
	/** Every address that it asked for something. */
	readonly asked: readonly string[];
}

export interface Screen {
	readonly width?: number;
	readonly height?: number;
	readonly dark?: boolean;
}

/** In a context of its own: nothing is shared with others. */
export async function openPage(
	browser: Browser,
	address: string,
	{ width = 1200, height = 800, dark = false }: Screen = {},
): Promise<Opened> {
	const context = await browser.newContext({
		viewport: { width, height },
		colorScheme: dark ? "dark" : "light",
		locale: "en-GB",
		timezoneId: "UTC",
		reducedMotion: "reduce",
	});
	const page = await context.newPage();
	page.setDefaultTimeout(30_000);
	const complaints: string[] = [];
	const asked: string[] = [];
	page.on("pageerror", (error) => complaints.push(String(error)));
	page.on("console", (message) => {
		if (message.type() === "error") complaints.push(message.text());
	});
	page.on("request", (request) => asked.push(request.url()));
	page.on("websocket", (socket) => asked.push(socket.url()));
	await page.goto(address);
	return { page, complaints, asked };
}

/** As `alice` with the demo's password. */
export async function signIn(page: Page, name: string): Promise<void> {
	await page.getByLabel("Name", { exact: true }).fill(name);
	await page.getByLabel("Password").fill(`${name}-pw`);
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("heading", { name: "Chat", exact: true }).waitFor();
}

export async function enterRoom(page: Page, room: string): Promise<void> {
	await page.getByRole("button", { name: "Find rooms" }).click();
	await page.getByRole("searchbox", { name: "Name of a room" }).fill(room);
	await page
		.getByRole("dialog")
		.getByRole("button", { name: new RegExp(`^${room}`) })
		.click();
	await page.getByRole("heading", { name: room, level: 2 }).waitFor();
	await page.getByLabel("Message", { exact: true }).waitFor();
}

export async function write(page: Page, text: string): Promise<void> {
	const field = page.getByLabel("Message", { exact: true });
	await field.fill(text);
	await field.press("Enter");
}

/** By the button, and the system's list of files. */
export async function choose(
	page: Page,
	files: readonly { readonly name: string; readonly body: Buffer }[],
): Promise<void> {
	const chooser = page.waitForEvent("filechooser");
	await page.getByRole("button", { name: /^Bring files/ }).click();
	await (await chooser).setFiles(
		files.map(({ name, body: buffer }) => ({
			...{ name, buffer },
			mimeType: "application/octet-stream",
		})),
	);
}

/** Somebody who is not at a browser. */
export function clientOf(site: Site, name: string): Promise<ChatClient> {
	return ChatClient.connect({
		open: nodeAgent({
			server: site.node.server("tcp"),
			user: `sip:${name}@example.com`,
			password: `${name}-pw`,
		}),
	});
}
