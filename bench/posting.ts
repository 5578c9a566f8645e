/**
 * How many messages a second are kept in one room, on MariaDB with every commit on the disk, when so many people post at once: what
 * waits is stored together. The rooms and the store, without doors.
 */
import assert from "node:assert/strict";
import type { Actor, RoomId } from "../plugin/rooms/types.ts";
import { freshMysql } from "../test/support/databases.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../test/support/domain.ts";
import { startMariadb } from "../test/support/services.ts";
import { row } from "./measure.ts";

const textBytes = 600;
const steps = [
	{ people: 1, messages: 400 },
	{ people: 10, messages: 3_000 },
	{ people: 100, messages: 10_000 },
];
/** How much more than one alone a hundred get done. */
const bearable = 3;

async function perSecond(
	{ rooms }: Domain,
	{ author, room }: { readonly author: Actor; readonly room: RoomId },
	{ people, messages }: (typeof steps)[number],
): Promise<number> {
	const begun = performance.now();
	let left = messages;
	async function postOn(): Promise<void> {
		while (left-- > 0) {
			const text = `${left} `.padEnd(textBytes, "lorem ipsum ");
			await rooms.post(author, { room, text, alert: false });
		}
	}
	await Promise.all(Array.from({ length: people }, postOn));
	return (messages * 1_000) / (performance.now() - begun);
}

const mariadb = await startMariadb({ durable: true });
const domain = await openDomain({ database: await freshMysql(mariadb.url) });
const author = await domain.person("author");
const category = await addCategory(domain);
const made = await domain.rooms.createRoom(operator, {
	name: "Room",
	category: category.id,
	privacy: "open",
});
const where = { author, room: made.room.id };
await perSecond(domain, where, { people: 10, messages: 1_000 });
const rates: number[] = [];
for (const step of steps) {
	const rate = await perSecond(domain, where, step);
	rates.push(rate);
	const ratio = rate / (rates[0] ?? rate);
	console.log(
		row(`${step.people} at once`, `${Math.round(rate)}/s`, ratio.toFixed(1)),
	);
}
await domain.close();
await mariadb.stop();
assert.ok((rates.at(-1) ?? 0) >= bearable * (rates[0] ?? 0), "no faster");
