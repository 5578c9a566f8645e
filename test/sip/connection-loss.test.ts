/** The control connection is lost, for a moment and for longer: everybody's session ends once, and everything works again by itself. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Socket } from "node:net";
import { retryAfterMs } from "../../plugin/sip/connection-life.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";

interface Inside {
	readonly _dialogs: ReadonlyMap<string, unknown>;
	readonly app: {
		readonly client: {
			readonly mapServer: ReadonlyMap<
				Socket,
				Record<string, ReadonlyMap<string, unknown>>
			>;
		};
	};
}

describe("a control connection that is lost", () => {
	let node: ChatNode;
	let people: Person[];

	beforeEach(async () => {
		node = await startChatNode({
			relayed: true,
			service: { life: { askMs: 400, silentMs: 400, retryMs: 500 } },
		});
		people = [];
	});
	afterEach(async () => {
		node.relay?.mend();
		for (const { chat } of people) await chat.close();
		await node.close();
	});

	async function come(...names: string[]): Promise<Person[]> {
		const came = await Promise.all(names.map((name) => signIn(node, name)));
		people.push(...came);
		for (const { chat } of came) await chat.join(rooms.lobby);
		return came;
	}
	const condition = () => node.chat.condition;
	const gone = () =>
		until(() => condition().dialogs() === 0, { what: "the end of sessions" });
	const back = () =>
		until(
			async () =>
				condition().sipConnected() &&
				(await signIn(node, "dave").then(
					async ({ chat }) => {
						await chat.close();
						return true;
					},
					() => false,
				)),
			{ what: "a sign-in", withinMs: 20_000 },
		);
	const partings = async () => {
		const rows = await node
			.database("outbox")
			.where({ type: "parted" })
			.pluck("payload");
		return rows.map((row) => JSON.parse(row).actor.uri).sort();
	};
	/** What the library keeps. */
	const kept = () => {
		const { _dialogs, app } = node.srf as unknown as Inside;
		const pending = [...app.client.mapServer.values()].flatMap((each) =>
			Object.values(each)
				.filter((value) => value instanceof Map || value instanceof Set)
				.map(({ size }) => size),
		);
		return {
			dialogs: _dialogs.size,
			pending: pending.reduce((a, b) => a + b, 0),
		};
	};
	const lines = (text: string) =>
		node.logged.filter((line) => line.includes(text)).length;

	it("ends every session once, parts everybody once, and keeps nothing of them", async () => {
		await come("alice", "bob", "carol");
		equal(kept().dialogs, 3);
		node.relay?.cut();
		await gone();
		equal(lines('"reason":"control connection lost"'), 3);
		equal(lines("control connection lost; made again"), 1);
		deepEqual(condition().losses(), { connections: 1, dialogs: 3 });
		const everybody = ["alice", "bob", "carol"].map(
			(name) => `sip:${name}@example.com`,
		);
		await until(async () => (await partings()).length >= 3, {
			what: "partings",
		});
		deepEqual(await partings(), everybody);
		equal(kept().dialogs, 0);

		node.relay?.mend();
		await back();
		const [again] = await come("bob");
		deepEqual(
			[...(again?.chat.joined.get(rooms.lobby)?.people.values() ?? [])].map(
				({ name }) => name,
			),
			["Bob"],
		);
		equal(lines('"reason":"control connection lost"'), 3);
		await until(() => kept().pending === 0, { what: "nothing pending" });
		equal(kept().dialogs, 1);
	});

	it("is tried again for as long as it takes, and logged once", async () => {
		await come("alice");
		node.relay?.cut();
		await gone();
		equal(condition().sipConnected(), false);
		// It takes each attempt and ends it, as a balancer does whose server is away.
		const before = node.relay?.attempts ?? 0;
		await until(() => (node.relay?.attempts ?? 0) >= before + 4, {
			what: "further attempts",
		});
		equal(lines("control connection lost; made again"), 1);
		node.relay?.mend();
		await back();
		equal(condition().losses().connections, 1);
	});

	it("is found out when it is silent, as when a cable is drawn", async () => {
		const [alice] = await come("alice");
		await alice?.chat.post(rooms.lobby, "kept");
		node.relay?.hold();
		await gone();
		equal(lines("SIP server silent"), 1);
		node.relay?.mend();
		await back();
		const [bob] = await come("bob");
		deepEqual(
			(await bob?.chat.history(rooms.lobby, 10))?.map(({ text }) => text),
			["kept"],
		);
		deepEqual(await partings(), ["sip:alice@example.com"]);
	});

	it("loses no post that was acknowledged, with a hundred on their way", async () => {
		const posters = await come("alice", "bob");
		const acknowledged: string[] = [];
		const posting = Promise.allSettled(
			posters.flatMap(({ chat }, who) =>
				Array.from({ length: 50 }, (_, i) =>
					chat.post(rooms.lobby, `${who}-${i}`).then(() => {
						acknowledged.push(`${who}-${i}`);
					}),
				),
			),
		);
		await until(() => acknowledged.length >= 10, { what: "ten posts" });
		node.relay?.cut();
		await gone();
		for (const { chat } of people.splice(0)) await chat.close();
		await posting;
		ok(acknowledged.length < 100, "it was cut too late");
		node.relay?.mend();
		await back();
		const [carol] = await come("carol");
		const there = await carol?.chat.history(rooms.lobby, 200);
		const texts = new Map<string, number>();
		for (const { text } of there ?? []) {
			texts.set(text, (texts.get(text) ?? 0) + 1);
		}
		for (const text of acknowledged) equal(texts.get(text), 1, text);
		equal(condition().losses().dialogs, 2);
		deepEqual(await partings(), [
			"sip:alice@example.com",
			"sip:bob@example.com",
		]);
	});

	it("is waited for longer each time, never longer than it may be, and never by all at once", () => {
		for (let attempt = 1; attempt < 200; attempt += 1) {
			const ms = retryAfterMs(attempt, 5_000);
			ok(ms >= 125 && ms <= 5_000, `${attempt}: ${ms}`);
		}
		ok(retryAfterMs(1, 5_000) <= 250);
		ok(retryAfterMs(100, 5_000) >= 2_500);
		const times = new Set(
			Array.from({ length: 50 }, () => retryAfterMs(100, 5_000)),
		);
		ok(times.size > 10);
		match(String(Number.isFinite(retryAfterMs(1e9, 5_000))), /true/);
	});
});
