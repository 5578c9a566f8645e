/** How event streams end, and that nobody can have too many of them or leave one lying about. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { RoomId, SessionId, UserUri } from "../../plugin/index.ts";
import { operator } from "../support/domain.ts";
import { rooms } from "../support/people.ts";
import { until } from "../support/until.ts";
import { type EventReader, readEvents } from "./event-reader.ts";
import { type Browser, type Site, startSite } from "./site.ts";

const lobby = rooms.lobby.slice(-36) as RoomId;
const uriOf = (name: string) => `sip:${name}@example.com` as UserUri;
const hourMs = 3_600_000;

describe("an event stream", () => {
	let site: Site;
	let browser: Browser;
	let clock = Date.now();
	const readers: EventReader[] = [];

	before(async () => {
		site = await startSite({
			now: () => new Date(clock),
			patience: {
				headersMs: 5_000,
				bodyMs: 5_000,
				events: { heartbeatMs: 50, lookEveryMs: 50, bufferBytes: 256 * 1024 },
			},
		});
	});
	after(() => site.close());
	beforeEach(async () => {
		browser = await site.signedIn("alice");
	});
	afterEach(async () => {
		for (const reader of readers.splice(0)) reader.close();
		await until(() => site.web.streams() === 0, { what: "no stream left" });
	});

	async function listen(as = browser): Promise<EventReader> {
		const reader = await readEvents(site, as);
		readers.push(reader);
		return reader;
	}

	async function endsWith(reader: EventReader, why: string): Promise<void> {
		deepEqual(await reader.told("end"), { why });
		await until(reader.isClosed, { what: "the end of the answer" });
		equal(reader.events().at(-1)?.event, "end");
	}

	it("beats while nothing happens", async () => {
		const reader = await listen();
		await until(() => /: beat\n\n: beat\n\n/.test(reader.text()), {
			what: "two beats",
		});
	});

	it("ends when one signs out, before that is answered", async () => {
		const reader = await listen();
		const other = await listen(await site.signedIn("alice"));
		equal((await browser.ask("DELETE", "/api/session")).status, 204);
		await endsWith(reader, "signed-out");
		equal(other.isClosed(), false);
		equal((await readEvents(site, browser)).status, 401);
	});

	it("ends with all the others of its user when he signs out everywhere", async () => {
		const other = await listen(await site.signedIn("alice"));
		const bob = await listen(await site.signedIn("bob"));
		await browser.ask("DELETE", "/api/session?everywhere=true");
		await endsWith(other, "signed-out");
		equal(bob.isClosed(), false);
	});

	it("ends when the session was ended on another node", async () => {
		const reader = await listen();
		await site.node.chat.accounts.webSessions.endAll(uriOf("alice"));
		await endsWith(reader, "signed-out");
	});

	it("ends when its user is turned off, removed or given another password", async () => {
		const { rooms: all } = site.node.chat;
		const carol = await listen(await site.signedIn("carol"));
		await all.changeUser(operator, uriOf("carol"), { active: false });
		match(String((await carol.told("end")).why), /signed-out|not-enabled/);
		await all.changeUser(operator, uriOf("carol"), { active: true });
		const again = await listen(await site.signedIn("carol"));
		await all.setPolicy(operator, {
			scope: uriOf("carol"),
			enabled: false,
			admit: false,
		});
		await endsWith(again, "not-enabled");
		const dave = await listen(await site.signedIn("dave"));
		await all.removeUser(operator, uriOf("dave"));
		match(String((await dave.told("end")).why), /signed-out|not-enabled/);
	});

	it("tells nothing more, whatever happens, once its user has been turned off", async () => {
		const { rooms: all } = site.node.chat;
		const bob = { uri: uriOf("bob"), displayName: "Bob", guid: "bob" };
		const session = "bob's" as SessionId;
		await all.join(bob, session, [lobby], false);
		const reader = await listen(await site.signedIn("bob"));
		const off = all.changeUser(operator, uriOf("bob"), { active: false });
		await off;
		await all.part(bob, session, [lobby]);
		match(String((await reader.told("end")).why), /signed-out|not-enabled/);
		equal(/event: left/.test(reader.text()), false);
		await all.changeUser(operator, uriOf("bob"), { active: true });
	});

	it("ends with the time of its session, and keeps one alive that is not used otherwise", async () => {
		const reader = await listen();
		for (let hours = 0; hours < 40; hours += 8) {
			clock += 8 * hourMs;
			const at = clock;
			await until(
				async () => {
					const [row] = await site.node
						.database("web_sessions")
						.where({ user_uri: uriOf("alice") })
						.orderBy("seen_at", "desc");
					return Number(row?.seen_at) >= at;
				},
				{ what: "a note that it is used" },
			);
		}
		equal((await browser.ask("GET", "/api/session")).status, 200);
		equal(reader.isClosed(), false);
		clock += 168 * hourMs;
		await endsWith(reader, "signed-out");
	});

	it("is not opened a ninth time by one browser, until one is closed", async () => {
		for (let count = 0; count < 8; count += 1) await listen();
		const refused = await readEvents(site, browser);
		equal(refused.status, 429);
		equal(refused.headers["retry-after"], "5");
		readers.pop()?.close();
		await until(async () => (await listen()).status === 200, {
			what: "a free place",
		});
	});

	it("drops a reader who does not read, and holds no more than its bound for him", async () => {
		const bob = await site.signedIn("bob");
		const { rooms: all } = site.node.chat;
		const actor = { uri: uriOf("bob"), displayName: "Bob", guid: "bob" };
		const session = "bob's own" as SessionId;
		await all.join(actor, session, [lobby], false);
		const slow = await listen(bob);
		const quick = await listen(bob);
		slow.pause();
		// Each is two characters of JSON.
		const text = "\\".repeat(3_900);
		let posted = 0;
		await until(
			async () => {
				for (let count = 0; count < 50; count += 1) {
					await all.post(actor, { room: lobby, text, alert: false });
					posted += 1;
				}
				return site.web.streams() === 1;
			},
			{ what: "the slow one dropped", withinMs: 45_000 },
		);
		await until(
			() => quick.text().split("event: message\n").length - 1 === posted,
			{ what: "everything told to the other" },
		);
		ok(
			site.node.logged.some((line) => /too slow: dropped/.test(line)),
			"it is logged",
		);
		await all.part(actor, session, [lobby]);
	});

	it("ends when the door closes, and says so", async () => {
		const own = await startSite({ existing: site.node });
		const reader = await readEvents(own, await own.signedIn("alice"));
		await own.close();
		deepEqual(await reader.told("end"), { why: "stopping" });
	});
});
