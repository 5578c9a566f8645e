/** The application is killed with a hundred posts on their way, and its SIP server lives on: clients send again, and each is there once. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { makeDatabase } from "../../plugin/store/index.ts";
import { type FreshDatabase, freshSqlite } from "../support/databases.ts";
import { rooms } from "../support/people.ts";
import { type Program, start } from "../support/processes.ts";
import { RawSip } from "../support/raw-sip.ts";
import { Sipe } from "../support/sipe.ts";
import { until } from "../support/until.ts";
import { type SipProcess, startSipProcess } from "./sip-process.ts";

const script = fileURLToPath(
	new URL("../pool/node-process.ts", import.meta.url),
);
const postsEach = 50;

const bodyOfPost = (name: string, index: number) =>
	`<xccos ver="1" envid="${7000 + index}" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="${rooms.lobby}" author="sip:${name}@example.com" ts="2026-11-23T09:00:${String(index).padStart(2, "0")}Z"><chat>${name} ${index}</chat></grpchat></xccos>`;

describe("an application killed with 100 INFOs in flight", () => {
	let sip: SipProcess;
	let database: FreshDatabase;
	const programs: Program[] = [];
	const connections: RawSip[] = [];

	const acknowledged: string[] = [];
	after(async () => {
		for (const connection of connections) connection.close();
		for (const program of programs) await program.stop("SIGKILL");
		await sip?.close();
		await database?.drop();
	});

	async function startApplication(dies = "0"): Promise<Program> {
		const server = { admin: sip.admin, tcp: sip.server("tcp") };
		const program = start(
			process.execPath,
			[
				...["--import", "tsx", script, JSON.stringify(database.description)],
				...[dies, "{}", JSON.stringify(server)],
			],
			{ stdio: ["ignore", "pipe", "inherit"] },
		);
		programs.push(program);
		if (program.child.stdout === null) throw new Error("no output");
		await once(program.child.stdout, "data");
		return program;
	}

	async function comes(name: string): Promise<Sipe> {
		const connection = await RawSip.open(sip.server("tcp"));
		connections.push(connection);
		const client = new Sipe(name, connection);
		await client.register();
		await client.begin();
		await client.join("00000000-0000-4000-8000-000000000001");
		return client;
	}

	/** All at once; the texts of those that are answered 200. */
	function sendsAll(client: Sipe): () => readonly string[] {
		const first = client.nextNumber;
		for (let index = 0; index < postsEach; index += 1) {
			client.request("INFO", bodyOfPost(client.name, index));
		}
		return () =>
			client.sip.waiting.flatMap((message) => {
				const [, number] =
					/^SIP\/2\.0 200[\s\S]*CSeq: (\d+) INFO/i.exec(message) ?? [];
				const index = Number(number) - first;
				return index >= 0 ? [`${client.name} ${index}`] : [];
			});
	}

	async function inDatabase() {
		const knex = makeDatabase(database.description);
		try {
			const owed: readonly { payload: string }[] =
				await knex("outbox").orderBy("position");
			const left = await knex("participants").select("session_id");
			const events = owed.map(({ payload }) => JSON.parse(payload));
			return {
				texts: (await knex("messages").pluck("text")) as string[],
				parted: events
					.filter(({ type }) => type === "parted")
					.map(({ actor }) => actor.uri as string),
				joined: events.filter(({ type }) => type === "joined").length,
				left: left.length,
			};
		} finally {
			await knex.destroy();
		}
	}

	before(async () => {
		sip = await startSipProcess();
		database = await freshSqlite();
		const first = await startApplication("answers:40");
		const clients = [await comes("alice"), await comes("bob")];
		const answered = clients.map(sendsAll);
		await first.ended;
		acknowledged.push(...answered.flatMap((texts) => texts()));
	});

	it("has kept every post that it acknowledged", async () => {
		ok(acknowledged.length > 0 && acknowledged.length < 2 * postsEach);
		const { texts } = await inDatabase();
		deepEqual(
			acknowledged.filter((text) => !texts.includes(text)),
			[],
		);
	});

	describe("and started again", () => {
		let atStart: Awaited<ReturnType<typeof inDatabase>>;
		let clients: readonly Sipe[];
		let carol: Sipe;

		before(async () => {
			await startApplication();
			atStart = await inDatabase();
			clients = [await comes("alice"), await comes("bob")];
			carol = await comes("carol");
		});

		it("parts whom it left behind, once", () => {
			deepEqual(atStart.parted.toSorted(), [
				"sip:alice@example.com",
				"sip:bob@example.com",
			]);
			equal(atStart.left, 0);
		});

		it("keeps none twice when clients begin anew and send all of them again as they were", async () => {
			const answered = clients.map(sendsAll);
			await until(
				() => answered.every((texts) => texts().length === postsEach),
				{ what: "all answers" },
			);
			const { texts, joined, parted, left } = await inDatabase();
			const all = clients.flatMap(({ name }) =>
				Array.from({ length: postsEach }, (_, index) => `${name} ${index}`),
			);
			deepEqual(texts.toSorted(), all.toSorted());
			equal(joined - parted.length, left);
		});

		it("takes the same words written later for another message", async () => {
			await carol.tells(bodyOfPost("carol", 1));
			await carol.tells(bodyOfPost("carol", 1));
			await carol.tells(bodyOfPost("carol", 1).replace("09:00:01", "09:00:02"));
			const { texts } = await inDatabase();
			equal(texts.filter((text) => text === "carol 1").length, 2);
		});
	});
});
