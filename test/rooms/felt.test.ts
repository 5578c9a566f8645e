/** A right that is taken away is gone, also when the database stumbles about the commit: whatever was answered. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { ChatError } from "../../plugin/errors.ts";
import type { UserUri } from "../../plugin/rooms/types.ts";
import { createDismissal, type Dismissal } from "../../plugin/sip/dismissal.ts";
import type { Store } from "../../plugin/store/index.ts";
import { enterRoom, refused, sessionId } from "../contracts/samples.ts";
import { type Around, startProxy } from "../store/proxy.ts";
import { freshMysql } from "../support/databases.ts";
import {
	type Domain,
	enter,
	inside,
	openDomain,
	operator,
	principalOf,
} from "../support/domain.ts";
import { type MariadbService, startMariadb } from "../support/services.ts";
import {
	buildWalls,
	dismissals,
	type Taking,
	takings,
	type Walls,
} from "../support/takings.ts";
import { until } from "../support/until.ts";

function away(kept: ChatError["kept"] = "nothing"): ChatError {
	return new ChatError("unavailable", `away; kept: ${kept}`, { kept });
}

/** A store that goes away with one of its next commits: after it, or so that nobody knows of it. */
function stumbling(store: Store) {
	let left = 0;
	let how: "after" | "doubtful" = "after";
	let isAway = false;
	const asked = <Reader extends object>(reader: Reader): Reader =>
		Object.fromEntries(
			Object.entries(reader).map(([name, ask]) => [
				name,
				async (...given: unknown[]) => {
					if (isAway) throw away();
					return ask(...given);
				},
			]),
		) as Reader;
	return {
		store: {
			...store,
			directory: asked(store.directory),
			rooms: asked(store.rooms),
			categories: asked(store.categories),
			participants: asked(store.participants),
			rights: asked(store.rights),
			async transaction<T>(work: Parameters<typeof store.transaction<T>>[0]) {
				if (isAway) throw away();
				const result = await store.transaction(work);
				left -= 1;
				if (left === 0) isAway = true;
				if (left === 0 && how === "doubtful") throw away("perhaps");
				return result;
			},
		} satisfies Store,
		with(commit: number, which: typeof how) {
			left = commit;
			how = which;
		},
		back() {
			isAway = false;
			left = 0;
		},
	};
}

describe("with a database that stumbles,", () => {
	let domain: Domain;
	let stumble: ReturnType<typeof stumbling>;
	let walls: Walls;

	beforeEach(async () => {
		domain = await openDomain({
			through(store) {
				stumble = stumbling(store);
				return stumble.store;
			},
		});
		walls = await buildWalls(domain, "bob");
		domain.told();
	});
	afterEach(() => domain.close());

	async function bobIsOut(): Promise<void> {
		const { id } = walls.room.room;
		await until(async () => (await inside(domain, id)).length === 0, {
			what: "bob's leaving",
		});
		await until(() => domain.told().some(({ type }) => type === "kicked"), {
			what: "the notice of his kick",
		});
		const parted = (await domain.owed()).filter(
			({ type }) => type === "parted",
		);
		assert.equal(parted.length, 1);
	}

	for (const [what, take] of Object.entries(takings)) {
		it(`${what} is felt when it answers again, and nobody says that nothing was kept`, async () => {
			stumble.with(1, "after");
			const error = await refused("unavailable", take(domain, walls));
			assert.notEqual(error.kept, "nothing");
			assert.doesNotMatch(error.message, /nothing was kept/);
			assert.deepEqual(await inside(domain, walls.room.room.id), ["Bob"]);
			stumble.back();
			await bobIsOut();
		});

		it(`${what} is felt also when nobody knows whether it was kept`, async () => {
			stumble.with(1, "doubtful");
			const error = await refused("unavailable", take(domain, walls));
			assert.equal(error.kept, "perhaps");
			stumble.back();
			await bobIsOut();
		});
	}

	for (const what of ["a category's denial", "a role taken away"]) {
		it(`${what}, asked for again, is felt at once`, async () => {
			const take = takings[what] as Taking;
			// As a node that died in between has left it.
			await take(domain, walls);
			await domain.store.transaction(async (tx) => {
				const { id } = walls.room.room;
				await tx.rooms.lock(id);
				const standing = {
					inScope: true,
					administrator: false,
					member: true,
					manager: false,
					presenter: false,
				};
				await enterRoom(tx, id, { user: walls.bob, standing }, sessionId());
			});
			await take(domain, walls);
			assert.deepEqual(await inside(domain, walls.room.room.id), []);
		});
	}

	it("who is perhaps kicked hears nothing more, and is told so", async () => {
		stumble.with(2, "doubtful");
		const { category, bob } = walls;
		await refused(
			"unavailable",
			domain.rooms.changeCategory(operator, category.id, {
				denied: [principalOf(bob)],
			}),
		);
		assert.deepEqual(
			domain.told().map(({ type }) => type),
			["kicked"],
		);
	});

	it("an account removed is told to the doors, whatever is answered", async () => {
		stumble.with(1, "doubtful");
		await refused(
			"unavailable",
			domain.rooms.removeUser(operator, walls.bob.uri),
		);
		const told = await until(
			() => domain.told().find(({ type }) => type === "policy"),
			{ what: "the word to the doors" },
		);
		assert.deepEqual(told, { type: "policy", users: [walls.bob.uri] });
	});

	it("an account removed before is told to the doors again when that is asked for again", async () => {
		const { uri } = walls.bob;
		// As a node has left it whose answer and whose word to the doors were lost.
		await domain.store.transaction((tx) => tx.users.remove(uri));
		domain.told();
		await refused("no-such-principal", domain.rooms.removeUser(operator, uri));
		const told = domain.told().map(({ type }) => type);
		assert.deepEqual(told, ["kicked", "policy"]);
	});

	it("nothing is owed any more once the node is closed", async () => {
		stumble.with(1, "after");
		const take = takings["a category's denial"] as Taking;
		await refused("unavailable", take(domain, walls));
		await domain.close();
		domain = await openDomain();
	});
});

