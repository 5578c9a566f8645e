/** A node of a Galera cluster of three is killed while rooms are posted to, comes back and is used again: nothing acknowledged is lost, nothing kept twice. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { RoomId } from "../../plugin/rooms/types.ts";
import {
	type Knex,
	makeDatabase,
	openStore,
	type Store,
} from "../../plugin/store/index.ts";
import {
	addRoom,
	alice,
	append,
	draft,
	someTime,
} from "../contracts/samples.ts";
import { type FreshDatabase, freshMysql } from "../support/databases.ts";
import { type GaleraCluster, startGalera } from "../support/galera.ts";
import { until } from "../support/until.ts";

describe("a Galera cluster of three servers (mysql)", function () {
	this.timeout(120_000);
	let cluster: GaleraCluster;
	let made: FreshDatabase;
	let url: string;
	const opened: Knex[] = [];

	before(async () => {
		cluster = await startGalera();
		made = await freshMysql(cluster.urls[0]);
		if (made.description.client !== "mysql") throw new Error("not MySQL");
		const name = new URL(made.description.url).pathname.slice(1);
		url = cluster.urlOf(name);
	});
	after(async () => {
		await Promise.all(opened.map((knex) => knex.destroy()));
		await cluster?.stop();
	});

	function open(address: string): Promise<Store> {
		const knex = makeDatabase({ client: "mysql", url: address });
		opened.push(knex);
		return openStore(knex);
	}

	/** The same hosts, the last one first. */
	function turned(address: string): string {
		return address.replace(
			/@(.*)\//,
			(_, hosts: string) => `@${hosts.split(",").reverse().join(",")}/`,
		);
	}

	it("shows on another server at once what was posted by one", async () => {
		const [one, other] = [await open(url), await open(turned(url))];
		const room = await addRoom(one);
		for (let i = 1; i <= 20; i++) {
			await one.transaction((tx) => append(tx, room.id, `post ${i}`));
			equal((await other.messages.latest(room.id, 1))[0]?.sequence, i);
		}
	});

	it("posted to at the same rooms by two of its servers keeps one order", async () => {
		const stores = [await open(url), await open(turned(url))];
		const [first] = stores;
		ok(first);
		const room = await addRoom(first);
		await Promise.all(
			stores.map(async (store, who) => {
				for (let i = 0; i < 15; i++) {
					await store.transaction((tx) => append(tx, room.id, `${who} ${i}`));
				}
			}),
		);
		const said = await first.messages.latest(room.id, 100);
		deepEqual(
			said.map(({ sequence }) => sequence),
			Array.from({ length: 30 }, (_, i) => i + 1),
		);
	});

	it("of which one is killed loses no post and keeps none twice", async () => {
		const store = await open(url);
		await underLoad(store, async (goesOn) => {
			await cluster.kill(0);
			const normalMs = await goesOn();
			ok(normalMs < 30_000, `normal after ${normalMs} ms`);
		});
	});

	it("uses the one that was killed, when it has come back and the next is killed: no post is lost, none kept twice", async () => {
		const store = await open(url);
		const [knex] = opened.slice(-1);
		ok(knex);
		const usedPort = async () => {
			const [[{ port }]] = await knex.raw("SELECT @@port AS port");
			return String(port);
		};
		const portOf = (index: number) => new URL(cluster.urls[index] ?? "").port;
		await underLoad(store, async (goesOn) => {
			equal(await usedPort(), portOf(1));
			await cluster.startAgain(0);
			await goesOn();
			await cluster.kill(1);
			const normalMs = await goesOn();
			ok(normalMs < 30_000, `normal after ${normalMs} ms`);
			equal(await usedPort(), portOf(0));
		});
	});

	/** Four post meanwhile; `goesOn` resolves when fifty more posts were taken, with how long that took. */
	async function underLoad(
		store: Store,
		act: (goesOn: () => Promise<number>) => Promise<void>,
	): Promise<void> {
		const rooms = [await addRoom(store), await addRoom(store)];
		const acknowledged: string[] = [];
		let over = false;
		const posting = [0, 1, 2, 3].map(async (who) => {
			for (let i = 0; !over; i++) {
				const room = rooms[who % 2]?.id as RoomId;
				const key = randomUUID();
				// As a client does: the same post until it is acknowledged.
				await until(() => isPosted(store, room, `${who} ${i}`, key), {
					what: "a post to be taken",
					withinMs: 40_000,
				});
				acknowledged.push(`${who} ${i}`);
			}
		});
		async function goesOn(): Promise<number> {
			const before = acknowledged.length;
			const begun = performance.now();
			await until(() => acknowledged.length > before + 50, {
				what: "posts to be taken again",
				withinMs: 40_000,
			});
			return performance.now() - begun;
		}
		try {
			await goesOn();
			await act(goesOn);
		} finally {
			over = true;
			await Promise.all(posting);
		}
		const kept = [];
		for (const { id } of rooms) kept.push(...(await all(store, id)));
		deepEqual(kept.sort(), acknowledged.sort());
	}

	async function all(store: Store, room: RoomId): Promise<readonly string[]> {
		const said = await store.messages.latest(room, 100_000);
		return said.map(({ text }) => text);
	}

	async function isPosted(
		store: Store,
		room: RoomId,
		text: string,
		key: string,
	): Promise<boolean> {
		try {
			await store.transaction(async (tx) => {
				const locked = await tx.rooms.lock(room);
				const named = { ...draft(room, text), key };
				return tx.messages.append(locked, alice, named, someTime);
			});
			return true;
		} catch {
			return false;
		}
	}
});
