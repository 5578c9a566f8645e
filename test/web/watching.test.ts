/** What those see who watch the service: health, measures, and the document of its routes. */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";
import { type Site, startSite } from "./site.ts";

describe("watching", () => {
	let site: Site;
	before(async () => {
		site = await startSite();
	});
	after(() => site.close());

	const read = (headers = {}) =>
		site.browser().ask("GET", "/metrics", { headers });

	it("finds the node alive, and ready", async () => {
		equal((await site.browser().ask("GET", "/health/live")).status, 200);
		const { status, json } = await site.browser().ask("GET", "/health/ready");
		equal(status, 200);
		deepEqual(json, {
			ready: true,
			database: { ok: true },
			sip: { ok: true },
			compliance: { ok: true },
			queue: { ok: true },
			pool: { ok: true },
			registration: { ok: true },
		});
	});

	it("is not sent clients while SIP is stuck or Redis away; a registrar that is away is told only", async () => {
		const { chat } = site.node;
		const found = async (change: Partial<typeof chat.condition>) => {
			const condition = { ...chat.condition, ...change };
			const other = await startSite({
				existing: { ...site.node, chat: { ...chat, condition } },
			});
			try {
				const { status, text } = await other
					.browser()
					.ask("GET", "/health/ready");
				return `${status} ${text}`;
			} finally {
				await other.close();
			}
		};
		match(
			await found({
				sipWatchdog: () => ({ state: "silent", answeredMs: undefined }),
			}),
			/^503 .*takes no SIP/,
		);
		match(
			await found({ redisConnected: () => false }),
			/^503 .*Redis is not to be had/,
		);
		match(
			await found({
				registrations: () => [
					{
						registrar: "sip:registrar.example.com",
						address: "sip:persistentchat@example.com",
						state: "refused",
						why: "it answered 403",
						until: undefined,
					},
				],
			}),
			/^200 .*1 of 1 registrars/,
		);
	});

	it("is not sent clients while the database answers and keeps nothing", async () => {
		const { database } = site.node;
		const ready = () => site.browser().ask("GET", "/health/ready");
		const statusIs = (wanted: number) =>
			until(async () => (await ready()).status === wanted, {
				what: `${wanted}`,
			});
		await database.raw(
			"CREATE TRIGGER failing BEFORE INSERT ON nodes BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
		);
		await statusIs(503);
		match((await ready()).text, /answers, but keeps nothing/);
		match((await read()).text, /^persistent_chat_database_up 0$/m);
		await database.raw("DROP TRIGGER failing");
		await statusIs(200);
		match((await read()).text, /^persistent_chat_database_up 1$/m);
	});

	it("is told what is wrong, without names", async () => {
		const { chat } = site.node;
		const away = await startSite({
			existing: {
				...site.node,
				chat: {
					...chat,
					condition: {
						...chat.condition,
						sipConnected: () => false,
						complianceBehindMs: () => 900_000,
					},
				},
			},
		});
		try {
			const { status, text } = await away.browser().ask("GET", "/health/ready");
			equal(status, 503);
			match(text, /no connection to the SIP server/);
			match(text, /900 s behind/);
			doesNotMatch(text, /127\.0\.0\.1|sqlite/);
		} finally {
			await away.close();
		}
	});

	it("counts people, posts and what waits for compliance", async () => {
		const alice = await signIn(site.node, "alice");
		await alice.chat.join(rooms.lobby);
		await alice.chat.post(rooms.lobby, "nobody's business");
		await site.signedIn("bob");
		const { status, text, headers } = await read();
		await alice.chat.close();
		equal(status, 200);
		match(String(headers["content-type"]), /text\/plain/);
		match(text, /^persistent_chat_dialogs 1$/m);
		match(text, /^persistent_chat_people 1$/m);
		match(text, /^persistent_chat_web_sessions 1$/m);
		match(text, /^persistent_chat_events_total\{type="posted"\} 1$/m);
		match(text, /^persistent_chat_fan_out_seconds_count 1$/m);
		match(text, /^persistent_chat_database_up 1$/m);
		match(text, /^persistent_chat_sip_refused_total\{why="other-from"\} 0$/m);
		match(text, /^nodejs_eventloop_delay_seconds\{quantile="0.99"\} /m);
		doesNotMatch(text, /alice|business|Lobby/);
	});

	it("is for the loopback: not for whom an unknown proxy there speaks for", async () => {
		equal((await read()).status, 200);
		for (const name of ["x-forwarded-for", "forwarded", "via", "x-real-ip"]) {
			equal((await read({ [name]: "127.0.0.1" })).status, 403, name);
		}
	});

	it("is for who asks for the loopback: not for a page whose name was turned to it, wherever the door listens", async () => {
		const everywhere = await startSite({
			existing: site.node,
			settings: { host: "0.0.0.0", publicUrl: "https://chat.example.com" },
		});
		const asked = async (host: string) => {
			const headers = { host };
			return (await everywhere.browser().ask("GET", "/metrics", { headers }))
				.status;
		};
		try {
			for (const host of ["localhost", "127.0.0.1:9", "[::1]:9"]) {
				equal(await asked(host), 200, host);
			}
			equal(await asked("chat.example.com"), 200);
			for (const host of ["evil.example", "127.0.0.1.evil.example:8080"]) {
				equal(await asked(host), 403, host);
			}
		} finally {
			await everywhere.close();
		}
	});

	it("is for the holder of the token, where there is one", async () => {
		const metricsToken = "sixteen characters, or more";
		const guarded = await startSite({
			existing: site.node,
			settings: { metricsToken },
		});
		try {
			const ask = (authorization?: string) =>
				guarded.browser().ask("GET", "/metrics", {
					headers: authorization === undefined ? {} : { authorization },
				});
			equal((await ask()).status, 403);
			equal((await ask("Bearer wrong")).status, 403);
			equal((await ask(`Bearer ${metricsToken}`)).status, 200);
		} finally {
			await guarded.close();
		}
	});

	it("has every route in one OpenAPI document", async () => {
		const { json } = await site.browser().ask("GET", "/api/docs");
		const { openapi, paths } = json as { openapi: string; paths: object };
		equal(openapi, "3.1.0");
		for (const path of [
			"/api/session",
			"/api/sip-ticket",
			"/api/rooms",
			"/api/rooms/{room}/messages",
			"/api/people",
			"/health/ready",
		]) {
			equal(path in paths, true, path);
		}
	});
});