describe("with MariaDB that breaks during a change,", function () {
	this.timeout(120_000);
	let domain: Domain;
	let proxy: Awaited<ReturnType<typeof startProxy>>;
	let server: MariadbService;
	let dismissal: Dismissal;
	const guests = new Set<UserUri>();

	before(async () => {
		server = await startMariadb({ durable: true });
		const fresh = await freshMysql(server.url);
		if (fresh.description.client !== "mysql") throw new Error("not MySQL");
		proxy = await startProxy(fresh.description.url);
		domain = await openDomain({
			database: {
				description: { client: "mysql", url: proxy.url },
				drop: async () => {},
			},
		});
		dismissal = createDismissal(
			{
				directory: domain.store.directory,
				guests: {
					users: () => [...guests],
					endOf: (user) => guests.delete(user),
				},
				events: domain.events,
				log: pino({ level: "silent" }),
			},
			50,
		);
	});
	after(async () => {
		await dismissal?.stop();
		await domain?.close();
		await proxy?.close();
		await server?.stop();
	});

	/** Asked for again, until it is answered: done, or done before. */
	async function again(take: Taking, walls: Walls): Promise<void> {
		await until(
			() =>
				take(domain, walls).then(
					() => true,
					(error) => {
						assert.ok(error instanceof ChatError, String(error));
						return /^no-such-/.test(error.reason);
					},
				),
			{ what: "the repeat's answer", withinMs: 60_000 },
		);
	}

	async function isOut({ room, bob }: Walls): Promise<void> {
		assert.deepEqual(await inside(domain, room.room.id), []);
		await assert.rejects(enter(domain, bob, room));
	}

	for (const [what, take] of Object.entries(takings)) {
		for (const when of ["before", "after"] as const) {
			it(`${what} whose connection is cut ${when} the commit is whole, felt, and asked for again it is answered`, async () => {
				const walls = await buildWalls(domain, randomUUID());
				proxy.cutAt("COMMIT", when);
				const error = await refused("unavailable", take(domain, walls));
				assert.notEqual(error.kept, "nothing");
				proxy.cutAt("", when);
				await again(take, walls);
				await isOut(walls);
			});
		}
	}

	async function isDismissed(walls: Walls): Promise<void> {
		const lock = (): Promise<boolean> =>
			domain.store.transaction((tx) => tx.rights.change()).then(() => true);
		// Who has had it too knows that nothing is under way any more.
		await until(() => lock().catch(() => false), {
			what: "the lock of rights",
			withinMs: 60_000,
		});
		const { uri } = walls.bob;
		const enabled = await domain.store.directory.enabled([uri]);
		if (enabled.has(uri)) return;
		await until(() => !guests.has(uri), { what: "his dismissal" });
	}

	interface Blow {
		readonly around: Around;
		heal(): Promise<unknown>;
	}
	const blows: Readonly<Record<string, Blow>> = {
		killed: {
			around: { next: () => process.kill(server.processId, "SIGKILL") },
			async heal() {
				await server.kill();
				await server.startAgain();
			},
		},
		frozen: {
			around: {
				first: async () => process.kill(server.processId, "SIGSTOP"),
			},
			heal: async () => process.kill(server.processId, "SIGCONT"),
		},
	};
	for (const [what, take] of Object.entries(dismissals)) {
		for (const [how, { around, heal }] of Object.entries(blows)) {
			it(`${what}, ${how} in its commit, ends his dialogs if it is kept, asked for once`, async () => {
				const walls = await buildWalls(domain, randomUUID());
				guests.add(walls.bob.uri);
				const within = walls.bob.uri;
				proxy.cutAt("COMMIT", "meanwhile", { ...around, within });
				const asked = refused("unavailable", take(domain, walls));
				await until(() => proxy.seen() > 0, { what: "the commit" });
				await heal();
				assert.equal((await asked).kept, "perhaps");
				await isDismissed(walls);
				guests.delete(walls.bob.uri);
			});
		}
	}

	for (const [how, strike] of Object.entries({
		killed: async (change: () => Promise<unknown>) => {
			const changing = change().catch((error) => error);
			await server.kill();
			const error = await changing;
			await server.startAgain();
			return error;
		},
		frozen: async (change: () => Promise<unknown>) => {
			process.kill(server.processId, "SIGSTOP");
			const error = await change().catch((thrown) => thrown);
			process.kill(server.processId, "SIGCONT");
			return error;
		},
	})) {
		it(`${how} under all of these, it is back with everything whole and nobody where he may not be`, async () => {
			const all: { readonly take: Taking; readonly walls: Walls }[] = [];
			for (const take of Object.values(takings)) {
				all.push({ take, walls: await buildWalls(domain, randomUUID()) });
			}
			const outcomes: unknown = await strike(() =>
				Promise.all(
					all.map(({ take, walls }) =>
						take(domain, walls).catch((error) => {
							assert.ok(error instanceof ChatError, String(error));
							assert.equal(error.reason, "unavailable");
						}),
					),
				),
			);
			assert.ok(!(outcomes instanceof Error), String(outcomes));
			for (const { take, walls } of all) {
				await again(take, walls);
				await isOut(walls);
			}
		});
	}
});
