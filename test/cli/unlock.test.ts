/** `persistent-chat database unlock`: after a migration was killed, and not while one may be under way. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { databaseCommands } from "../../cli/commands/database.ts";
import { createGiven } from "../../cli/commands/given.ts";
import { createOffline } from "../../cli/offline/evidence.ts";
import {
	archiveSchema,
	chatSchema,
	type Knex,
	makeDatabase,
} from "../../plugin/store/index.ts";
import type { Engine } from "../support/chat-node.ts";
import {
	type FreshDatabase,
	freshMysql,
	freshSqlite,
} from "../support/databases.ts";
import { until } from "../support/until.ts";

for (const engine of ["sqlite", "mysql"] as const satisfies Engine[]) {
	describe(`database unlock on ${engine}`, () => {
		let database: FreshDatabase;
		let knex: Knex;

		beforeEach(async () => {
			database = await (engine === "mysql" ? freshMysql() : freshSqlite());
			knex = makeDatabase(database.description);
			await chatSchema.forward(knex);
			await archiveSchema.forward(knex);
		});
		afterEach(async () => {
			await knex.destroy();
			await database.drop();
		});

		const lock = () => knex("archive_migrations_lock").update({ is_locked: 1 });
		async function unlock(...flags: "dry-run"[]): Promise<string> {
			const { description } = database;
			const said: string[] = [];
			const [command] = databaseCommands;
			await command?.run(
				createGiven([], Object.fromEntries(flags.map((flag) => [flag, true]))),
				{
					ask: async () => {
						throw new Error("There is no service");
					},
					check: () => Promise.reject(new Error("nothing is checked")),
					offline: createOffline({
						config: undefined,
						environment:
							description.client === "mysql"
								? {
										PERSISTENT_CHAT_DATABASE_CLIENT: "mysql",
										PERSISTENT_CHAT_DATABASE_URL: description.url,
										PERSISTENT_CHAT_SERVICE_NODE: "one",
										PERSISTENT_CHAT_COMPLIANCE: "off",
									}
								: {
										PERSISTENT_CHAT_DATABASE_FILE: description.file,
										PERSISTENT_CHAT_COMPLIANCE_DATABASE_FILE: description.file,
									},
					}),
					show: (_, text) => said.push(text()),
					progress: () => () => {},
					confirm: async () => {},
					newPassword: async () => "",
				},
			);
			return said.join();
		}
		async function disconnected(): Promise<void> {
			await knex.destroy();
			knex = makeDatabase(database.description);
		}

		it("says so where nothing is locked, and unlocks what is", async () => {
			match(await unlock(), /chat +was not locked\narchive +was not locked/);
			await lock();
			await disconnected();
			await until(
				async () => /archive +LOCKED: would be/.test(await unlock("dry-run")),
				{ what: "nobody connected" },
			);
			equal(await archiveSchema.isLocked(knex), true);
			await disconnected();
			const text = await until(() => unlock().catch(() => undefined), {
				what: "nobody connected",
			});
			match(text, /chat +was not locked\narchive +unlocked/);
			equal(await archiveSchema.isLocked(knex), false);
			deepEqual(await archiveSchema.forward(knex), []);
		});

		if (engine === "mysql") {
			it("refuses while somebody is connected who may be changing it", async () => {
				await lock();
				await rejects(unlock(), { name: "NotSafe" });
				equal(await archiveSchema.isLocked(knex), true);
			});
		}
	});
}
