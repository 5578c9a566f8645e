/** Files on the chat page: dropped, pasted and chosen by one, had by another, whatever they are called and however the network is. */
import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Download, Page } from "playwright-core";
import { imageOf } from "../support/images.ts";
import { until } from "../support/until.ts";
import { type Site, startSite } from "../web/site.ts";
import {
	buildPages,
	choose,
	enterRoom,
	type Opened,
	openPage,
	signIn,
	startBrowser,
	write,
} from "./chat-browser.ts";

const fileBytes = 6_000_000;

/** What a browser has and Node's types do not know. */
interface OfBrowser {
	readonly DataTransfer: new () => {
		readonly items: { add(file: File): void };
	};
	readonly DragEvent: new (kind: string, about: object) => Event;
	readonly ClipboardEvent: new (kind: string, about: object) => Event;
}

interface Given {
	readonly name: string;
	readonly type: string;
	/** Base 64. */
	readonly bytes: string;
}

describe("Files on the chat page", () => {
	let directory: string;
	let site: Site;
	let browser: Browser;
	let alice: Opened;
	let bob: Opened;

	before(async () => {
		buildPages();
		directory = await mkdtemp(join(tmpdir(), "page-files-"));
		site = await startSite({
			node: { service: { files: { directory }, limits: { fileBytes } } },
		});
		browser = await startBrowser();
		[alice, bob] = await Promise.all([entered("alice"), entered("bob")]);
	});
	after(async () => {
		await browser?.close();
		await site?.close();
		await rm(directory, { recursive: true, force: true });
	});

	it("says how large a file may be before one is chosen", async () => {
		await alice.page
			.getByRole("button", { name: "Bring files, of at most 6.0 MB each" })
			.waitFor();
	});

	it("are dropped, several at once, wait until one posts, and are had by others as they were", async () => {
		await give(alice.page, "drop", [
			textFile("plan.txt", "The plan"),
			textFile("night notes.md", "All quiet"),
		]);
		await alice.page.getByText("ready to be posted").nth(1).waitFor();
		equal(await bob.page.locator(".file-card").count(), 0);
		await write(alice.page, "Here they are");
		await bob.page.getByText("Here they are").waitFor();
		equal(await contentOf(await saved(bob.page, "plan.txt")), "The plan");
		const notes = await saved(bob.page, "night notes.md");
		equal(notes.suggestedFilename(), "night notes.md");
		equal(await contentOf(notes), "All quiet");
		await uploadsAreGone(alice.page);
	});

	it("are pasted: a picture of the screen gets a name of its own, and is shown small", async () => {
		const bytes = await imageOf("png", { width: 640, height: 400 });
		const picture = { name: "image.png", type: "image/png" };
		await give(bob.page, "paste", [
			{ ...picture, bytes: Buffer.from(bytes).toString("base64") },
		]);
		await bob.page.getByText("ready to be posted").waitFor();
		await bob.page.getByLabel("Message", { exact: true }).press("Enter");
		const small = alice.page.getByRole("img", {
			name: /^Show Pasted \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png$/,
		});
		await small.waitFor();
		await until(
			() =>
				small.evaluate(
					(img) =>
						(img as unknown as { naturalWidth: number }).naturalWidth === 320,
				),
			{ what: "the thumbnail" },
		);
	});

	it("interpret nothing of their names", async () => {
		const name = "<img src=x onerror=document.title=1>.png";
		await choose(alice.page, [{ name, body: Buffer.from("no picture") }]);
		await alice.page.getByText("ready to be posted").waitFor();
		equal(await alice.page.locator(".upload .name").textContent(), name);
		await alice.page.getByRole("button", { name: "Post", exact: true }).click();
		const file = bob.page.locator(".file bdi", { hasText: "onerror" });
		await file.waitFor();
		equal(await file.textContent(), name);
		match(await bob.page.title(), /Chat$/);
		// What only calls itself a picture has no thumbnail.
		await until(
			async () =>
				(await bob.page.getByRole("img", { name: /onerror/ }).count()) === 0,
			{ what: "the thumbnail's place to go" },
		);
		await uploadsAreGone(alice.page);
	});

	it("are refused at once when they are too large or empty, in words", async () => {
		const large = Buffer.alloc(fileBytes + 1);
		await choose(alice.page, [
			{ name: "large.bin", body: large },
			{ name: "empty.bin", body: Buffer.alloc(0) },
		]);
		await alice.page.getByText("a file has at most 6.0 MB").waitFor();
		await alice.page.getByText("It is empty").waitFor();
		for (const name of ["large.bin", "empty.bin"]) {
			await alice.page
				.getByRole("button", { name: `Do not post ${name}` })
				.click();
		}
		await uploadsAreGone(alice.page);
	});

	it("go on where they were when the network comes back", async () => {
		const { page } = alice;
		const body = Buffer.alloc(5_000_000, "abcdefghij");
		let pieces = 0;
		const offsets: string[] = [];
		await page.route("**/api/uploads/*", async (route) => {
			const asked = route.request();
			if (asked.method() !== "PATCH") return route.continue();
			offsets.push(asked.headers()["upload-offset"] ?? "");
			pieces += 1;
			return pieces === 2 ? route.abort() : route.continue();
		});
		await choose(page, [{ name: "long.txt", body }]);
		await page.getByText("ready to be posted").waitFor();
		deepEqual(offsets, ["0", "4194304", "4194304"]);
		await page.unroute("**/api/uploads/*");
		await page.getByLabel("Message", { exact: true }).press("Enter");
		const had = await readFile(
			await (await saved(bob.page, "long.txt")).path(),
		);
		equal(had.equals(body), true);
		await uploadsAreGone(page);
	});

	it("that are posted together come in the order chosen, however long each takes", async () => {
		const { page } = alice;
		const release = await hold(page, "first.txt");
		const names = ["first.txt", "second.txt", "third.txt", "fourth.txt"];
		await choose(
			page,
			names.map((name) => ({ name, body: Buffer.from(name) })),
		);
		await page.getByText("ready to be posted").nth(2).waitFor();
		await page.getByLabel("Message", { exact: true }).press("Enter");
		await page.getByText("posted after those before it").nth(2).waitFor();
		release();
		await bob.page.locator(".file", { hasText: "fourth.txt" }).waitFor();
		await uploadsAreGone(page);
		const shown = await bob.page.locator(".file bdi").allTextContents();
		deepEqual(shown.slice(-names.length), names);
	});

	it("come behind what is written with them, however long that takes", async () => {
		const { page } = await entered("carol");
		const asked: string[] = [];
		page.on("request", (request) => asked.push(request.url()));
		let release = () => {};
		const held = new Promise<void>((resolve) => {
			release = resolve;
		});
		await page.routeWebSocket("**/sip*", (socket) => {
			const server = socket.connectToServer();
			socket.onMessage(async (message) => {
				if (message.includes("Slow words")) await held;
				server.send(message);
			});
		});
		await page.reload();
		await page.getByLabel("Message", { exact: true }).waitFor();
		await choose(page, [{ name: "behind words.txt", body: Buffer.from("x") }]);
		await page.getByText("ready to be posted").waitFor();
		await write(page, "Slow words");
		await page.evaluate("fetch('health/live')");
		const finishing = () => asked.some((url) => url.includes("/finish"));
		equal(finishing(), false);
		release();
		await bob.page.locator(".file", { hasText: "behind words.txt" }).waitFor();
		await page.context().close();
	});

	it("that are given up keep none of those behind them waiting", async () => {
		const { page } = alice;
		const release = await hold(page, "stuck");
		await choose(page, [
			{ name: "stuck.txt", body: Buffer.from("stuck") },
			{ name: "behind.txt", body: Buffer.from("behind") },
		]);
		await page.getByText("ready to be posted").waitFor();
		await page.getByLabel("Message", { exact: true }).press("Enter");
		await page.getByText("posted after those before it").waitFor();
		await page.getByRole("button", { name: "Do not post stuck.txt" }).click();
		await bob.page.locator(".file", { hasText: "behind.txt" }).waitFor();
		release();
		await uploadsAreGone(page);
		equal(await bob.page.locator(".file", { hasText: "stuck" }).count(), 0);
	});

	it("are given up by who brings them, also halfway", async () => {
		const { page } = alice;
		let release = () => {};
		const held = new Promise<void>((resolve) => {
			release = resolve;
		});
		await page.route("**/api/uploads/*", async (route) => {
			if (route.request().method() === "PATCH") await held;
			await route.continue().catch(() => {});
		});
		await choose(page, [{ name: "secret.txt", body: Buffer.from("no") }]);
		await page.getByText("on its way").waitFor();
		await page.getByRole("button", { name: "Do not post secret.txt" }).click();
		await uploadsAreGone(page);
		release();
		await page.unroute("**/api/uploads/*");
		await until(
			async () => (await site.node.database("uploads").select()).length === 0,
			{ what: "the upload to be given up" },
		);
	});

	async function entered(name: string): Promise<Opened> {
		const opened = await openPage(browser, site.web.address);
		await signIn(opened.page, name);
		await enterRoom(opened.page, "Lobby");
		return opened;
	}
});

