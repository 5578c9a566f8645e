/** When somebody is to look, and in which words he is told. */
import { deepEqual, equal, match } from "node:assert/strict";
import type { ComplianceMetrics } from "../../plugin/index.ts";
import { duration, judge } from "../../web/operations/judging.ts";
import type { Look } from "../../web/operations/look.ts";

type Known = Parameters<typeof judge>[0];
type Adapter = ComplianceMetrics["adapters"][number];

const now = new Date("2026-11-22T12:00:00Z");
const ago = (ms: number) => new Date(now.getTime() - ms);

const adapter: Adapter = {
	name: "jsonl",
	position: 7,
	delivered: 7,
	deliveredAt: now,
	failures: 0,
	attempt: 0,
	failedAt: undefined,
	failure: undefined,
	nextAt: undefined,
	active: true,
	backlog: { events: 0, oldestAt: undefined },
	parked: 0,
};

const seen: Look = {
	at: now,
	database: { ms: 2 },
	files: { ms: 1 },
	browsers: 3,
	nodes: [{ node: "one", aliveAt: ago(900) }],
	compliance: {
		owed: { events: 0, oldestAt: undefined },
		relay: undefined,
		archive: { position: 7, notWhole: 0 },
		adapters: [adapter],
	},
};

const known: Known = {
	now,
	node: "one",
	replicas: [],
	sipConnected: true,
	sipServer: undefined,
	sipWatchdog: { state: "answering", answeredMs: 4 },
	registrations: [],
	sipServersAway: 0,
	redisConnected: undefined,
	compliance: "here",
	behindMs: 0,
	loopMs: 3,
	look: seen,
};

const withAdapter = (change: Partial<Adapter>): Known => ({
	...known,
	look: {
		...seen,
		compliance: {
			...(seen.compliance as ComplianceMetrics),
			adapters: [{ ...adapter, ...change }],
		},
	},
});

function partOf(given: Known, name: string): string {
	const part = judge(given).parts.find((one) => one.name === name);
	return `${part?.state}: ${part?.words}`;
}

