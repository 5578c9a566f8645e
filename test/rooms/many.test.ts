/** A wall stands for everybody: more people and rooms than are looked at at once are all looked at. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	CategoryRecord,
	Participant,
	Principal,
	RoomId,
	UserUri,
} from "../../plugin/rooms/types.ts";
import {
	alice,
	draft,
	enterRoom,
	sampleRoom,
	sessionId,
} from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	inside,
	openDomain,
	operator,
	wholeDomain,
} from "../support/domain.ts";

/** One more than is looked at at once. */
const many = 201;

const member: Participant["standing"] = {
	inScope: true,
	administrator: false,
	member: true,
	manager: false,
	presenter: false,
};

function participant(index: number): Participant {
	const displayName = `User ${String(index).padStart(3, "0")}`;
	const uri = `sip:user-${String(index).padStart(3, "0")}@example.com`;
	const user = { uri: uri as UserUri, displayName, guid: randomUUID() };
	return { user, standing: member };
}

describe("more people and rooms than are looked at at once", () => {
	let domain: Domain;
	let category: CategoryRecord;

	beforeEach(async () => {
		domain = await openDomain();
		category = await addCategory(domain);
	});
	afterEach(() => domain.close());

	/** Open rooms; everybody is in the one, or somebody else in each. */
	async function fill(
		rooms: number,
		members: readonly Principal[] = [],
	): Promise<readonly RoomId[]> {
		const made = Array.from({ length: rooms }, () =>
			sampleRoom(category.id, {
				privacy: members.length > 0 ? "closed" : "open",
				members,
			}),
		);
		await domain.store.transaction(async (tx) => {
			for (const room of made) {
				await tx.rooms.add(room);
				await tx.rooms.lock(room.id);
			}
			for (let index = 0; index < many; index += 1) {
				const id = made[index % rooms]?.id ?? ("" as RoomId);
				const who = participant(index);
				await enterRoom(tx, id, who, sessionId());
			}
		});
		domain.told();
		return made.map(({ id }) => id);
	}

	const everybodyInside = () =>
		domain.store.participants.users({ limit: 1_000 });
	const kicked = () =>
		domain
			.told()
			.flatMap((event) => (event.type === "kicked" ? event.users : []));

	it("are all shown out of a room that closes", async () => {
		const [room] = (await fill(1)) as [RoomId];
		await domain.rooms.changeRoom(operator, room, {
			properties: { privacy: "closed" },
		});
		assert.deepEqual(await inside(domain, room), []);
		assert.equal(kicked().length, many);
	});

	it("are all shown out when their group is no member any more", async () => {
		const { id } = await domain.rooms.createGroup(operator, randomUUID(), [
			wholeDomain,
		]);
		const [room] = (await fill(1, [`group:${id}` as Principal])) as [RoomId];
		await domain.rooms.changeGroup(operator, id, { remove: [wholeDomain] });
		assert.deepEqual(await inside(domain, room), []);
		assert.equal(kicked().length, many);
	});

	it("leave nothing behind in a room that is removed, nor do its members and messages", async () => {
		const crowd = Array.from(
			{ length: 900 },
			(_, index) => `sip:member-${index}@example.com` as Principal,
		);
		const [room, other] = (await fill(2, crowd)) as [RoomId, RoomId];
		for (const id of [room, other]) {
			await domain.store.transaction(async (tx) => {
				const locked = await tx.rooms.lock(id);
				for (let count = 0; count < 900; count += 1) {
					await tx.messages.append(
						locked,
						alice,
						draft(id, "words"),
						new Date(),
					);
				}
			});
		}
		await domain.rooms.removeRoom(operator, room);
		for (const table of ["messages", "message_index", "room_roles"]) {
			const rows = domain.knex(table);
			const left = await rows.distinct("room_id").pluck("room_id");
			assert.deepEqual(left, [other], table);
			const [count] = await domain.knex(table).count({ rows: "*" });
			assert.equal(count?.rows, 900, table);
		}
		const [tokens] = await domain.knex("message_tokens").count({ rows: "*" });
		assert.equal(tokens?.rows, 900);
	});

	it("are all told that their category keeps no history any more", async () => {
		const rooms = await fill(many);
		await domain.rooms.changeCategory(operator, category.id, {
			history: false,
		});
		const told = domain
			.told()
			.flatMap((event) =>
				event.type === "changed" ? [event.summary.room.id] : [],
			);
		assert.deepEqual([...told].sort(), [...rooms].sort());
	});

	it("are all foretold their loss, and shown out of the rooms of a category that denies them", async () => {
		await fill(many);
		const change = { denied: [wholeDomain] };
		let looked = 0;
		const { losses } = await domain.rooms.preview(
			operator,
			{ category: category.id, change },
			(soFar) => {
				looked = soFar;
			},
		);
		assert.equal(looked, many);
		assert.equal(losses.length, many);
		await domain.rooms.changeCategory(operator, category.id, change);
		assert.deepEqual(await everybodyInside(), []);
		assert.equal(kicked().length, many);
	});
});
