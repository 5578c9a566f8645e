/** What the operator asks of compliance, over the real socket, of a service that runs. */
import {
	deepEqual,
	doesNotMatch,
	equal,
	match,
	ok,
	rejects,
} from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Undeliverable } from "../../plugin/compliance/adapter.ts";
import type { Engine } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import {
	type TakingAdapter,
	takingAdapter,
} from "../support/taking-adapter.ts";
import { until } from "../support/until.ts";
import { type Operator, startOperator } from "./door.ts";

const lobby = rooms.lobby;
const today = () => new Date().toISOString().slice(0, 10);

for (const engine of ["sqlite", "mysql"] as Engine[]) {
	describe(`The command compliance on ${engine}`, () => {
		let operator: Operator;
		let directory: string;
		let taking: TakingAdapter;
		let alice: Person;

		beforeEach(async () => {
			directory = mkdtempSync(join(tmpdir(), "persistent-chat-command-"));
			taking = takingAdapter();
			operator = await startOperator({
				engine,
				compliance: {
					adapters: [
						{ use: taking.factory, name: "taking", runIntervalMs: 50 },
						{
							use: takingAdapter().factory,
							name: "announced",
							runIntervalMs: 50,
							only: { rooms: ["Announcements"] },
						},
					],
					files: join(directory, "files"),
					signingKey: join(directory, "key.pem"),
					checkpointEveryMs: 1_000,
				},
			});
			await until(
				async () =>
					(await operator.node.chat.compliance?.metrics())?.archive !==
					undefined,
				{ what: "the archive" },
			);
			alice = await signIn(operator.node, "alice");
			await alice.chat.join(lobby);
		});
		afterEach(async () => {
			await alice.chat.close();
			await operator.close();
			rmSync(directory, { recursive: true });
		});

		const type = (...words: string[]) => operator.type("compliance", ...words);
		const json = (...words: string[]) =>
			operator.json("compliance", ...words) as Promise<never>;
		const posts = () =>
			taking.taken.flatMap((event) =>
				event.type === "posted" ? [event.message.text] : [],
			);
		async function post(...texts: string[]): Promise<void> {
			for (const text of texts) await alice.chat.post(lobby, text);
		}
		async function delivered(count: number): Promise<void> {
			await until(() => posts().length >= count, { what: `${count} posts` });
			await until(
				async () =>
					(await operator.ask("compliance/status", {})).adapters.every(
						({ backlog }) => backlog.events === 0,
					),
				{ what: "no backlog" },
			);
		}

		it("shows who does what, and how far it is", async () => {
			await post("one", "two");
			await delivered(2);
			await until(
				async () =>
					(await operator.ask("compliance/status", {})).checkpoint !== null,
				{ what: "a checkpoint" },
			);
			const status = await operator.ask("compliance/status", {});
			equal(status.relay.here, true);
			equal(status.archive?.position, 3);
			deepEqual(
				status.adapters.map(({ name, delivered }) => [name, delivered]),
				[
					["announced", 0],
					["taking", 3],
				],
			);
			const node = status.relay.node;
			match(
				await type("status"),
				new RegExp(
					`^relayed by +${node}\n[^]*newest checkpoint +\\d+ of \\d{4}-[^]*\nADAPTER +NODE [^]*\ntaking +${node} +0 +3 +\\d{4}-\\d\\d-\\d\\dT[^ ]+Z +0 +0$`,
				),
			);
		});

		it("counts what was archived but not whole, and lists it without its text", async () => {
			await post("one");
			await delivered(1);
			const { database } = operator.node;
			await database("outbox").insert({
				id: "corrupt",
				room_id: "",
				type: "posted",
				at: Date.now(),
				payload: "SECRET {",
			});
			const status = await until(
				async () => {
					const text = await type("status");
					return text.includes("not whole, set aside") && text;
				},
				{ what: "the event set aside" },
			);
			match(status, /not whole, set aside +1\n/);
			const list = await type("parked", "list", "--adapter", "@archive");
			match(
				list,
				/corrupt +unreadable .* is no event that can be archived: it was altered/,
			);
			doesNotMatch(status + list + operator.node.logged.join(), /SECRET/);
			await type("parked", "drop", "--adapter", "@archive", "--all", "--yes");
			doesNotMatch(await type("status"), /not whole/);
		});

		it("shows why an adapter fails, and when it is tried again", async () => {
			taking.before = () => {
				throw new Error("no room on the disk");
			};
			await post("one");
			const text = await until(
				async () => {
					const text = await type("status");
					return text.includes("no room on the disk") && text;
				},
				{ what: "the failure" },
			);
			match(text, /\ntaking +\S+ +\d since \d{4}-/);
			match(text, /taking fails +\d+ times in a row\nat +\d{4}-/);
			match(text, /because +no room on the disk\ntried again +\d{4}-[^\n]+Z$/);
			const metrics = await operator.node.chat.compliance?.metrics();
			const adapter = metrics?.adapters.find(({ name }) => name === "taking");
			ok((adapter?.failures ?? 0) > 0);
			ok((adapter?.backlog.events ?? 0) > 0);
			ok(adapter?.backlog.oldestAt instanceof Date);
			equal(metrics?.owed.events, 0);
		});

		it("names the event at which an adapter stands, and sets it aside when it is told to", async () => {
			let bad = true;
			taking.before = (batch) => {
				const texts = batch.map((event) =>
					event.type === "posted" ? event.message.text : "",
				);
				if (bad && texts.includes("bad")) throw new Error("it trips");
			};
			// As after many failures: the waiting between them is left out.
			const failedOften = () =>
				operator.node
					.database("archive_adapters")
					.where({ name: "taking" })
					.update({ attempt: 9 });
			await post("one", "bad", "two");
			await until(
				async () => {
					if (taking.deliveries.length > 0) await failedOften();
					return posts().includes("one");
				},
				{ what: "what is before it", withinMs: 20_000 },
			);
			const id = await until(
				async () => {
					await failedOften();
					const status = await type("status");
					return /it stands at +(\S+) \(posted, /.exec(status)?.[1];
				},
				{ what: "the event" },
			);
			const adapter = ["--adapter", "taking"];
			match(
				await type("status"),
				new RegExp(`parked set-aside --adapter taking ${id}`),
			);
			match(
				await type("parked", "set-aside", ...adapter, id),
				/^One event set aside/,
			);
			await until(() => posts().includes("two"), {
				what: "what is behind it",
				withinMs: 20_000,
			});
			deepEqual(posts(), ["one", "two"]);
			match(
				await type("parked", "list", ...adapter),
				/By the operator, when it failed: it trips/,
			);
			await rejects(type("parked", "set-aside", ...adapter, id), {
				message: /None of these events is still before taking/,
			});
			bad = false;
			await type("parked", "retry", ...adapter, id);
			await until(() => posts().includes("bad"), { what: "the event" });
		});

		it("gives once more what happened in a range, and says when there is nothing", async () => {
			await post("one", "two");
			await delivered(2);
			const range = ["--from", today(), "--to", "2999-01-01"];
			const asked = ["--adapter", "taking", ...range];
			equal(
				await type("replay", ...asked, "--dry-run"),
				"3 events in the range, of which taking would have once more what is meant for it.\nNothing has been changed.",
			);
			deepEqual(posts(), ["one", "two"]);
			equal(
				await type("replay", "--adapter", "taking", ...range),
				"3 events delivered once more to taking.",
			);
			deepEqual(posts(), ["one", "two", "one", "two"]);
			match(
				await type("replay", "--adapter", "taking", ...range, "--background"),
				/^Replay [0-9a-f-]{36} has begun\.$/,
			);
			const refused = async (message: RegExp, ...words: string[]) => {
				await rejects(type("replay", ...words), { message });
				await rejects(type("replay", ...words, "--dry-run"), { message });
			};
			await refused(
				/Nothing that taking has had happened from 2001-01-01T00:00:00\.000Z/,
				...[
					"--adapter",
					"taking",
					"--from",
					"2001-01-01",
					"--to",
					"2001-01-02",
				],
			);
			await refused(
				/ends before it begins/,
				...[
					"--adapter",
					"taking",
					"--from",
					"2001-01-02",
					"--to",
					"2001-01-01",
				],
			);
			await refused(/no adapter "xml": it is/, "--adapter", "xml", ...range);
			await refused(/--adapter NAME is missing/, ...range);
			const { database } = operator.node;
			const kept = await database("archive_events");
			await database("archive_events").delete();
			await database("archive_head").update({ pruned: 1 });
			await refused(
				/all that was in the archive is deleted, being old/,
				...["--adapter", "taking", ...range],
			);
			await database("archive_head").update({ pruned: 0 });
			await database("archive_events").insert(kept);
			await refused(
				/--from is a date like/,
				...["--adapter", "taking", "--from", "2026-02-30"],
			);
			await refused(
				/--from is a date like/,
				...["--adapter", "taking", "--from", "yesterday", "--to", "2999-01-01"],
			);
		});

		it("ends a replay before its end, and says how far it came", async () => {
			await post("one", "two", "three");
			await delivered(3);
			taking.before = (_, { replay }) => {
				if (replay) throw new Error("not now");
			};
			const to = new Date(Date.now() + 60_000).toISOString();
			const range = ["--from", "2020-01-01", "--to", to];
			const begun = await type(
				...["replay", "--adapter", "taking", ...range, "--background"],
			);
			const [id = ""] = /[0-9a-f-]{36}/.exec(begun) ?? [];
			match(await type("status"), new RegExp(`${id} .* 0 of 4 `));
			const stopped = await type("replays", "stop", id);
			match(stopped, /^0 events delivered .*\nStopped by .*past 0 of the 4 /);
			doesNotMatch(await type("status"), new RegExp(id));
			// Whoever follows it hears the same; to stop it again changes nothing.
			equal(await type("replays", "follow", id), stopped);
			equal(await type("replays", "stop", id), stopped);
			await rejects(type("replays", "stop", randomUUID()), {
				message: /There is no such replay/,
			});
		});

		it("names what an adapter's filter names and there is none of", async () => {
			const other = await startOperator({
				engine,
				compliance: {
					adapters: [
						{
							use: takingAdapter().factory,
							name: "picky",
							only: { rooms: ["lobby", "Lobbby"], categories: ["Nowhere"] },
						},
					],
					files: join(directory, "other-files"),
					signingKey: join(directory, "other.pem"),
				},
			});
			try {
				const text = await until(
					async () => {
						const told = await other.type("compliance", "status");
						return /not to be had/.test(told) ? undefined : told;
					},
					{ what: "the archive" },
				);
				match(
					text,
					/picky: there is no category "Nowhere".*\npicky: there is no room "Lobbby"/,
				);
				doesNotMatch(text, /"lobby"/);
				const told = other.node.logged.filter((line) =>
					/names what there is none of/.test(line),
				);
				equal(told.length, 1);
				doesNotMatch(told.join(), /Lobbby|Nowhere/);
			} finally {
				await other.close();
			}
		});

		it("lists what is set aside without its text, tries it again, and gives it up", async () => {
			let poison = true;
			taking.before = (batch) => {
				const bad = batch.filter(
					(event) =>
						event.type === "posted" && event.message.text.startsWith("poison"),
				);
				if (poison && bad.length > 0) {
					throw new Undeliverable(
						"too long",
						bad.map(({ id }) => id),
					);
				}
			};
			await post("a", "poison 1", "poison 2", "poison 3", "b");
			await delivered(2);
			const adapter = ["--adapter", "taking"];
			const listed = await type("parked", "list", ...adapter);
			match(
				listed,
				/^POSITION .*\n3 +[0-9a-f-]{36} +posted +Lobby +\d{4}.*too long/,
			);
			equal(listed.includes("poison"), false);
			const [first, second] = (await json("parked", "list", ...adapter)) as {
				event: string;
			}[];
			poison = false;
			equal(
				await type("parked", "retry", ...adapter, first?.event ?? ""),
				"One event tried again.",
			);
			await until(() => posts().includes("poison 1"), { what: "the first" });
			equal(
				await type("parked", "drop", ...adapter, "--yes", second?.event ?? ""),
				"One event given up.",
			);
			const rows = await operator.node.database("archive_parked");
			deepEqual(
				rows.map(({ state, by }) => [state, by]),
				[
					["dropped", "Operator (tester)"],
					["parked", null],
				],
			);
			equal(
				await type("parked", "retry", ...adapter, "--all"),
				"One event tried again.",
			);
			await until(() => posts().includes("poison 3"), { what: "the third" });
			equal(await type("parked", "list", ...adapter), "Nothing is set aside.");
			await rejects(type("parked", "retry", ...adapter, "x"), {
				message: /None of these events is set aside/,
			});
			await rejects(
				type("parked", "retry", ...adapter),
				/by their ids, or --all/,
			);
		});

		it("counts what was posted, archived and delivered, also what was deleted since", async () => {
			await post("one", "two", "three");
			await delivered(3);
			await operator.type(
				...["message", "delete", "--room", "Lobby", "--number", "2,3", "--yes"],
			);
			match(
				await type("reconcile"),
				new RegExp(
					`^DAY +ROOM +POSTED +ARCHIVED +UNDER WAY +MISSING +TAKING +ANNOUNCED\n${today()} +Lobby +3 +3 +0 +0 +3 +0 \\(3 not for it\\)\nall +all rooms +3 +3 +0 +0 [^]*Nothing is missing\\.$`,
				),
			);
			const { totals } = (await json("reconcile", "--to", today())) as {
				totals: { posted: number };
			};
			equal(totals.posted, 0);
		});

		it("does not take what is lost from the chat too for older than the archive", async () => {
			await post("one", "two", "three", "four");
			await delivered(4);
			const { database } = operator.node;
			for (const table of ["archive_events", "messages"]) {
				await database(table).whereIn("sequence", [1, 3]).delete();
			}
			const text = await type("reconcile");
			match(text, /\n- +Lobby +1 +gone from the chat, not archived: lost, or/);
			match(text, new RegExp(`\n${today()} +Lobby +3 +not archived\n?`));
			await database("messages").delete();
			await database("rooms").where({ name: "Lobby" }).delete();
			const removed = await type("reconcile");
			match(removed, /1 rooms are removed from the chat/);
			match(removed, /Lobby \(removed\) +3 +2 +0 +1 /);
		});

		it("names what is missing, archived twice, set aside, or never posted here", async () => {
			await post("one", "two", "three", "four", "five");
			await delivered(5);
			await operator.type(
				...["message", "delete", "--room", "Lobby", "--number", "3", "--yes"],
			);
			const events = () => operator.node.database("archive_events");
			await events().whereIn("sequence", [2, 3]).delete();
			const five = await events().where({ sequence: 5 }).first();
			await events().insert({
				...five,
				position: 1_000,
				number: 1_000,
				event_id: "again",
			});
			await events().insert({
				...five,
				position: 1_001,
				number: 1_001,
				sequence: 9,
				event_id: "ahead",
			});
			const text = await type("reconcile");
			match(text, new RegExp(`${today()} +Lobby +5 +3 +0 +2 `));
			match(text, new RegExp(`\n${today()} +Lobby +2–3 +not archived\n`));
			match(text, new RegExp(`\n${today()} +Lobby +5 +archived twice\n`));
			match(text, /\n- +Lobby +6–9 +this chat database never had them/);
		});
	});
}

describe("The command compliance", () => {
	it("says so where compliance is off", async () => {
		const operator = await startOperator({ compliance: "off" });
		try {
			const message = /Compliance is off/;
			await rejects(operator.type("compliance", "status"), { message });
			equal(operator.node.chat.compliance, undefined);
		} finally {
			await operator.close();
		}
	});

	it("shows what is owed where other nodes have the archive", async () => {
		const operator = await startOperator({ compliance: "elsewhere" });
		try {
			match(
				await operator.type("compliance", "status"),
				/owed in the chat database +0\narchive +.*other nodes have the adapters/,
			);
			const metrics = await operator.node.chat.compliance?.metrics();
			equal(metrics?.owed.events, 0);
		} finally {
			await operator.close();
		}
	});
});