describe("the state of the service", () => {
	it("is fine when everything is", () => {
		const picture = judge(known);
		equal(picture.state, "fine");
		deepEqual(
			picture.parts.map(({ name, words }) => `${name}: ${words}`),
			[
				"Database: Answers in 2 ms.",
				"SIP server: Connected.",
				"Watchdog: A call through the SIP port came here in 4 ms.",
				"Registration: Not used.",
				"Archive: Nothing waits for it.",
				"Redis: Not used.",
				"Files: The store answers.",
				"Event loop: Late by 3 ms at worst.",
			],
		);
		deepEqual(
			picture.nodes.map(({ words }) => words),
			["Alive: this one."],
		);
		equal(picture.adapters[0]?.words, "Has everything.");
	});

	it("is broken by what nobody can do without", () => {
		for (const [change, name, words] of [
			[{ sipConnected: false }, "SIP server", /^broken: There is no conn/],
			[
				{ look: { ...seen, database: "away" } },
				"Database",
				/^broken: Does not answer/,
			],
			[
				{ look: { ...seen, database: "keeps nothing" } },
				"Database",
				/^broken: Answers, but keeps nothing/,
			],
			[
				{ look: { ...seen, at: ago(45_000) } },
				"Database",
				/^broken: Has not answered for 45 s/,
			],
			[{ look: { ...seen, files: "away" } }, "Files", /^broken: Cannot be/],
			[{ behindMs: 400_000 }, "Archive", /^broken: .*the oldest for 7 min/],
			[{ loopMs: 1_500 }, "Event loop", /^broken: Late by 1500 ms/],
		] as const) {
			const given = { ...known, ...change };
			match(partOf(given, name), words);
			equal(judge(given).state, "broken", name);
		}
	});

	it("says how replicas stand: none of them is missed, but somebody is to look", () => {
		const of = (standing: Known["replicas"][number]["standing"]) => {
			const one = { name: "db2:3306", standing, since: ago(9_000) };
			return { ...known, replicas: [{ ...one, answered: 0 }] };
		};
		const words = (standing: Parameters<typeof of>[0]) =>
			partOf(of(standing), "Replica");
		equal(words("used"), "fine: db2:3306 answers for history and search.");
		equal(words("unasked"), "unused: db2:3306 is not asked yet.");
		equal(words("away"), "degraded: db2:3306 has not answered for 9 s.");
		match(words("behind"), /^degraded: db2:3306 has been behind .* for 9 s/);
		match(words("other"), /^degraded: db2:3306 is no replica of this/);
		equal(judge(of("away")).state, "degraded");
	});

	it("says which SIP server it is, and what is to be known of it", () => {
		const sipServer = {
			version: "v0.9.10",
			contacts: ["udp 192.0.2.1:5060"],
			refusal: undefined,
			warnings: ["It listens on UDP only."],
		};
		const sip = (change: Partial<typeof sipServer> | { refusal: string }) =>
			judge({ ...known, sipServer: { ...sipServer, ...change } }).parts[1];
		deepEqual(sip({}), {
			name: "SIP server",
			state: "fine",
			words:
				"Connected: v0.9.10, listening on udp 192.0.2.1:5060. It listens on UDP only.",
		});
		equal(sip({ refusal: "It is too old." })?.state, "broken");
	});

	it("is degraded by what others make up for, for a while", () => {
		const silent = judge({
			...known,
			look: {
				...seen,
				nodes: [...(seen.nodes ?? []), { node: "two", aliveAt: ago(90_000) }],
			},
		});
		equal(silent.state, "degraded");
		match(silent.nodes[1]?.words ?? "", /No sign of life for 90 s\. It may be/);
		match(partOf({ ...known, redisConnected: false }, "Redis"), /^degraded/);
		match(
			partOf({ ...known, behindMs: 90_000 }, "Archive"),
			/^degraded: 1 event before it, the oldest for 90 s/,
		);
		const compliance = seen.compliance as ComplianceMetrics;
		const archive = { position: 7, notWhole: 2 };
		const holed = { ...seen, compliance: { ...compliance, archive } };
		match(
			partOf({ ...known, look: holed }, "Archive"),
			/^degraded: .* 2 events archived, but not whole, and set aside\./,
		);
		match(
			partOf(
				{ ...known, look: { ...seen, database: { ms: 2_000 } } },
				"Database",
			),
			/^degraded: Answers slowly/,
		);
	});

	it("tells of an adapter that fails why, how often, and when it is tried again", () => {
		const failing = judge(
			withAdapter({
				attempt: 3,
				failure: "The receiver does not answer",
				nextAt: new Date(now.getTime() + 8_000),
				backlog: { events: 12, oldestAt: ago(30_000) },
				parked: 1,
			}),
		);
		equal(failing.state, "degraded");
		deepEqual(failing.adapters[0], {
			name: "jsonl",
			state: "degraded",
			words:
				"Has failed 3 times in a row: The receiver does not answer. Tried again in 8 s. 1 event set aside.",
			waiting: 12,
			oldestSeconds: 30,
			parked: 1,
			delivered: 7,
		});
		const long = withAdapter({
			attempt: 40,
			failure: "Still not.",
			backlog: { events: 9, oldestAt: ago(400_000) },
		});
		equal(judge(long).state, "broken");
		equal(judge(withAdapter({ parked: 2 })).state, "degraded");
	});

	it("does not say of what is not used that it is fine", () => {
		equal(partOf(known, "Redis"), "unused: Not used.");
		equal(partOf(known, "Registration"), "unused: Not used.");
		const off = { state: "unknown", answeredMs: undefined } as const;
		equal(
			partOf({ ...known, sipWatchdog: off }, "Watchdog"),
			"unused: Off, or not asked yet.",
		);
		equal(
			partOf({ ...known, look: undefined }, "Database"),
			"unused: Not asked yet.",
		);
	});

	it("says what the watchdog has found through the SIP port", () => {
		for (const [state, words] of [
			["unsteady", /^degraded: Now and then a call .* restart the SIP server/],
			["silent", /^broken: No call through the SIP port comes here/],
		] as const) {
			const sipWatchdog = { state, answeredMs: undefined };
			match(partOf({ ...known, sipWatchdog }, "Watchdog"), words);
		}
		match(
			partOf({ ...known, sipConnected: false }, "Watchdog"),
			/^unused: Waits for the SIP server/,
		);
	});

	it("says of each registrar how the service stands with it, and calls none of it broken", () => {
		const one = {
			registrar: "sip:registrar.example.com",
			address: "sip:chat@example.com",
			why: undefined,
			until: undefined,
		};
		const picture = judge({
			...known,
			registrations: [
				{ ...one, state: "registered", until: now },
				{ ...one, state: "failing", why: "503 Service Unavailable" },
				{ ...one, state: "refused", why: "403 Forbidden" },
				{ ...one, state: "waiting" },
				{ ...one, state: "ended" },
			],
		});
		equal(picture.state, "degraded");
		const at = "sip:chat@example.com at sip:registrar.example.com";
		deepEqual(
			picture.parts
				.filter(({ name }) => name === "Registration")
				.map(({ state, words }) => `${state}: ${words}`),
			[
				`fine: ${at}, until 12:00 UTC unless it is refreshed.`,
				`degraded: ${at} is not registered; tried again. 503 Service Unavailable.`,
				`degraded: ${at} is refused; tried again in some minutes. 403 Forbidden.`,
				`degraded: ${at} waits for the SIP server.`,
				`unused: ${at} was taken back.`,
			],
		);
	});

	it("says when nothing is recorded, or elsewhere", () => {
		equal(
			partOf({ ...known, compliance: "off" }, "Archive"),
			"unused: Off: nothing is recorded.",
		);
		match(
			partOf({ ...known, compliance: "elsewhere" }, "Archive"),
			/^fine: Kept by other nodes/,
		);
		match(
			partOf({ ...known, look: { ...seen, compliance: undefined } }, "Archive"),
			/^broken: Its database cannot be had/,
		);
	});

	it("has durations that can be read", () => {
		deepEqual([900, 119_000, 121_000, 7_199_000, 10_800_000].map(duration), [
			"1 s",
			"119 s",
			"2 min",
			"2 h",
			"3 h",
		]);
	});
});
