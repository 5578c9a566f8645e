/** Export and import: what was there is there again, whole, once, and only when nothing is in the way. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import {
	appendFileSync,
	cpSync,
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportTo } from "../../cli/offline/transfer/export.ts";
import { importFrom } from "../../cli/offline/transfer/import.ts";
import {
	exportDatabase,
	importDatabase,
} from "../../cli/offline/transfer/index.ts";
import type { Actor } from "../../plugin/index.ts";
import {
	type Knex,
	makeDatabase,
	openStore,
	type Store,
} from "../../plugin/store/index.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import {
	type FreshDatabase,
	freshMysql,
	freshSqlite,
} from "../support/databases.ts";
import { rooms, signIn } from "../support/people.ts";
import { takingAdapter } from "../support/taking-adapter.ts";
import { until } from "../support/until.ts";
import { startOperator } from "./door.ts";

const fresh = { sqlite: freshSqlite, mysql: freshMysql };
const quiet = () => {};

for (const engine of ["sqlite", "mysql"] as const) {
	describe(`an export, imported, on ${engine}`, () => {
		let folder: string;
		let source: FreshDatabase;
		let target: FreshDatabase;
		let node: ChatNode;

		beforeEach(async () => {
			folder = mkdtempSync(join(tmpdir(), "persistent-chat-export-"));
			[source, target] = [await fresh[engine](), await fresh[engine]()];
			node = await startChatNode({ existing: source });
			await fill();
		});
		afterEach(async () => {
			await node.close();
			await source.drop();
			await target.drop();
			rmSync(folder, { recursive: true });
		});

		/** Messages, one replaced and one deleted, a group with a right, an add-in, a policy. */
		async function fill(): Promise<void> {
			const operator: Actor = {
				uri: "sip:persistentchat@example.com" as Actor["uri"],
				displayName: "Operator",
				guid: "",
				administrator: true,
			};
			const { rooms: chatRooms } = node.chat;
			const alice = await signIn(node, "alice");
			await alice.chat.join(rooms.lobby);
			for (const text of ["first", "second, 会議", "third & <fourth>"]) {
				await (await alice.chat.post(rooms.lobby, text)).echo();
			}
			await alice.chat.close();
			const room = rooms.lobby.slice(-36) as never;
			await chatRooms.replaceMessages(
				operator,
				{ room, sequences: [1] },
				"gone",
			);
			await chatRooms.deleteMessages(operator, { room, sequences: [2] });
			await chatRooms.createGroup(operator, "Traders", [
				"sip:alice@example.com" as never,
				"sip:bob@example.com" as never,
			]);
			await chatRooms.changeRoom(operator, room, {
				properties: { alias: "hall" },
			});
			await chatRooms.registerAddIn(operator, {
				name: "Tickets",
				url: "https://tickets.example.com/",
			});
			await chatRooms.createCategory(operator, { name: "A", retainDays: 0 });
			await chatRooms.createCategory(operator, { name: "B", retainDays: 90 });
			await chatRooms.setPolicy(operator, {
				scope: "domain:example.org",
				enabled: true,
				admit: true,
			});
		}

		function settings({ description }: FreshDatabase) {
			return {
				config: undefined,
				environment: {
					PERSISTENT_CHAT_SERVICE_NODE: "one",
					PERSISTENT_CHAT_COMPLIANCE: "elsewhere",
					...(description.client === "mysql"
						? {
								PERSISTENT_CHAT_DATABASE_CLIENT: "mysql",
								PERSISTENT_CHAT_DATABASE_URL: description.url,
							}
						: { PERSISTENT_CHAT_DATABASE_FILE: description.file }),
				},
			};
		}

		const whole = (asked = {}) =>
			exportDatabase(
				settings(source),
				{ folder, since: undefined, passwords: true, ...asked },
				quiet,
			);
		const putIn = (asked = {}) =>
			importDatabase(
				settings(target),
				{ folder, dryRun: false, keep: false, ...asked },
				"tester",
				quiet,
			);

		async function on<T>(
			{ description }: FreshDatabase,
			work: (knex: Knex, store: Store) => Promise<T>,
		): Promise<T> {
			const knex = makeDatabase(description);
			try {
				return await work(knex, await openStore(knex));
			} finally {
				await knex.destroy();
			}
		}

		/** Everything that is carried, as the database has it. */
		const contents = (database: FreshDatabase) =>
			on(database, async (knex) => {
				const found: Record<string, unknown> = {};
				for (const [table, columns] of Object.entries({
					users: ["uri", "guid", "display_name", "credentials", "search_key"],
					groups: ["id", "name_key"],
					group_members: ["group_id", "principal"],
					policies: ["scope", "enabled", "admit"],
					administrators: ["principal"],
					add_ins: ["name_key", "url"],
					categories: ["id", "name_key", "history", "retain_days"],
					category_principals: ["category_id", "kind", "principal"],
					rooms: [
						...["id", "name", "unique_key", "alias", "created_at"],
						"last_sequence",
					],
					room_roles: ["room_id", "role", "principal", "granted_at"],
					messages: [
						"room_id",
						"sequence",
						"author_uri",
						"posted_at",
						"text",
						"replaced_at",
					],
				})) {
					found[table] = await knex(table).select(columns).orderBy(columns);
				}
				return found;
			});

		it("is the same there, with its history, words that are found and passwords", async () => {
			const exported = await whole();
			equal(exported.resumed, false);
			for (const file of readdirSync(folder)) {
				equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
			}
			const imported = await putIn();
			deepEqual(imported.conflicts, []);
			deepEqual(await contents(target), await contents(source));
			const other = await startChatNode({ existing: target });
			try {
				const alice = await signIn(other, "alice");
				await alice.chat.join(rooms.lobby);
				deepEqual(
					(await alice.chat.history(rooms.lobby, 10)).map(
						({ sequence, text }) => [sequence, text],
					),
					[
						[1, "gone"],
						[3, "third & <fourth>"],
					],
				);
				const { messages } = await alice.chat.search({
					words: "fourth",
					rooms: [rooms.lobby],
				});
				equal(messages.length, 1);
				const next = await (await alice.chat.post(rooms.lobby, "next")).echo();
				equal(next.sequence, 4);
				await alice.chat.close();
			} finally {
				await other.close();
			}
		});

		it("is archived with the posts of its people, and reconciled", async () => {
			await whole();
			await putIn();
			const taking = takingAdapter();
			const operator = await startOperator({
				existing: target,
				compliance: {
					adapters: [
						{ use: taking.factory, name: "taking", runIntervalMs: 50 },
					],
					files: join(folder, "files"),
					signingKey: join(folder, "key.pem"),
				},
			});
			try {
				const posts = () =>
					taking.taken.filter(({ type }) => type === "posted");
				await until(() => posts().length === 2, { what: "both posts" });
				await until(
					async () =>
						(await operator.ask("compliance/status", {})).adapters.every(
							({ backlog }) => backlog.events === 0,
						),
					{ what: "no backlog" },
				);
				const { totals, gaps } = await operator.ask("compliance/reconcile", {});
				equal(totals.archived, 2);
				// Of people's passwords the archive has nothing.
				const sums = await on(source, (knex) =>
					knex("users").pluck("credentials"),
				);
				const all = JSON.stringify(taking.taken);
				for (const sum of sums.flatMap((each) =>
					Object.values(JSON.parse(String(each ?? "{}")) as object),
				)) {
					ok(!all.includes(String(sum)));
				}
				ok(sums.some((each) => each !== null));
				ok(!all.includes("credentials"));
				// It was deleted at the source: nobody here can know.
				deepEqual(
					gaps.map(({ first, last }) => [first, last]),
					[[2, 2]],
				);
			} finally {
				await operator.close();
			}
		});

		it("is put in once, however often; a dry run changes nothing", async () => {
			await whole();
			const tables = async () => {
				const knex = makeDatabase(target.description);
				const there = await knex.schema.hasTable("users");
				await knex.destroy();
				return there;
			};
			const untouched = await putIn({ dryRun: true });
			equal(untouched.kinds.find(({ kind }) => kind === "messages")?.added, 2);
			equal(await tables(), false);
			await on(target, async () => {});
			const dry = await putIn({ dryRun: true });
			equal(dry.kinds.find(({ kind }) => kind === "messages")?.added, 2);
			equal(await on(target, async (knex) => (await knex("users")).length), 0);
			await putIn();
			const before = await contents(target);
			const owed = () =>
				on(target, async (knex) => knex("outbox").where({ type: "posted" }));
			const posted = (await owed()) as { payload: string }[];
			equal(posted.length, 2);
			const event = JSON.parse(posted[0]?.payload ?? "");
			equal(event.actor.uri, "sip:alice@example.com");
			equal(event.at, event.message.postedAt);
			const again = await putIn();
			equal(
				again.kinds.reduce((sum, { added }) => sum + added, 0),
				0,
			);
			deepEqual(await contents(target), before);
			equal((await owed()).length, 2);
			deepEqual(
				await on(target, async (_, store) =>
					(await store.audit.list({ limit: 9 })).map(
						({ action, outcome, door, cameFrom }) => [
							action,
							outcome,
							door,
							cameFrom,
						],
					),
				),
				[
					["imported", "done", "offline", "tester"],
					["imported", "done", "offline", "tester"],
				],
			);
		});

		it("goes on where it was interrupted, on both ways", async () => {
			const asked = { folder, since: undefined, passwords: false };
			const work = { domain: "example.com", partMessages: 1, progress: quiet };
			await on(source, async (knex) => {
				let told = 0;
				const stops = () => {
					told += 1;
					if (told === 2) throw new Error("the disk is full");
				};
				await rejects(exportTo(asked, { ...work, knex, progress: stops }));
				equal(existsSync(join(folder, "manifest.json")), false);
				equal(existsSync(join(folder, "state.json")), true);
				await rejects(
					exportTo({ ...asked, passwords: true }, { ...work, knex }),
					{
						name: "Misuse",
						message: /other options/,
					},
				);
				const exported = await exportTo(asked, { ...work, knex });
				equal(exported.resumed, true);
				await rejects(exportTo(asked, { ...work, knex }), {
					message: /holds a whole export/,
				});
			});
			equal(
				readFileSync(join(folder, "users.jsonl"), "utf8").includes(
					"credentials",
				),
				false,
			);
			await on(target, async (_, store) => {
				let transactions = 0;
				const dying = {
					transfer: store.transfer,
					transaction: (async (write) => {
						transactions += 1;
						if (transactions === 5) throw new Error("killed");
						return store.transaction(write);
					}) as Store["transaction"],
				};
				const actor = {
					uri: "sip:o@example.com",
					displayName: "O",
					guid: "",
				} as never;
				const importing = {
					domain: "example.com",
					progress: quiet,
					at: new Date(),
					actor,
				};
				const from = { folder, dryRun: false, keep: false };
				await rejects(importFrom(from, { ...importing, store: dying }), {
					message: "killed",
				});
				await importFrom(from, { ...importing, store });
			});
			const [there, here] = [await contents(target), await contents(source)];
			deepEqual(there.messages, here.messages);
			deepEqual(there.room_roles, here.room_roles);
		});

		it("is refused with a list of what is in the way, unless that is to stay", async () => {
			await whole();
			await putIn();
			await on(target, async (knex) => {
				await knex("users")
					.where({ uri: "sip:bob@example.com" })
					.update({ display_name: "Robert" });
				await knex("groups").delete();
				await knex("groups").insert({
					id: "99999999-0000-4000-8000-000000000000",
					name: "TRADERS",
					name_key: "traders",
				});
			});
			const refused = await putIn();
			equal(refused.refused, true);
			deepEqual(refused.conflicts, [
				"user sip:bob@example.com is other there: displayName",
				'group: another group is named "Traders"',
			]);
			await on(target, async (knex) => {
				await knex("groups").delete();
				await knex("group_members").delete();
			});
			const kept = await putIn({ keep: true });
			equal(kept.refused, false);
			equal(
				await on(
					target,
					async (knex) =>
						(await knex("users").where({ uri: "sip:bob@example.com" }).first())
							.display_name,
				),
				"Robert",
			);
			await on(target, (knex) =>
				knex("messages").where({ sequence: 3 }).update({ text: "altered" }),
			);
			const altered = await putIn({ keep: true });
			match(altered.conflicts[0] ?? "", /^message \S+ 3 is other there: text$/);
		});

		it("that is damaged, of another domain or not whole changes nothing", async () => {
			await whole();
			const damaged = mkdtempSync(join(tmpdir(), "persistent-chat-damaged-"));
			cpSync(folder, damaged, { recursive: true });
			appendFileSync(join(damaged, "groups.jsonl"), "{}\n");
			await rejects(putIn({ folder: damaged }), {
				name: "Unsound",
				message: /groups\.jsonl has \d+ bytes, and had \d+/,
			});
			const manifestFile = join(damaged, "manifest.json");
			const manifest = readFileSync(manifestFile, "utf8");
			for (const file of ["../groups.jsonl", "/etc/passwd", "a/groups.jsonl"]) {
				writeFileSync(manifestFile, manifest.replace("groups.jsonl", file));
				await rejects(putIn({ folder: damaged }), {
					message: /must be a file of the folder/,
				});
			}
			rmSync(manifestFile);
			await rejects(putIn({ folder: damaged }), {
				name: "Misuse",
				message: /no whole export/,
			});
			rmSync(damaged, { recursive: true });
			const elsewhere = settings(target);
			await rejects(
				importDatabase(
					{
						...elsewhere,
						environment: {
							...elsewhere.environment,
							PERSISTENT_CHAT_SERVICE_DOMAIN: "example.org",
						},
					},
					{ folder, dryRun: false, keep: false },
					"tester",
					quiet,
				),
				{ name: "Misuse", message: /of the domain example\.com/ },
			);
			equal(await on(target, async (knex) => (await knex("users")).length), 0);
		});

		it("takes only what was posted since a date", async () => {
			const { parts } = await whole({ since: new Date(Date.now() + 60_000) });
			equal(
				parts.some(({ kind }) => kind === "messages"),
				false,
			);
			equal(parts.find(({ kind }) => kind === "rooms")?.records, 4);
		});

		it("is not put in while a node runs", async () => {
			await whole();
			await rejects(
				importDatabase(
					settings(source),
					{ folder, dryRun: false, keep: false },
					"tester",
					quiet,
				),
				{ name: "NotSafe", message: /node-1 runs|service runs/ },
			);
		});
	});
}
