/** What two nodes tell each other by a Redis that is away, or silent, now and then. */
import { equal } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import {
	createExchange,
	type Exchange,
} from "../../plugin/cluster/exchange.ts";
import type { RoomEvent } from "../../plugin/rooms/events.ts";
import type { RoomId } from "../../plugin/rooms/types.ts";
import { redisUrl } from "../support/databases.ts";
import { startTcpRelay, type TcpRelay } from "../support/tcp-relay.ts";
import { until } from "../support/until.ts";

describe("what nodes tell each other (mysql)", () => {
	let relay: TcpRelay;
	let near: Exchange;
	let far: Exchange;
	let heard: RoomEvent[] = [];
	let missed = 0;
	const room = randomUUID() as RoomId;
	const event: RoomEvent = {
		...{ type: "standing", room, roomType: "normal" },
		...{ participants: [], rosterHidden: false },
	};

	before(async () => {
		const redis = new URL(redisUrl());
		relay = await startTcpRelay({
			host: redis.hostname,
			port: Number(redis.port),
		});
		const through = new URL(redis);
		through.port = String(relay.port);
		const pool = randomUUID();
		const node = (url: string) =>
			createExchange({
				...{ url, pool, run: randomUUID() },
				log: pino({ level: "silent" }),
				heard: (one) => heard.push(one),
				missed: () => {
					missed += 1;
				},
			});
		near = node(through.href);
		far = node(redis.href);
		far.hear(room);
		await hearEachOther();
	});
	beforeEach(() => {
		heard = [];
		missed = 0;
	});
	after(async () => {
		await near?.close();
		await far?.close();
		await relay?.close();
	});

	async function hearEachOther(): Promise<void> {
		const both = () => {
			for (const each of [near, far]) each.probe();
			return near.connected() && far.connected();
		};
		await until(both, { what: "both at Redis" });
		const said = () => {
			near.send(event);
			return heard.length > 0;
		};
		await until(said, { what: "what is said" });
	}

	it("is said again, or known to be missed, when a connection ended with something under way", async () => {
		relay.hold();
		near.send(event);
		near.send(event);
		relay.cut();
		await until(() => !near.connected(), { what: "the loss" });
		equal(heard.length, 0);
		relay.mend();
		await hearEachOther();
		await until(() => missed > 0, { what: "word of what was missed" });
	});

	it("waits for no Redis that takes a connection and says nothing", async () => {
		const { attempts } = relay;
		relay.cut();
		relay.hold();
		// A node has two connections.
		await until(() => relay.attempts > attempts + 2, {
			what: "another connection, after those that are silent",
		});
		relay.mend();
		await hearEachOther();
	});

	it("is known not to be heard when Redis is silent, and goes on by a new connection", async () => {
		relay.hold();
		const silent = () => {
			near.probe();
			return !near.connected();
		};
		await until(silent, { what: "the silence" });
		const { attempts } = relay;
		const givenUp = () => {
			near.probe();
			return relay.attempts > attempts;
		};
		await until(givenUp, { what: "a new connection" });
		relay.mend();
		await hearEachOther();
	});
});
