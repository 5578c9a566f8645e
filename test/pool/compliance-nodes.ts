/** Nodes with compliance in processes of their own, and what must hold of what they have kept and delivered. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeDemo } from "../../demo.ts";
import {
	type DatabaseDescription,
	type Knex,
	makeDatabase,
	openArchive,
	openStore,
} from "../../plugin/store/index.ts";
import { proveChains } from "../contracts/archive-samples.ts";
import { addCategory, sampleRoom } from "../contracts/samples.ts";
import { type Program, start } from "../support/processes.ts";
import { until } from "../support/until.ts";
import type { StepName } from "./compliance-steps.ts";
import type { Line } from "./lines-adapter.ts";

export interface NodeSetting {
	readonly node: string;
	/** In the texts of its posts. */
	readonly run: string;
	readonly chat: DatabaseDescription;
	readonly archive: DatabaseDescription;
	readonly redis?: string;
	/** For what it writes: `acknowledged`, `lines`, `<node>.log`. */
	readonly directory: string;
	readonly adapters?: readonly {
		readonly use: string;
		readonly options: object;
		readonly runIntervalMs: number;
	}[];
	readonly retainDays?: number;
	readonly rooms: readonly string[];
	readonly posts: number;
	readonly atOnce?: number;
	/** Between two posts of the same poster. */
	readonly paceMs?: number;
	readonly killAt?: StepName;
}

export interface NodeProcess {
	readonly program: Program;
	/** It has said so. */
	said(what: "ready" | "posted"): boolean;
}

const script = fileURLToPath(new URL("compliance-process.ts", import.meta.url));

export function startProcess(setting: NodeSetting): NodeProcess {
	const program = start(
		process.execPath,
		["--import", "tsx", script, JSON.stringify(setting)],
		{ stdio: ["ignore", "pipe", "inherit"] },
	);
	let output = "";
	program.child.stdout?.on("data", (text) => {
		output += text;
	});
	return { program, said: (what) => output.split("\n").includes(what) };
}

/** Open rooms, in a fresh chat database. */
export async function makeRooms(
	description: DatabaseDescription,
	count: number,
): Promise<readonly string[]> {
	const knex = makeDatabase(description);
	try {
		const store = await openStore(knex);
		await makeDemo(store, "example.com");
		const { id } = await addCategory(store);
		const rooms = Array.from({ length: count }, () => sampleRoom(id));
		await store.transaction(async (tx) => {
			for (const room of rooms) await tx.rooms.add(room);
		});
		return rooms.map((room) => room.id);
	} finally {
		await knex.destroy();
	}
}

export async function withDatabases<T>(
	{ chat, archive }: Pick<NodeSetting, "chat" | "archive">,
	work: (databases: { chat: Knex; archive: Knex }) => Promise<T>,
): Promise<T> {
	const databases = {
		chat: makeDatabase(chat),
		archive: makeDatabase(archive),
	};
	try {
		return await work(databases);
	} finally {
		await databases.chat.destroy();
		await databases.archive.destroy();
	}
}

/** Nothing is owed, and every adapter has had everything. */
export async function drained(
	setting: Pick<NodeSetting, "chat" | "archive">,
	withinMs = 60_000,
): Promise<void> {
	await withDatabases(setting, ({ chat, archive }) =>
		until(
			async () => {
				try {
					if ((await chat("outbox").first("id")) !== undefined) return false;
					const { position } = await archive("archive_head").first("position");
					const behind = await archive("archive_adapters")
						.where("position", "<", position)
						.first("name");
					return position > 0 && behind === undefined;
				} catch {
					// Not yet made, or just being killed.
					return false;
				}
			},
			{ what: "everything delivered", withinMs },
		),
	);
}

export function readLines<T>(path: string): readonly T[] {
	if (!existsSync(path)) return [];
	return readFileSync(path, "utf8")
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line) as T);
}

export function acknowledged(directory: string): readonly string[] {
	const path = join(directory, "acknowledged");
	if (!existsSync(path)) return [];
	return readFileSync(path, "utf8").split("\n").slice(0, -1);
}

/** One event has one position, and after dropping repeats each chain comes in order and without a gap. */
export function proveOutput(lines: readonly Line[]): void {
	const positions = new Map<string, number>();
	const chains = new Map<string, number>();
	const taken = new Set<number>();
	for (const { id, position, chain, number } of lines) {
		const known = positions.get(id);
		if (known !== undefined) {
			equal(known, position, `${id} was archived twice`);
			continue;
		}
		ok(!taken.has(position), `two events at position ${position}`);
		taken.add(position);
		positions.set(id, position);
		equal(number, (chains.get(chain) ?? 0) + 1, `a gap in ${chain}`);
		chains.set(chain, number);
	}
}

/** Every acknowledged post, every message that was kept, and to each JOIN a PART. */
export async function proveComplete(
	{ chat, archive, directory }: NodeSetting,
	lines: readonly Line[],
): Promise<void> {
	const once = [...new Map(lines.map((line) => [line.id, line])).values()];
	const posted = once.filter(({ type }) => type === "posted");
	const texts = new Set(posted.map(({ chain, text }) => `${chain} ${text}`));
	ok(posted.length > 0, "nobody has posted anything");
	const missing = acknowledged(directory).filter((each) => !texts.has(each));
	deepEqual(missing, []);
	await withDatabases({ chat, archive }, async ({ chat }) => {
		const kept: readonly { room_id: string; sequence: number }[] = await chat(
			"messages",
		).select("room_id", "sequence");
		deepEqual(
			posted.map(({ chain, sequence }) => `${chain} ${sequence}`).sort(),
			kept.map(({ room_id, sequence }) => `${room_id} ${sequence}`).sort(),
		);
	});
	const inside = new Map<string, number>();
	for (const { type, chain, user } of once) {
		const key = `${chain} ${user}`;
		if (type === "joined") inside.set(key, (inside.get(key) ?? 0) + 1);
		if (type === "parted") inside.set(key, (inside.get(key) ?? 0) - 1);
	}
	deepEqual(
		[...inside].filter(([, count]) => count !== 0),
		[],
	);
	for (const room of new Set(posted.map(({ chain }) => chain))) {
		const sequences = posted
			.filter(({ chain }) => chain === room)
			.map(({ sequence }) => sequence);
		deepEqual(
			sequences,
			sequences.map((_, index) => index + 1),
		);
	}
}

/** The whole archive, nothing of which has been deleted: chained, and the same as what was delivered. */
export async function proveArchive(
	{ chat, archive }: Pick<NodeSetting, "chat" | "archive">,
	lines: readonly Line[],
): Promise<void> {
	await withDatabases({ chat, archive }, async (databases) => {
		const kept = await (await openArchive(databases.archive)).after(0, {
			events: 1_000_000,
			bytes: 1e9,
		});
		proveChains(kept);
		deepEqual(
			kept.map(({ id }) => id).sort(),
			[...new Set(lines.map(({ id }) => id))].sort(),
		);
		deepEqual(
			kept.map(({ position }) => position),
			kept.map((_, index) => index + 1),
		);
	});
}
