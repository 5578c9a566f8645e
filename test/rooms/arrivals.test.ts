/** People who come to rooms while others are entering: all of them together, each judged by himself. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type {
	Actor,
	CategoryRecord,
	JoinOutcome,
	Principal,
	RoomId,
} from "../../plugin/rooms/types.ts";
import type { Store } from "../../plugin/store/index.ts";
import { sessionId } from "../contracts/samples.ts";
import { freshMysql, freshSqlite } from "../support/databases.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../support/domain.ts";

const engines = { sqlite: freshSqlite, mysql: () => freshMysql() };
const roster = 4;

for (const [name, fresh] of Object.entries(engines)) {
	describe(`people who come to rooms at once, on ${name}`, () => {
		let domain: Domain;
		let category: CategoryRecord;
		let people: readonly Actor[];
		let commits = 0;
		/** In place of the next transaction. */
		let fault: Error | undefined;
		/** Of any transaction: that of nobody else is harmed by it. */
		let poison: string | undefined;

		/** Stumbles over him whose name is poison. */
		const through = (store: Store): Store => ({
			...store,
			async transaction(work) {
				if (fault !== undefined) throw fault;
				return store.transaction((tx) =>
					work({
						...tx,
						participants: {
							...tx.participants,
							async enter(arrivals, ...rest) {
								if (arrivals.some(({ user }) => user.uri === poison)) {
									throw new Error("this one cannot be written");
								}
								return tx.participants.enter(arrivals, ...rest);
							},
						},
					}),
				);
			},
		});

		async function makeRoom(
			title: string,
			...members: readonly Actor[]
		): Promise<RoomId> {
			const made = await domain.rooms.createRoom(operator, {
				name: title,
				category: category.id,
				privacy: members.length === 0 ? "open" : "closed",
				roles: { member: members.map(({ uri }) => uri as string as Principal) },
			});
			return made.room.id;
		}

		before(async () => {
			domain = await openDomain({ through, roster, database: await fresh() });
			people = await Promise.all(
				["ann", "ben", "cid", "dot", "eve", "fay"].map(domain.person),
			);
			category = await addCategory(domain);
			domain.knex.on("query", ({ sql }: { readonly sql: string }) => {
				if (/^commit/i.test(sql)) commits += 1;
			});
		});
		beforeEach(async () => {
			await domain.owed();
			domain.told();
			commits = 0;
			fault = undefined;
			poison = undefined;
		});
		after(() => domain.close());

		const join = (who: Actor | undefined, ...rooms: readonly RoomId[]) =>
			domain.rooms.join(who ?? operator, sessionId(), rooms, true);
		const inside = async (room: RoomId) =>
			(await domain.store.participants.inRoom(room, { limit: 99 })).map(
				({ user }) => user.displayName,
			);
		const words = (outcomes: readonly JoinOutcome[]) =>
			outcomes.map((each) =>
				"view" in each
					? `${each.view.participantCount}${each.view.rosterHidden ? " hidden" : ""}`
					: each.refusal.reason,
			);
		const arrivals = () =>
			domain
				.told()
				.flatMap((event) =>
					event.type === "joined"
						? event.rooms.map(({ room }) => `${event.user.uri} ${room}`)
						: [],
				);

		it("are in all of them by a transaction or two, owed and told one by one", async () => {
			const rooms = await Promise.all(
				Array.from({ length: 20 }, (_, n) => makeRoom(`Room ${n}`)),
			);
			await domain.owed();
			commits = 0;
			const [ann, ben, cid] = people;
			const came = await Promise.all(
				[ann, ben, cid].map((who) => join(who, ...rooms)),
			);
			for (const outcomes of came) {
				deepEqual(
					outcomes.map(({ room }) => room),
					rooms,
				);
			}
			for (const room of rooms) {
				deepEqual(await inside(room), ["Ann", "Ben", "Cid"]);
			}
			ok(commits <= 3, `${commits} commits`);
			const owed = await domain.owed();
			equal(owed.filter(({ type }) => type === "joined").length, 60);
			equal(new Set(arrivals()).size, 60);
		});

		it("go out of all of them at once too", async () => {
			const rooms = [await makeRoom("One"), await makeRoom("Two")];
			const sessions = people.map((actor) => ({ actor, session: sessionId() }));
			for (const { actor, session } of sessions) {
				await domain.rooms.join(actor, session, rooms, true);
			}
			await domain.owed();
			domain.told();
			commits = 0;
			await Promise.all(
				sessions.map(({ actor, session }) =>
					domain.rooms.part(actor, session, rooms),
				),
			);
			ok(commits <= 3, `${commits} commits`);
			for (const room of rooms) deepEqual(await inside(room), []);
			const owed = await domain.owed();
			equal(owed.filter(({ type }) => type === "parted").length, 12);
			const told = domain.told();
			const lists = told.flatMap((event) =>
				event.type === "roster" ? [event.room] : [],
			);
			// It was hidden, and shown again by those who went together.
			deepEqual(lists.toSorted(), rooms.toSorted());
		});

		it("go out of nothing that is gone, and of what is left all the same", async () => {
			const [ann] = people;
			const [gone, stays] = [await makeRoom("Gone"), await makeRoom("Stays")];
			const session = sessionId();
			ok(ann);
			await domain.rooms.join(ann, session, [stays], true);
			await domain.rooms.removeRoom(operator, gone);
			await domain.rooms.part(ann, session, [gone, stays, "none" as RoomId]);
			deepEqual(await inside(stays), []);
		});

		it("have the room's list with those who came with them, until it is hidden for all", async () => {
			const room = await makeRoom("Filling");
			await join(people[0], room);
			const three = await Promise.all(
				people.slice(1, 4).map((who) => join(who, room)),
			);
			for (const [outcome] of three) {
				ok(outcome && "view" in outcome);
				const { participants, participantCount } = outcome.view;
				equal(participants.length, participantCount);
				equal(participants[0]?.user.displayName, "Ann");
			}
			domain.told();
			const [fifth, sixth] = await Promise.all(
				people.slice(4).map((who) => join(who, room)),
			);
			deepEqual([words(fifth ?? []), words(sixth ?? [])].toSorted(), [
				["5 hidden"],
				["6 hidden"],
			]);
			const told = domain.told().map(({ type }) => type);
			equal(told.filter((type) => type === "rosterHidden").length, 1);
			ok(!told.includes("joined"));
		});

		it("are kept out where they may not, and of nothing else", async () => {
			const [ann, ben] = people;
			const [hers, all] = [
				await makeRoom("Ann's", ann as Actor),
				await makeRoom("Everybody's"),
			];
			const nowhere = "none" as RoomId;
			const outcomes = await Promise.all(
				[ann, ben].map((who) => join(who, hers, nowhere, all)),
			);
			const [anns = [], bens = []] = outcomes.map(words);
			deepEqual(anns.slice(0, 2), ["1", "no-such-room"]);
			deepEqual(bens.slice(0, 2), ["forbidden", "no-such-room"]);
			deepEqual([anns[2], bens[2]].toSorted(), ["1", "2"]);
			deepEqual(await inside(hers), ["Ann"]);
		});

		it("come once with two sessions", async () => {
			const [ann] = people;
			const room = await makeRoom("Twice");
			await domain.owed();
			const [one, two] = await Promise.all([join(ann, room), join(ann, room)]);
			deepEqual([...words(one), ...words(two)], ["1", "1"]);
			equal((await domain.owed()).length, 1);
			equal(arrivals().length, 1);
		});

		it("suffer nothing by one of them who cannot be written", async () => {
			const [ann, ben, cid] = people;
			const room = await makeRoom("With one who cannot");
			poison = ben?.uri;
			const [, bens] = await Promise.all([
				Promise.all([join(ann, room), join(cid, room)]),
				rejects(join(ben, room), /cannot be written/),
				join(people[3], room),
			]);
			equal(bens, undefined);
			deepEqual(await inside(room), ["Ann", "Cid", "Dot"]);
		});

		it("are not in it when it cannot be kept, and may come again", async () => {
			const [ann, ben] = people;
			const room = await makeRoom("Not kept");
			fault = new Error("the disk is full");
			await Promise.all([
				rejects(join(ann, room), /disk is full/),
				rejects(join(ben, room), /disk is full/),
			]);
			fault = undefined;
			deepEqual(words(await join(ann, room)), ["1"]);
		});

		it("who enter a thousand keep nobody waiting who enters one", async () => {
			const [ann, ben] = people;
			const one = await makeRoom("Only one");
			const nowhere = Array.from(
				{ length: 1_000 },
				(_, n) => `n${n}` as RoomId,
			);
			const order: string[] = [];
			await Promise.all([
				join(ann, ...nowhere).then(() => order.push("a thousand")),
				join(ben, one).then(() => order.push("one")),
			]);
			deepEqual(order, ["one", "a thousand"]);
		});

		// SQLite has one writer at a time, whatever he writes.
		if (name === "mysql") {
			it("wait for nobody who has another room locked", async () => {
				const [ann, ben, cid] = people;
				const [locked, free] = [
					await makeRoom("Under change"),
					await makeRoom("Beside it"),
				];
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
				const both = [join(ann, locked, free), join(cid, locked, free)];
				try {
					const [hers] = await join(ben, free);
					ok(hers && "view" in hers);
					deepEqual(await inside(locked), []);
				} finally {
					release();
				}
				await change;
				for (const outcomes of await Promise.all(both)) {
					ok(outcomes.every((each) => "view" in each));
				}
				deepEqual(await inside(locked), ["Ann", "Cid"]);
				deepEqual(await inside(free), ["Ann", "Ben", "Cid"]);
			});
		}
	});
}
