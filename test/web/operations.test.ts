/** How the service is doing: for administrators, with what has been, and going on. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Principal } from "../../plugin/index.ts";
import type { Picture, Sample } from "../../web/operations/views.ts";
import { operator } from "../support/domain.ts";
import { rooms, signIn } from "../support/people.ts";
import { takingAdapter } from "../support/taking-adapter.ts";
import { until } from "../support/until.ts";
import { readEvents } from "./event-reader.ts";
import { type Browser, type Site, startSite } from "./site.ts";

interface Operations {
	readonly picture: Picture;
	readonly samples: readonly Sample[];
}

describe("operations", () => {
	let site: Site;
	let alice: Browser;
	let directory: string;
	const adapter = takingAdapter();

	before(async () => {
		directory = mkdtempSync(join(tmpdir(), "persistent-chat-operations-"));
		site = await startSite({
			node: {
				service: { files: { directory: join(directory, "files") } },
				compliance: {
					adapters: [
						{ use: adapter.factory, name: "records", runIntervalMs: 100 },
					],
					files: join(directory, "copies"),
					signingKey: join(directory, "key.pem"),
				},
			},
			patience: {
				headersMs: 5_000,
				bodyMs: 5_000,
				operations: { sampleEveryMs: 50, lookEveryMs: 50 },
			},
		});
		await site.node.chat.rooms.setAdministrators(operator, [
			"sip:alice@example.com" as Principal,
		]);
		alice = await site.signedIn("alice");
	});
	after(async () => {
		await site?.close();
		rmSync(directory, { recursive: true });
	});

	async function read(): Promise<Operations> {
		const { status, json, text } = await alice.ask("GET", "/api/operations");
		equal(status, 200, text);
		return json as Operations;
	}

	it("are for administrators alone, who are told that they are", async () => {
		const bob = await site.signedIn("bob");
		for (const path of ["/api/operations", "/api/events?topic=operations"]) {
			equal((await site.browser().ask("GET", path)).status, 401);
			const { status, json } = await bob.ask("GET", path);
			equal(status, 403);
			equal((json as { reason: string }).reason, "forbidden");
		}
		const about = async (browser: Browser) =>
			(await browser.ask("GET", "/api/session")).json as {
				administrator: boolean;
			};
		equal((await about(alice)).administrator, true);
		equal((await about(bob)).administrator, false);
	});

	it("show at once what has been, and that everything is fine", async () => {
		const { picture, samples } = await until(
			async () => {
				const found = await read();
				const { parts, nodes } = found.picture;
				const isKnown = parts.every(({ words }) => !/yet/.test(words));
				return found.samples.length > 2 && isKnown && nodes.length > 0 && found;
			},
			{ what: "some samples" },
		);
		deepEqual(
			picture.parts
				.filter(({ name }) => name !== "Event loop")
				.map(({ name, state }) => `${name} ${state}`),
			[
				"Database fine",
				"SIP server fine",
				"Watchdog fine",
				"Registration unused",
				"Archive fine",
				"Redis unused",
				"Files fine",
			],
		);
		deepEqual(
			picture.nodes.map(({ name }) => name),
			[picture.node],
		);
		equal(picture.browsers, 2);
		ok((samples.at(-1)?.memoryBytes ?? 0) > 0);
	});

	it("count posts, deliveries and how long they took", async () => {
		const stream = await readEvents(
			site,
			alice,
			{},
			"/api/events?topic=operations",
		);
		const bob = await signIn(site.node, "bob");
		const carol = await signIn(site.node, "carol");
		await bob.chat.join(rooms.lobby);
		await carol.chat.join(rooms.lobby);
		await bob.chat.post(rooms.lobby, "counted");
		const sampleWith = (fits: (sample: Sample) => boolean) =>
			stream.told("operations", ({ sample }) => fits(sample as Sample));
		const { sample } = await sampleWith(
			({ postsPerSecond }) => postsPerSecond > 0,
		);
		ok(((sample as Sample).fanOutMs ?? -1) >= 0);
		equal((sample as Sample).people, 2);
		equal((sample as Sample).streams, 1);
		await sampleWith(({ deliveriesPerSecond }) => deliveriesPerSecond > 0);
		await bob.chat.close();
		await carol.chat.close();
		stream.close();
	});

	it("show an adapter that fails, with its reason, and that it has caught up", async () => {
		adapter.before = () => {
			throw new Error("The disk is full");
		};
		const bob = await signIn(site.node, "bob");
		await bob.chat.join(rooms.lobby);
		const failing = await until(
			async () => {
				const { picture } = await read();
				const [one] = picture.adapters;
				return one?.state === "degraded" && one.waiting > 0 && picture;
			},
			{ what: "an adapter that fails" },
		);
		match(failing.adapters[0]?.words ?? "", /Has failed .*The disk is full/);
		ok(failing.state !== "fine");
		adapter.before = () => {};
		await until(
			async () => (await read()).picture.adapters[0]?.state === "fine",
			{ what: "an adapter that has everything" },
		);
		await bob.chat.close();
	});

	it("keep no more than their bound", async () => {
		const full = await until(
			async () => {
				const { samples } = await read();
				return samples.length === 150 && samples;
			},
			{ what: "150 samples", withinMs: 15_000 },
		);
		const [oldest] = full;
		const later = await until(
			async () => {
				const { samples } = await read();
				return !samples.some(({ at }) => at === oldest?.at) && samples;
			},
			{ what: "the oldest forgotten" },
		);
		equal(later.length, 150);
	});

	it("are told to nobody who ceases to be an administrator", async () => {
		const stream = await readEvents(
			site,
			alice,
			{},
			"/api/events?topic=operations",
		);
		await stream.told("operations");
		await site.node.chat.rooms.setAdministrators(operator, []);
		deepEqual(await stream.told("end"), { why: "not-administrator" });
		equal((await alice.ask("GET", "/api/operations")).status, 403);
	});
});
