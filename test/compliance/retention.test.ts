/** What is old is deleted from the archive, also while more comes all the time. */
import { equal, ok } from "node:assert/strict";
import { pino } from "pino";
import type { Archive } from "../../plugin/compliance/archive.ts";
import { keepOnlyWhatIsNeeded } from "../../plugin/compliance/retention.ts";
import {
	type Knex,
	makeDatabase,
	openArchive,
} from "../../plugin/store/index.ts";
import {
	all,
	firstAt,
	posts,
	relaying,
	room,
	take,
} from "../contracts/archive-samples.ts";
import { type FreshDatabase, freshSqlite } from "../support/databases.ts";
import { testSign } from "../support/evidence.ts";
import { until } from "../support/until.ts";

const dayMs = 86_400_000;

describe("what is kept in the archive", () => {
	let database: FreshDatabase;
	let knex: Knex;
	let archive: Archive;

	beforeEach(async () => {
		database = await freshSqlite();
		knex = makeDatabase(database.description);
		archive = await openArchive(knex);
	});
	afterEach(async () => {
		await knex.destroy();
		await database.drop();
	});

	it("is what is not yet old, however much comes meanwhile", async () => {
		const { add, tenure } = await relaying(archive);
		const lobby = room("Lobby");
		const texts = Array.from({ length: 500 }, (_, index) => `text ${index}`);
		for (let batch = 0; batch < 4; batch += 1) await add(posts(lobby, texts));
		const retention = keepOnlyWhatIsNeeded({
			archive,
			adapters: [],
			relay: { forgottenThrough: () => 2_000 },
			holding: {
				looked: Promise.resolve(),
				tenure: () => tenure,
				lost() {},
				close: async () => {},
				abandon: async () => {},
			},
			sign: testSign,
			isProven: () => true,
			retainDays: 1,
			now: () => new Date(firstAt + 30 * dayMs),
			log: pino({ level: "silent" }),
		});
		try {
			await until(
				async () => {
					await add(posts(lobby, ["one more"]));
					const [oldest] = await archive.after(0, { events: 1, bytes: 1 });
					return (oldest?.position ?? 0) > 2_000;
				},
				{ what: "two thousand deleted", withinMs: 8_000 },
			);
		} finally {
			await retention.close();
		}
		const kept = await all(archive);
		ok(kept.every(({ position }) => position > 2_000));
	});

	it("is what a replay still has before it", async () => {
		const { add, tenure } = await relaying(archive);
		await add(posts(room("Lobby"), ["one", "two", "three"]));
		const lease = await take(archive, "adapter one", "node/1");
		await archive.adapters.register("one");
		const at = new Date(firstAt + dayMs);
		const done = { position: 3, delivered: 3, at, parked: [] };
		await archive.adapters.advance("one", done, lease);
		const from = new Date(firstAt + 1_000);
		const asked = { adapter: "one", from, to: at, by: "a test", at };
		equal((await archive.replays.begin(asked))?.next, 2);
		const bounds: number[] = [];
		const retention = keepOnlyWhatIsNeeded({
			archive: {
				...archive,
				prune(bound, ...others) {
					bounds.push(bound.through);
					return archive.prune(bound, ...others);
				},
			},
			adapters: ["one"],
			relay: { forgottenThrough: () => 3 },
			holding: {
				looked: Promise.resolve(),
				tenure: () => tenure,
				lost() {},
				close: async () => {},
				abandon: async () => {},
			},
			sign: testSign,
			isProven: () => true,
			retainDays: 1,
			now: () => new Date(firstAt + 30 * dayMs),
			log: pino({ level: "silent" }),
		});
		await until(() => bounds.length > 0, { what: "a look" });
		await retention.close();
		equal(bounds[0], 1);
	});
});
