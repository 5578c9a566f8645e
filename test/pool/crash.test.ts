/** kill -9 at the worst moments: nothing acknowledged is missing, nothing is there twice, nobody stays behind as a ghost. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { makeDatabase } from "../../plugin/store/index.ts";
import type { Engine, Transport } from "../support/chat-node.ts";
import {
	type FreshDatabase,
	freshMysql,
	freshSqlite,
} from "../support/databases.ts";
import { rooms, signIn } from "../support/people.ts";
import { type Program, start } from "../support/processes.ts";
import { bodyOf, RawSip } from "../support/raw-sip.ts";
import { Sipe } from "../support/sipe.ts";
import { until } from "../support/until.ts";

const script = fileURLToPath(new URL("node-process.ts", import.meta.url));

interface NodeProcess {
	readonly program: Program;
	server(transport: Transport): string;
}

async function startNode(
	{ description }: FreshDatabase,
	killAfter = 0,
): Promise<NodeProcess> {
	const program = start(
		process.execPath,
		["--import", "tsx", script, JSON.stringify(description), String(killAfter)],
		{ stdio: ["ignore", "pipe", "inherit"] },
	);
	const { stdout } = program.child;
	if (stdout === null) throw new Error("no output");
	const ended = program.ended.then((code) => {
		throw new Error(`the node ended with ${code} before it answered`);
	});
	const [line] = await Promise.race([once(stdout, "data"), ended]);
	const servers = JSON.parse(String(line)) as Record<string, string>;
	return { program, server: (transport) => servers[transport] ?? "" };
}

// Each finds what the one before has left: whoever looks after a kill is killed next.
for (const engine of ["sqlite", "mysql"] satisfies Engine[]) {
	describe(`a node killed with -9 on ${engine}`, () => {
		let database: FreshDatabase;
		let node: NodeProcess;

		before(async () => {
			database = await (engine === "mysql" ? freshMysql() : freshSqlite());
			node = await startNode(database, 3);
		});
		after(async () => {
			await node?.program.stop("SIGKILL");
			await database?.drop();
		});

		async function kill(): Promise<void> {
			await node.program.stop("SIGKILL");
		}

		async function startAgain(): Promise<void> {
			await node.program.ended;
			node = await startNode(database);
		}

		it("between the commit of a post and its fan-out: the post is there, once", async () => {
			const carol = await signIn(node, "carol");
			await carol.chat.join(rooms.lobby);
			await carol.chat.post(rooms.lobby, "one");
			await carol.chat.post(rooms.lobby, "two");
			const third = await carol.chat.post(rooms.lobby, "three").then(
				() => "kept",
				() => "unknown",
			);
			equal(third, "unknown");
			await startAgain();
			await carol.chat.close();

			const bob = await signIn(node, "bob");
			await bob.chat.join(rooms.lobby);
			deepEqual(
				(await bob.chat.history(rooms.lobby, 10)).map(({ text }) => text),
				["one", "two", "three"],
			);
			deepEqual(
				[...(bob.chat.joined.get(rooms.lobby)?.people.values() ?? [])].map(
					({ name }) => name,
				),
				["Bob"],
			);
			await bob.chat.close();
			await owed(3);
		});

		it("between a 200 and the next post, under load: everything acknowledged is there", async () => {
			const people = await Promise.all(
				["carol", "dave"].map((name) => signIn(node, name)),
			);
			for (const { chat } of people) await chat.join(rooms.lobby);
			const acknowledged: string[] = [];
			const posting = Promise.allSettled(
				people.flatMap(({ chat }, who) =>
					Array.from({ length: 200 }, (_, i) =>
						chat.post(rooms.lobby, `${who}-${i}`).then(() => {
							acknowledged.push(`${who}-${i}`);
						}),
					),
				),
			);
			await until(() => acknowledged.length >= 40, { what: "forty posts" });
			await kill();
			await posting;
			await Promise.all(people.map(({ chat }) => chat.close()));
			ok(acknowledged.length < 400, "it was killed too late");

			await startAgain();
			const bob = await signIn(node, "bob");
			await bob.chat.join(rooms.lobby);
			const kept = await bob.chat.history(rooms.lobby, 500);
			const texts = kept.map(({ text }) => text);
			deepEqual(
				acknowledged.filter((text) => !texts.includes(text)),
				[],
			);
			equal(new Set(texts).size, texts.length);
			deepEqual(
				kept.map(({ sequence }) => sequence),
				kept.map((_, index) => index + 1),
			);
			await bob.chat.close();
			await owed(texts.length);
		});

		it("a client that believes to be in its rooms still is: pidgin-sipe hears what was posted before it came back", async () => {
			const alice = new Sipe("alice", await RawSip.open(node.server("tcp")));
			const before = await signIn(node, "bob");
			await alice.register();
			await alice.begin();
			await alice.getsInvitations();
			await alice.join("00000000-0000-4000-8000-000000000001");
			await before.chat.join(rooms.lobby);
			await alice.hears();
			await before.chat.post(rooms.lobby, "before");
			match(bodyOf(await alice.hears()), /<chat>before</);
			await kill();
			await before.chat.close();
			alice.sip.close();

			await startAgain();
			const bob = await signIn(node, "bob");
			await bob.chat.join(rooms.lobby);
			await bob.chat.post(rooms.lobby, "meanwhile");
			const again = new Sipe("alice", await RawSip.open(node.server("tcp")));
			await again.register();
			await again.begin();
			await again.getsInvitations();
			match(bodyOf(await again.hears()), /<chat>meanwhile</);
			await until(() => bob.comings.includes("+Alice"), { what: "+Alice" });
			await bob.chat.post(rooms.lobby, "after");
			match(bodyOf(await again.hears()), /<chat>after</);
			await again.bye();
			again.sip.close();
			await bob.chat.close();
			await owed();
		});

		it("under its participants: their PART is at its last sign of life, not when they are found", async () => {
			const knex = makeDatabase(database.description);
			const aliveAt = async (): Promise<number> =>
				(await knex("nodes").first("alive_at"))?.alive_at ?? 0;
			try {
				const { position } = await knex("outbox")
					.orderBy("position", "desc")
					.first("position");
				const alice = await signIn(node, "alice");
				await alice.chat.join(rooms.lobby);
				await alice.chat.post(rooms.lobby, "last words");
				const message = await knex("messages")
					.where({ text: "last words" })
					.first("posted_at");
				await until(async () => (await aliveAt()) > message.posted_at, {
					what: "a sign of life after the post",
				});
				await kill();
				await alice.chat.close();
				const diedAt = await aliveAt();
				await startAgain();
				const events = await knex("outbox")
					.where("position", ">", position)
					.orderBy("position");
				const [joined, , parted, ...others] = events.map(({ payload }) =>
					JSON.parse(payload),
				);
				deepEqual(others, []);
				deepEqual(parted, {
					...{ id: parted.id, type: "parted", lost: true },
					at: new Date(diedAt).toISOString(),
					...{ actor: joined.actor, room: joined.room },
				});
				ok(joined.actor.callId.length > 0);
				await until(async () => (await aliveAt()) > diedAt, {
					what: "a sign of life of the next run",
				});
			} finally {
				await knex.destroy();
			}
		});

		/** Every message is owed to compliance, and every JOIN has its PART, but for whoever is there now. */
		async function owed(messages?: number): Promise<void> {
			const knex = makeDatabase(database.description);
			try {
				const events: { type: string }[] = await knex("outbox").select("type");
				const count = (type: string) =>
					events.filter((event) => event.type === type).length;
				const left = await knex("participants").select("session_id");
				const kept = await knex("messages").select("sequence");
				equal(count("posted"), messages ?? kept.length);
				equal(count("joined") - count("parted"), left.length);
			} finally {
				await knex.destroy();
			}
		}
	});
}