function textFile(name: string, text: string): Given {
	return {
		name,
		type: "text/plain",
		bytes: Buffer.from(text).toString("base64"),
	};
}

/** As a person's drag or Ctrl+V ends: the browser's own event with these files. */
async function give(
	page: Page,
	how: "drop" | "paste",
	files: readonly Given[],
): Promise<void> {
	await page.locator("#text").evaluate(
		(field, [kind, given]) => {
			const { DataTransfer, DragEvent, ClipboardEvent } =
				globalThis as unknown as OfBrowser;
			const data = new DataTransfer();
			for (const { name, type, bytes } of given) {
				const content = Uint8Array.from(atob(bytes), (sign) =>
					sign.charCodeAt(0),
				);
				data.items.add(new File([content], name, { type }));
			}
			const common = { bubbles: true, cancelable: true };
			field.dispatchEvent(
				kind === "drop"
					? new DragEvent("drop", { ...common, dataTransfer: data })
					: new ClipboardEvent("paste", { ...common, clipboardData: data }),
			);
		},
		[how, files] as const,
	);
}

/** The piece of these bytes waits for the function that this resolves with; all others pass. */
async function hold(page: Page, bytes: string): Promise<() => void> {
	let release = () => {};
	const held = new Promise<void>((resolve) => {
		release = resolve;
	});
	await page.route("**/api/uploads/*", async (route) => {
		if (route.request().postData() === bytes) await held;
		await route.continue().catch(() => {});
	});
	return () => {
		release();
		void page.unroute("**/api/uploads/*");
	};
}

async function saved(page: Page, name: string): Promise<Download> {
	const download = page.waitForEvent("download");
	await page.locator(".file", { hasText: name }).click();
	return download;
}

async function contentOf(download: Download): Promise<string> {
	return readFile(await download.path(), "utf8");
}

async function uploadsAreGone(page: Page): Promise<void> {
	await page.locator(".uploads").waitFor({ state: "hidden" });
}
