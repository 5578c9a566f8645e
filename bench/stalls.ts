/**
 * How long one administrative change of a room of 10,000 members, all of them in it, holds the event loop: the longest time that
 * nothing else could run, in each of several rounds. The rooms and an SQLite store, without doors.
 */
import { randomUUID } from "node:crypto";
import type {
	Actor,
	GroupId,
	Principal,
	RoomId,
	UserUri,
} from "../plugin/rooms/types.ts";
import type { Knex } from "../plugin/store/index.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../test/support/domain.ts";
import { longestStall, row } from "./measure.ts";

const members = 10_000;
const rounds = 3;
/** What anything may hold the loop, in milliseconds. */
const bearable = 100;

const indices = Array.from({ length: members }, (_, index) => index);
const uriOf = (index: number) =>
	`sip:member-${String(index).padStart(5, "0")}@example.com` as UserUri &
		Principal;
const everybody = indices.map(uriOf);
const actorOf = (index: number): Actor => ({
	uri: uriOf(index),
	displayName: `Member ${index}`,
	guid: randomUUID(),
	callId: `call-${index}`,
});

async function insert(
	knex: Knex,
	table: string,
	rows: readonly object[],
): Promise<void> {
	for (let at = 0; at < rows.length; at += 400) {
		await knex(table).insert(rows.slice(at, at + 400));
	}
}

async function addPeople({ store }: Domain): Promise<void> {
	await store.transaction(async (tx) => {
		for (const index of indices) {
			const { uri, displayName, guid } = actorOf(index);
			await tx.users.add({ uri, displayName, guid, active: true });
		}
	});
}

/** Everybody is in it, as if each had joined. */
async function fill({ knex }: Domain, room: RoomId): Promise<void> {
	await knex("participants").where({ room_id: room }).delete();
	await insert(
		knex,
		"participants",
		indices.map((index) => ({
			room_id: room,
			user_uri: uriOf(index),
			display_name: `Member ${index}`,
			guid: randomUUID(),
			standing: 1,
			session_id: randomUUID(),
			node: "node-1",
			device: null,
			email: null,
			call_id: `call-${index}`,
			movement: index + 1,
			entered_at: Date.now(),
		})),
	);
	await knex("rooms").where({ id: room }).update({
		movements: members,
		participants: members,
		roster_hidden: true,
		disabled: false,
	});
}

interface Scene {
	readonly domain: Domain;
	readonly room: RoomId;
	readonly category: Awaited<ReturnType<typeof addCategory>>["id"];
	readonly crew: GroupId;
}

async function scene(domain: Domain): Promise<Scene> {
	const category = await addCategory(domain);
	const { room } = await domain.rooms.createRoom(operator, {
		name: randomUUID(),
		category: category.id,
		roles: { member: everybody },
	});
	const { id } = await domain.rooms.createGroup(
		operator,
		randomUUID(),
		everybody,
	);
	await fill(domain, room.id);
	domain.told();
	return { domain, room: room.id, category: category.id, crew: id };
}

type Step = (scene: Scene) => Promise<unknown>;

const half = everybody.filter((_, index) => index % 2 === 0);

const steps: Readonly<Record<string, Step>> = {
	"category: one more is denied": ({ domain, category }) =>
		domain.rooms.changeCategory(operator, category, {
			denied: { add: [uriOf(1)] },
		}),
	"category: a group of 10,000 is denied": ({ domain, category, crew }) =>
		domain.rooms.changeCategory(operator, category, {
			denied: { add: [`group:${crew}` as Principal] },
		}),
	"category: 10,000 named are allowed, not their domain": ({
		domain,
		category,
	}) => domain.rooms.changeCategory(operator, category, { allowed: everybody }),
	"category: foretold, one more is denied": ({ domain, category }) =>
		domain.rooms.preview(operator, {
			category,
			change: { denied: { add: [uriOf(1)] } },
		}),
	"category: foretold, nobody is allowed": ({ domain, category }) =>
		domain.rooms.preview(operator, { category, change: { allowed: [] } }),
	"room: read with its members": ({ domain, room }) =>
		domain.rooms.room(operator, room),
	"room: one member less": ({ domain, room }) =>
		domain.rooms.changeRoom(operator, room, {
			roles: { member: { remove: [uriOf(1)] } },
		}),
	"room: 5,000 members less": ({ domain, room }) =>
		domain.rooms.changeRoom(operator, room, {
			roles: { member: { remove: half } },
		}),
	"room: the whole list given anew": ({ domain, room }) =>
		domain.rooms.changeRoom(operator, room, {
			roles: { member: { set: everybody } },
		}),
	"room: its people listed, page by page": async ({ domain, room }) => {
		for (let after: UserUri | undefined; ; ) {
			const page = await domain.store.participants.inRoom(room, {
				after,
				limit: 500,
			});
			after = page.at(-1)?.user.uri;
			if (page.length < 500) return;
		}
	},
	"room: disabled": ({ domain, room }) =>
		domain.rooms.changeRoom(operator, room, {
			properties: { disabled: true },
		}),
	"room: removed": ({ domain, room }) =>
		domain.rooms.removeRoom(operator, room),
	"group: one member less": ({ domain, crew }) =>
		domain.rooms.changeGroup(operator, crew, { remove: [uriOf(1)] }),
	"group: removed": ({ domain, crew }) =>
		domain.rooms.removeGroup(operator, crew),
	"user: removed": async ({ domain }) => {
		const uri = `sip:${randomUUID()}@example.com` as UserUri;
		await domain.rooms.addUser(operator, { uri });
		await domain.rooms.removeUser(operator, uri);
	},
	"eligible: a page": ({ domain, room }) =>
		domain.rooms.eligible(operator, { room }, { limit: 500 }),
};

const only = process.argv.slice(2).find((each) => !each.startsWith("-"));
const domain = await openDomain();
try {
	await addPeople(domain);
	process.stdout.write(`${row("step", "holds", "takes")}\n`);
	for (const [what, step] of Object.entries(steps)) {
		if (only !== undefined && !what.includes(only)) continue;
		const stalls: number[] = [];
		const times: number[] = [];
		for (let round = 0; round < rounds; round += 1) {
			const set = await scene(domain);
			globalThis.gc?.();
			await new Promise((resolve) => setTimeout(resolve, 20));
			const stall = longestStall();
			await new Promise((resolve) => setTimeout(resolve, 10));
			const began = performance.now();
			await step(set);
			times.push(performance.now() - began);
			await new Promise((resolve) => setTimeout(resolve, 10));
			stalls.push(stall());
			domain.told();
		}
		const held = Math.min(...stalls);
		process.stdout.write(
			`${row(what, stalls.map((ms) => ms.toFixed(0)).join(" "), `${Math.min(...times).toFixed(0)}`)}${held > bearable ? "  <<<" : ""}\n`,
		);
	}
} finally {
	await domain.close();
}
