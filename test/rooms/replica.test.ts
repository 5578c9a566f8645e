/** A read-only replica that lags, is killed or hangs: what is read back is what the primary has, whoever answers. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { pino } from "pino";
import type { Principal, RoomId } from "../../plugin/rooms/types.ts";
import { makeReplicas } from "../../plugin/store/index.ts";
import { createWeb } from "../../web/index.ts";
import { webSchema } from "../../web/options.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type FreshDatabase, freshMysql } from "../support/databases.ts";
import { operator } from "../support/domain.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { start } from "../support/processes.ts";
import { type Replicated, startReplicated } from "../support/replicated.ts";
import { until } from "../support/until.ts";

const lobby = rooms.lobby.slice(-36) as RoomId;

describe("a read-only replica (mysql)", () => {
	let pair: Replicated;
	let database: FreshDatabase;
	let replicaUrl: string;
	let replicas: ReturnType<typeof makeReplicas>;
	let node: ChatNode;
	let alice: Person;

	before(async () => {
		pair = await startReplicated();
		database = await freshMysql(pair.primary.url);
		if (database.description.client !== "mysql") throw new Error("not MySQL");
		const { pathname } = new URL(database.description.url);
		replicaUrl = `${pair.readerUrl}${pathname}`;
		replicas = makeReplicas({ url: replicaUrl });
	});
	after(async () => {
		await Promise.all(replicas.map((each) => each.database.destroy()));
		await pair?.stop();
	});
	beforeEach(async () => {
		node = await startChatNode({ existing: database, replicas });
		alice = await signIn(node, "alice");
		await alice.chat.join(rooms.lobby);
		await used();
	});
	afterEach(async () => {
		await alice.chat.close();
		await node.close();
		await pair.catchUp();
	});

	const state = () => {
		const { states, answeredByPrimary } = node.chat.condition.replicas();
		const { standing, answered } = states[0] ?? {};
		return { standing, answered, answeredByPrimary };
	};
	const used = () =>
		until(() => state().standing === "used", { what: "a replica in use" });
	/** What the replica has, too. */
	async function said(...texts: readonly string[]): Promise<void> {
		for (const text of texts) await alice.chat.post(rooms.lobby, text);
		await pair.catchUp();
		await used();
	}

	/** The texts that begin so, by each way to read them back. */
	const ways = {
		async history(begin: string) {
			const messages = await alice.chat.history(rooms.lobby, 100);
			return messages
				.map(({ text }) => text)
				.filter((text) => text.startsWith(begin));
		},
		async search(words: string) {
			const { messages } = await alice.chat.search({
				words,
				rooms: [rooms.lobby],
			});
			return messages.map(({ text }) => text);
		},
	};

	for (const [way, ask] of Object.entries(ways)) {
		it(`answers for ${way}`, async () => {
			const begin = `answers${way}`;
			await said(`${begin} one`, `${begin} two`);
			deepEqual(await ask(begin), [`${begin} one`, `${begin} two`]);
			equal(state().answered, 1);
			equal(state().answeredByPrimary, 0);
		});

		it(`that lags keeps no post out of ${way} that its author was told is kept`, async () => {
			const begin = `lags${way}`;
			await said(`${begin} one`);
			await pair.lag();
			await alice.chat.post(rooms.lobby, `${begin} two`);
			deepEqual(await ask(begin), [`${begin} one`, `${begin} two`]);
			deepEqual(state(), {
				standing: "behind",
				answered: 0,
				answeredByPrimary: 1,
			});
		});

		it(`that lags gives nothing in ${way} that was deleted`, async () => {
			const begin = `deleted${way}`;
			await said(`${begin} one`, `${begin} two`);
			await pair.lag();
			const { rooms: domain } = node.chat;
			const [one] = await domain.history(operator, lobby, 2);
			const sequences = [one?.sequence ?? 0];
			await domain.deleteMessages(operator, { room: lobby, sequences });
			deepEqual(await ask(begin), [`${begin} two`]);
			equal(state().standing, "behind");
		});

		it(`that lags gives nothing in ${way} as it was before it was replaced`, async () => {
			const begin = `replaced${way}`;
			await said(`${begin} one`, `${begin} two`);
			await pair.lag();
			const { rooms: domain } = node.chat;
			const [, two] = await domain.history(operator, lobby, 2);
			const selection = { room: lobby, sequences: [two?.sequence ?? 0] };
			await domain.replaceMessages(operator, selection, "better not");
			deepEqual(await ask(begin), [`${begin} one`]);
			equal(state().standing, "behind");
		});
	}

	it("that has lagged is asked again when it has what was missing; each is logged once", async () => {
		await said("again one");
		await pair.lag();
		await alice.chat.post(rooms.lobby, "again two");
		for (let i = 0; i < 5; i += 1) await ways.history("again");
		equal(state().standing, "behind");
		await pair.catchUp();
		await used();
		deepEqual(await ways.history("again"), ["again one", "again two"]);
		equal(state().answered, 1);
		equal(state().answeredByPrimary, 5);
		const lines = node.logged
			.map((line) => JSON.parse(line))
			.filter((line) => "replica" in line);
		deepEqual(
			lines.map(({ level, why }) => [level, why]),
			[
				[30, undefined],
				[40, "behind"],
				[30, undefined],
			],
		);
	});

	it("that is slow gives nobody what was asked for by who knew less of the room", async () => {
		await said("slow one");
		await pair.lag();
		const { rooms: domain } = node.chat;
		const ask = () => domain.history(operator, lobby, 100);
		const letGo = await pair.hold("rooms", database);
		const asked = [ask(), ask()];
		// Both have asked, and wait for the replica.
		await alice.chat.post(rooms.lobby, "slow two");
		asked.push(ask());
		await node.store.rooms.find(lobby);
		await letGo();
		const answers = await Promise.all(asked);
		equal(answers.at(-1)?.at(-1)?.text, "slow two");
	});

	it("decides no rights: who has lost his at the primary reads no more", async () => {
		await said("rights one");
		await pair.lag();
		const { rooms: domain } = node.chat;
		const { category } = (await domain.room(operator, lobby)).room;
		const denied = ["sip:alice@example.com" as Principal];
		await domain.changeCategory(operator, category.id, { denied });
		await rejects(alice.chat.history(rooms.lobby, 5));
		await domain.changeCategory(operator, category.id, { denied: [] });
		deepEqual(await ways.history("rights"), ["rights one"]);
		equal(state().standing, "used");
	});

	it("that hangs keeps nobody waiting for long", async () => {
		await said("hangs one");
		process.kill(pair.replica.processId, "SIGSTOP");
		try {
			deepEqual(await ways.history("hangs"), ["hangs one"]);
			equal(state().standing, "away");
		} finally {
			process.kill(pair.replica.processId, "SIGCONT");
		}
		await used();
	});

	it("is the one that the settings of npm start name", async () => {
		if (database.description.client !== "mysql") throw new Error("not MySQL");
		const program = start(process.execPath, ["--import", "tsx", "app.ts"], {
			stdio: ["ignore", "ignore", "pipe"],
			env: {
				...process.env,
				PERSISTENT_CHAT_EDGE_SIP_PORT: "0",
				PERSISTENT_CHAT_EDGE_WS_PORT: "0",
				PERSISTENT_CHAT_EDGE_CONTROL_PORT: "0",
				PERSISTENT_CHAT_WEB_ENABLED: "false",
				PERSISTENT_CHAT_OPERATOR_SOCKET: "none",
				PERSISTENT_CHAT_SERVICE_NODE: "started",
				PERSISTENT_CHAT_COMPLIANCE: "off",
				PERSISTENT_CHAT_LOG_LEVEL: "info",
				PERSISTENT_CHAT_DATABASE_CLIENT: "mysql",
				PERSISTENT_CHAT_DATABASE_URL: database.description.url,
				PERSISTENT_CHAT_DATABASE_REPLICA_URL: replicaUrl,
			},
		});
		try {
			let errors = "";
			program.child.stderr?.on("data", (chunk) => {
				errors += chunk;
			});
			await until(() => errors.includes("a replica answers for history"), {
				what: "its use",
				withinMs: 40_000,
			});
		} finally {
			await program.stop("SIGTERM");
		}
	});

	it("that is killed is told of, and asked again when it is back", async () => {
		await said("killed one");
		const web = await createWeb({
			chat: node.chat,
			settings: webSchema.parse({ port: 0 }),
			domain: "example.com",
			log: pino({ level: "silent" }),
		});
		const read = async (path: string) =>
			(await fetch(`${web.address}${path}`)).text();
		try {
			equal((await read("/health/ready")).includes("replicas"), false);
			await pair.replica.kill();
			deepEqual(await ways.history("killed"), ["killed one"]);
			equal(state().standing, "away");
			match(
				await read("/health/ready"),
				/"database":\{"ok":true,"why":"1 of 1 replicas are away or behind/,
			);
			const metrics = await read("/metrics");
			match(metrics, /^persistent_chat_replica_used\{server=".*"\} 0$/m);
			match(
				metrics,
				/^persistent_chat_replica_reads_total\{by="primary"\} 1$/m,
			);
			await pair.replica.startAgain();
			await used();
			match(
				await read("/metrics"),
				/^persistent_chat_replica_used\{server=".*"\} 1$/m,
			);
		} finally {
			await web.close();
		}
	});
});
