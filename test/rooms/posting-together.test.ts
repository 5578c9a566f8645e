/** Posts that come to a room while others are being stored: stored together, each judged by itself. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type {
	Actor,
	CategoryRecord,
	Principal,
	RoomId,
} from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import { freshMysql, freshSqlite } from "../support/databases.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../support/domain.ts";

const engines = { sqlite: freshSqlite, mysql: () => freshMysql() };

for (const [name, fresh] of Object.entries(engines)) {
	describe(`posts to a room at once, on ${name}`, () => {
		let domain: Domain;
		let alice: Actor;
		let category: CategoryRecord;
		let room: RoomId;
		let commits = 0;

		async function makeRoom(title: string): Promise<RoomId> {
			const made = await domain.rooms.createRoom(operator, {
				name: title,
				category: category.id,
				privacy: "closed",
				roles: { member: ["sip:alice@example.com" as Principal] },
			});
			return made.room.id;
		}

		before(async () => {
			domain = await openDomain({ database: await fresh() });
			alice = await domain.person("alice");
			category = await addCategory(domain);
			room = await makeRoom("Room");
			domain.knex.on("query", ({ sql }: { readonly sql: string }) => {
				if (/^commit/i.test(sql)) commits += 1;
			});
		});
		beforeEach(async () => {
			await domain.owed();
			domain.told();
			commits = 0;
		});
		after(() => domain.close());

		const post = (text: string, key?: string, actor = alice, to = room) =>
			domain.rooms.post(actor, {
				...{ room: to, text, alert: false },
				...(key !== undefined && { key }),
			});
		const toldTexts = () =>
			domain
				.told()
				.flatMap((event) =>
					event.type === "posted" ? [event.message.text] : [],
				);
		const owedTexts = async () =>
			(await domain.owed()).flatMap((event) =>
				event.type === "posted" ? [event.message.text] : [],
			);

		it("are kept, owed and told in the order in which they came, in a few transactions", async () => {
			const texts = Array.from({ length: 120 }, (_, n) => `no. ${n}`);
			const messages = await Promise.all(texts.map((text) => post(text)));
			const [first] = messages;
			ok(first);
			deepEqual(
				messages.map(({ sequence }) => sequence - first.sequence),
				texts.map((_, n) => n),
			);
			deepEqual(toldTexts(), texts);
			deepEqual(await owedTexts(), texts);
			const kept = await domain.store.messages.latest(room, 120);
			deepEqual(
				kept.map(({ text }) => text),
				texts,
			);
			// Fifty at a time.
			ok(commits <= 6, `${commits} commits`);
		});

		it("go together with those to other rooms, in the order of each", async () => {
			const others = [await makeRoom("Second"), await makeRoom("Third")];
			const texts = Array.from({ length: 10 }, (_, n) => `no. ${n}`);
			const carol = await domain.person("carol");
			commits = 0;
			const [, rejected] = await Promise.all([
				Promise.all(
					texts.flatMap((text) =>
						[room, ...others].map((to) => post(text, text, alice, to)),
					),
				),
				refused("forbidden", post("not hers", undefined, carol)),
			]);
			ok(rejected);
			for (const each of [room, ...others]) {
				const kept = await domain.store.messages.latest(each, 10);
				deepEqual(
					kept.map(({ text }) => text),
					texts,
				);
			}
			equal((await owedTexts()).length, 30);
			ok(commits <= 5, `${commits} commits for 30 messages`);
		});

		it("of somebody who may not are refused, and keep nobody else's back", async () => {
			const bob = await domain.person("bob");
			const [, rejected, last] = await Promise.all([
				post("first"),
				refused("forbidden", post("not his", undefined, bob)),
				post("last"),
			]);
			ok(rejected);
			equal(last.text, "last");
			deepEqual(await owedTexts(), ["first", "last"]);
		});

		it("that repeat one are kept and owed once, also beside it", async () => {
			const [, one, again, other] = await Promise.all([
				post("opens the way"),
				post("once", "key"),
				post("once", "key"),
				post("other", "other key"),
			]);
			deepEqual(again, one);
			equal(other.sequence, one.sequence + 1);
			deepEqual(await owedTexts(), ["opens the way", "once", "other"]);
			const later = await post("once", "key");
			equal(later.sequence, one.sequence);
			deepEqual(await owedTexts(), []);
		});

		// SQLite has one writer at a time, whatever he writes.
		if (name === "mysql") {
			it("wait for nobody who has another room locked", async () => {
				const locked = await makeRoom("Under change");
				let release = () => {};
				const end = new Promise<void>((resolve) => {
					release = resolve;
				});
				let change: Promise<void> | undefined;
				await new Promise<void>((begun) => {
					change = domain.store.transaction(async (tx) => {
						await tx.rooms.lock(locked);
						begun();
						await end;
					});
				});
				const waits = post("after the change", undefined, alice, locked);
				const goes = await post("beside it");
				equal(goes.text, "beside it");
				deepEqual(await domain.store.messages.latest(locked, 9), []);
				release();
				await change;
				equal((await waits).text, "after the change");
			});
		}

		it("are found by their words afterwards", async () => {
			await Promise.all(["walrus", "otter", "seal"].map((text) => post(text)));
			const found = await domain.rooms.searchMessages(alice, {
				wording: { words: "otter", match: "all" },
				rooms: [room],
			});
			deepEqual(
				found.rooms.flatMap(({ messages }) => messages.map(({ text }) => text)),
				["otter"],
			);
		});
	});
}
