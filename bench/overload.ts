/**
 * More posts than can be stored: one room, MariaDB with every commit on the disk behind a delay, offered half to four times what it
 * takes, at an even rate. What is kept, what is refused, and how long the kept ones took.
 */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Actor, RoomId } from "../plugin/rooms/types.ts";
import { freshMysql } from "../test/support/databases.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../test/support/domain.ts";
import { startMariadb } from "../test/support/services.ts";
import { quantiles, row } from "./measure.ts";

/** Each transaction takes so much longer: fifty posts go together. */
const delayMs = 100;
const stepMs = 8_000;
const tickMs = 20;
const postWaitMs = 1_000;
const steps = [0.5, 1, 2, 4];

interface Outcome {
	readonly kept: number;
	readonly refused: number;
	readonly tookMs: readonly number[];
}

/** `perSecond` at an even rate, whatever becomes of them. */
async function offer(
	{ rooms }: Domain,
	{ author, room }: { readonly author: Actor; readonly room: RoomId },
	perSecond: number,
): Promise<Outcome> {
	const tookMs: number[] = [];
	let refused = 0;
	const under: Promise<void>[] = [];
	const begunAt = performance.now();
	let offered = 0;
	async function postOne(text: string): Promise<void> {
		const at = performance.now();
		await rooms.post(author, { room, text, alert: false }).then(
			() => void tookMs.push(performance.now() - at),
			() => {
				refused += 1;
			},
		);
	}
	while (performance.now() - begunAt < stepMs) {
		const due = ((performance.now() - begunAt) * perSecond) / 1_000;
		for (; offered < due; offered += 1) under.push(postOne(`text ${offered}`));
		await pause(tickMs);
	}
	await Promise.all(under);
	return { kept: tookMs.length, refused, tookMs };
}

/** So many people who post as soon as their last post is kept: there are always fifty that go together. */
async function capacityOf(
	{ rooms }: Domain,
	{ author, room }: { readonly author: Actor; readonly room: RoomId },
): Promise<number> {
	const people = 150;
	let kept = 0;
	const begunAt = performance.now();
	async function postOn(): Promise<void> {
		while (performance.now() - begunAt < stepMs / 2) {
			await rooms.post(author, { room, text: "x", alert: false });
			kept += 1;
		}
	}
	await Promise.all(Array.from({ length: people }, postOn));
	return (kept * 1_000) / (performance.now() - begunAt);
}

const mariadb = await startMariadb({ durable: true });
const domain = await openDomain({
	database: await freshMysql(mariadb.url),
	postWaitMs,
	through: (store) => ({
		...store,
		async transaction(work) {
			await pause(delayMs);
			return store.transaction(work);
		},
	}),
});
const author = await domain.person("author");
const category = await addCategory(domain);
const made = await domain.rooms.createRoom(operator, {
	name: "Room",
	category: category.id,
	privacy: "open",
});
const where = { author, room: made.room.id };
const capacity = await capacityOf(domain, where);
console.log(row("offered", "kept/s", "refused/s", "kept: p50", "p99", "most"));
console.log(row("---", "---", "---", "---", "---", "---"));
const goodput: number[] = [];
for (const step of steps) {
	const { kept, refused, tookMs } = await offer(domain, where, step * capacity);
	const { p50, p99, most } = quantiles(tookMs);
	const perSecond = (count: number) => Math.round((count * 1_000) / stepMs);
	goodput.push(perSecond(kept));
	console.log(
		row(
			`${step} × ${Math.round(capacity)}/s`,
			`${perSecond(kept)}`,
			`${perSecond(refused)}`,
			...[p50, p99, most].map((ms) => `${Math.round(ms)} ms`),
		),
	);
	assert.ok(most < 3 * postWaitMs, "what was kept came too late");
}
await domain.close();
await mariadb.stop();
assert.ok(
	Math.min(...goodput.slice(2)) >= 0.7 * Math.max(...goodput),
	"more was offered and less kept",
);
