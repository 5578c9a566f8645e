/** Traces as a collector of OpenTelemetry gets them: a message from its INFO to its commit, and to the other node. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { pino } from "pino";
import { exportTraces } from "../trace-export.ts";
import { type ChatNode, startChatNode } from "./support/chat-node.ts";
import { type FreshDatabase, freshMysql } from "./support/databases.ts";
import { type Person, rooms, signIn } from "./support/people.ts";
import { type RedisService, startRedis } from "./support/services.ts";
import { until } from "./support/until.ts";

interface OtlpSpan {
	readonly name: string;
	readonly traceId: string;
	readonly spanId: string;
	readonly parentSpanId?: string;
	readonly links?: readonly { readonly traceId: string }[];
	readonly status?: { readonly code?: number; readonly message?: string };
	readonly attributes: readonly {
		readonly key: string;
		readonly value: Readonly<Record<string, unknown>>;
	}[];
}

const posts = 30;

describe("traces of two nodes (mysql)", () => {
	const received: string[] = [];
	const senders = new Set<unknown>();
	let collector: Server;
	let end: () => Promise<void>;
	let redis: RedisService;
	let database: FreshDatabase;
	const nodes: ChatNode[] = [];
	const people: Person[] = [];

	before(async () => {
		collector = createServer((request, response) => {
			senders.add(request.headers["x-sender"]);
			void text(request).then((body) => {
				received.push(body);
				response.writeHead(200, { "Content-Type": "application/json" });
				response.end("{}");
			});
		}).listen(0, "127.0.0.1");
		await once(collector, "listening");
		const { port } = collector.address() as AddressInfo;
		end = await exportTraces(
			{
				endpoint: `http://127.0.0.1:${port}/v1/traces`,
				headers: { "x-sender": "node-1" },
				share: 1,
			},
			"node-1",
			pino({ level: "silent" }),
		);
		redis = await startRedis();
		database = await freshMysql();
		for (const name of ["node-1", "node-2"]) {
			const node = await startChatNode({
				existing: database,
				service: { node: name, redis: redis.url },
			});
			nodes.push(node);
			await until(() => node.chat.condition.redisConnected(), {
				what: "Redis there",
			});
		}
		const [one, two] = nodes;
		ok(one && two);
		people.push(await signIn(one, "alice"), await signIn(two, "bob"));
		for (const { chat } of people) await chat.join(rooms.lobby);
	});
	after(async () => {
		for (const { chat } of people) await chat.close();
		for (const node of nodes) await node.close();
		await database?.drop();
		await redis?.stop();
		await end?.();
		collector?.close();
		collector?.closeAllConnections();
	});

	function spans(): readonly OtlpSpan[] {
		return received.flatMap((body) =>
			(
				JSON.parse(body) as {
					resourceSpans: readonly {
						scopeSpans: readonly { spans: readonly OtlpSpan[] }[];
					}[];
				}
			).resourceSpans.flatMap(({ scopeSpans }) =>
				scopeSpans.flatMap((scope) => scope.spans),
			),
		);
	}

	const named = (name: string) => spans().filter((span) => span.name === name);

	it("lead from the INFO over the commit to the other node, for each message", async () => {
		const [alice, bob] = people;
		ok(alice && bob);
		const text = (i: number) => `what nobody but they may read ${i}`;
		await Promise.all(
			Array.from({ length: posts }, (_, i) =>
				alice.chat.post(rooms.lobby, text(i)),
			),
		);
		await bob.heard(posts);
		const heard = () =>
			named("heard").filter(({ attributes }) =>
				attributes.some(({ value }) => value.stringValue === "posted"),
			);
		await until(() => heard().length >= posts, {
			what: "every message heard, at the collector",
			withinMs: 20_000,
		});
		await until(() => named("INFO").length >= posts, { what: "the INFOs" });
		const all = new Map(spans().map((span) => [span.spanId, span]));
		const above = (span: OtlpSpan | undefined): readonly string[] => {
			const parent = all.get(span?.parentSpanId ?? "");
			return parent === undefined ? [] : [parent.name, ...above(parent)];
		};
		const told = heard();
		equal(new Set(told.map(({ traceId }) => traceId)).size, posts);
		for (const span of told) {
			deepEqual(above(span), ["fan-out", "grpchat", "INFO"]);
		}
		const commits = named("commit");
		for (const span of commits) deepEqual(above(span), ["grpchat", "INFO"]);
		// Every message's trace has its commit, or is named by that of another.
		const committed = new Set(
			commits.flatMap(({ traceId, links = [] }) => [
				traceId,
				...links.map((link) => link.traceId),
			]),
		);
		deepEqual(
			told.filter(({ traceId }) => !committed.has(traceId)),
			[],
		);
		const [info] = named("INFO");
		ok(info?.attributes.some(({ key }) => key === "sip.call_id"));
		deepEqual([...senders], ["node-1"]);
		ok(received.every((body) => !body.includes("nobody but they")));
	});

	it("say of what is refused why, in a word", async () => {
		const [alice] = people;
		await alice?.chat.post(rooms.operations, "not there").catch(() => {});
		const failed = await until(
			() => named("grpchat").find(({ status }) => status?.code === 2),
			{ what: "a span that failed", withinMs: 20_000 },
		);
		equal(failed.status?.message, "not-joined");
	});
});
