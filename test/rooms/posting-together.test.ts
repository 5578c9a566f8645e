/** Posts that come to a room while others are being stored: stored together, each judged by itself. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Actor, Principal, RoomId } from "../../plugin/rooms/types.ts";
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
		let room: RoomId;
		let commits = 0;

		before(async () => {
			domain = await openDomain({ database: await fresh() });
			alice = await domain.person("alice");
			const category = await addCategory(domain);
			const made = await domain.rooms.createRoom(operator, {
				name: "Room",
				category: category.id,
				privacy: "closed",
				roles: { member: ["sip:alice@example.com" as Principal] },
			});
			room = made.room.id;
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

		const post = (text: string, key?: string, actor = alice) =>
			domain.rooms.post(actor, {
				...{ room, text, alert: false },
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
			// The first goes at once, then fifty at a time.
			ok(commits <= 6, `${commits} commits`);
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
