/** Who looks at a room's past is recorded before he is shown it, however many look at once. */
import { equal, ok, rejects } from "node:assert/strict";
import type { Actor, RoomId } from "../../plugin/rooms/types.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../support/domain.ts";
import { until } from "../support/until.ts";

describe("looks at a room's past at once", () => {
	let domain: Domain;
	let alice: Actor;
	let room: RoomId;
	let commits = 0;
	let broken = false;
	/** How many have got as far as reading. */
	let haveAsked = 0;
	let reading = 0;
	/** Nobody is recorded before. */
	let awaited = 0;

	before(async () => {
		domain = await openDomain({
			through: (store) => ({
				...store,
				rooms: {
					...store.rooms,
					async knownAll(asked) {
						const known = await store.rooms.knownAll(asked);
						haveAsked += asked.length;
						return known;
					},
				},
				async readBack(...asked) {
					reading += 1;
					return store.readBack(...asked).finally(() => {
						reading -= 1;
					});
				},
				async transaction(work) {
					await until(() => haveAsked >= awaited && reading === 0, {
						what: "the readers",
					});
					if (broken) throw new Error("the disk is full");
					return store.transaction(work);
				},
			}),
		});
		alice = await domain.person("alice");
		const category = await addCategory(domain);
		const made = await domain.rooms.createRoom(operator, {
			name: "Room",
			category: category.id,
			privacy: "open",
		});
		room = made.room.id;
		await domain.rooms.post(alice, { room, text: "hello", alert: false });
		domain.knex.on("query", ({ sql }: { readonly sql: string }) => {
			if (/^commit/i.test(sql)) commits += 1;
		});
	});
	beforeEach(async () => {
		await domain.owed();
		commits = 0;
		broken = false;
		haveAsked = 0;
		awaited = 0;
	});
	after(() => domain.close());

	const look = () => domain.rooms.history(alice, room, 10);

	it("are recorded each, who come while others are being recorded together", async () => {
		awaited = 50;
		const shown = await Promise.all(Array.from({ length: 50 }, look));
		ok(shown.every(([message]) => message?.text === "hello"));
		const owed = await domain.owed();
		equal(owed.filter(({ type }) => type === "viewed").length, 50);
		equal(new Set(owed.map(({ id }) => id)).size, 50);
		ok(commits <= 3, `${commits} commits`);
	});

	it("show nothing where they cannot be recorded, and others are shown it later", async () => {
		broken = true;
		const looks = Array.from({ length: 5 }, () => rejects(look(), /full/));
		await Promise.all(looks);
		broken = false;
		equal((await look()).length, 1);
		equal((await domain.owed()).length, 1);
	});
});
