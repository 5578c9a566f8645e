/** Every command that may take something from people says who loses what: before, with --dry-run, and after. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { commands } from "../../cli/commands/index.ts";
import { dryRun } from "../../cli/commands/losses.ts";
import { operations } from "../../cli/operations/index.ts";
import type { UserUri } from "../../plugin/rooms/types.ts";
import { type Operator, startOperator } from "./door.ts";

interface LossesJson {
	readonly losses: readonly {
		readonly room: { readonly name: string };
		readonly principal: string;
		readonly name: string;
		readonly was: readonly string[];
	}[];
	readonly more: number;
}

describe("what people lose by the operator's command", () => {
	let operator: Operator;
	beforeEach(async () => {
		operator = await startOperator();
		await operator.type("group", "add", "Traders", "--member", "alice,bob");
		await operator.type(
			...["category", "add", "Trading", "--allow", "group:Traders"],
		);
		await operator.type(
			...["room", "add", "Floor", "--category", "Trading"],
			...["--member", "group:Traders", "--manager", "alice"],
		);
	});
	afterEach(() => operator.close());

	const inWords = ({ losses }: LossesJson) =>
		losses.map(({ room, name, was }) => `${room.name}: ${name} ${was}`).sort();

	/** The dry run, of which nothing is felt; then the change. */
	async function isForetold(
		words: readonly string[],
		expected: readonly string[],
	): Promise<void> {
		const { node } = operator;
		const changed = () => node.database("outbox").count();
		const before = await changed();
		const text = await operator.type(...words, "--dry-run");
		match(text, /\nNothing has been changed\.$/);
		const foretold = await operator.json(...words, "--dry-run");
		deepEqual(await changed(), before, "a dry run changes nothing");
		const command = commands.find(
			({ words: [noun, verb] }) => noun === words[0] && verb === words[1],
		);
		const yes = "yes" in (command?.flags ?? {}) ? ["--yes"] : [];
		const made = (await operator.json(...words, ...yes)) as {
			readonly lost: LossesJson;
		};
		deepEqual(foretold, made.lost);
		deepEqual(inWords(made.lost), [...expected].sort());
	}

	const floor = ["Floor: Alice member,manager", "Floor: Bob member"];

	it("is not looked for any more when nobody is there to be told", async () => {
		const { node } = operator;
		const gone = new AbortController();
		const actor = {
			uri: "sip:operator@localhost" as UserUri,
			displayName: "Operator",
			guid: "",
			administrator: true,
		};
		const work = {
			rooms: node.chat.rooms,
			compliance: undefined,
			pool: node.chat.pool,
			configuration: {},
			actor,
			domain: "example.com",
			gone: gone.signal,
		};
		const ask = operations["category/set/preview"];
		const given = { category: "Trading", denied: { set: ["group:Traders"] } };
		equal((await ask.run(work, given, () => {})).losses.length, 2);
		gone.abort();
		await rejects(
			ask.run(work, given, () => {}),
			{ name: "AbortError" },
		);
	});

	it("is foretold and told of a room that is closed, disabled, and loses its people", async () => {
		await operator.type("room", "set", "Floor", "--privacy", "open");
		await operator.type("room", "set", "Floor", "--member", "alice");
		await isForetold(
			["room", "set", "Floor", "--privacy", "secret"],
			["Floor: Bob visitor"],
		);
		await isForetold(
			["room", "set", "Floor", "--remove-manager", "alice"],
			["Floor: Alice manager"],
		);
		await isForetold(
			["room", "set", "Floor", "--disable"],
			["Floor: Alice member"],
		);
	});

	it("is foretold and told of a room that is removed, and then of its category", async () => {
		await isForetold(["room", "remove", "Floor"], floor);
		await isForetold(["category", "remove", "Trading"], []);
	});

	it("is foretold and told of a group that loses somebody, and is removed", async () => {
		await isForetold(
			["group", "set", "Traders", "--remove-member", "alice"],
			["Floor: Alice member,manager"],
		);
		await isForetold(["group", "remove", "Traders"], ["Floor: Bob member"]);
	});

	it("is foretold and told of who is turned off, and of a user who is removed", async () => {
		const bobs = [
			"Announcements: Bob presenter",
			"Floor: Bob member",
			"Lobby: Bob visitor",
			"Operations: Bob member,manager",
		];
		await isForetold(["policy", "set", "bob", "off"], bobs);
		await operator.type("policy", "set", "everybody", "off");
		await operator.type("policy", "set", "bob", "on");
		await isForetold(["policy", "unset", "bob"], bobs);
		await operator.type("policy", "set", "everybody", "on");
		await isForetold(
			["user", "set", "alice", "--disable"],
			[
				"Announcements: Alice visitor",
				"Floor: Alice member,manager",
				"Lobby: Alice visitor",
				"Operations: Alice member",
			],
		);
		await isForetold(
			["user", "remove", "carol"],
			[
				"Announcements: Carol visitor",
				"Board: Carol member",
				"Lobby: Carol visitor",
			],
		);
	});
	it("is foretold and told of administrators", async () => {
		await operator.type("administrator", "add", "carol");
		await operator.type(...["room", "set", "Floor", "--privacy", "open"]);
		await isForetold(
			["administrator", "remove", "carol"],
			["Floor: Carol visitor"],
		);
	});

	it("is said in few words when it is nothing", async () => {
		equal(
			await operator
				.type("user", "remove", "dave", "--dry-run")
				.then((text) => text.split("\n").at(-1)),
			"Nothing has been changed.",
		);
		match(
			await operator.type("room", "set", "Floor", "--description", "Here"),
			/\nNobody lost anything\.$/,
		);
		equal(
			await operator.type(
				"room",
				"set",
				"Floor",
				"--description",
				"There",
				"--dry-run",
			),
			"Nobody would lose anything.\nNothing has been changed.",
		);
	});

	it("is told of twenty, and of the others that they are, by a change", async () => {
		for (let n = 10; n < 35; n += 1) {
			await operator.type("user", "add", `crowd${n}`, "--no-password");
		}
		await operator.type(
			...["category", "set", "Trading", "--add-allow", "domain:example.com"],
		);
		await operator.type("room", "set", "Floor", "--privacy", "open");
		const closing = ["room", "set", "Floor", "--privacy", "closed"];
		const foretold = await operator.type(...closing, "--dry-run");
		// 25, and those of the demo who are no traders.
		equal(foretold.split("\n").length, 1 + 27 + 1);
		const told = await operator.type(...closing);
		equal(
			told.split("\n").filter((line) => line.startsWith("Floor ")).length,
			20,
		);
		match(told, /\n… and 7 more\.$/);
	});

	it("is refused in a dry run as the change is", async () => {
		await rejects(operator.type("category", "remove", "Trading", "--dry-run"), {
			reason: "in-use",
		});
		await rejects(
			operator.type("room", "set", "Floor", "--name", "Lobby", "--dry-run"),
			{ reason: "name-taken" },
		);
	});

	it("is asked for by --dry-run of every command that changes something that is there", async () => {
		const previewed = Object.keys(operations)
			.filter((name) => name.endsWith("/preview"))
			.map((name) => name.replace("/preview", "").replace("/", " "));
		const flagged = commands
			.filter(
				({ flags = {} }) => flags["dry-run"]?.text === dryRun["dry-run"].text,
			)
			.map(({ words }) => words.join(" "));
		deepEqual(flagged.sort(), previewed.sort());
		for (const words of flagged) {
			match(
				await operator.type(...words.split(" "), "--help"),
				/--dry-run +only show who would lose what/,
			);
		}
		deepEqual(
			commands
				.filter(({ words: [, verb = ""] }) => /^(set|unset|remove)$/.test(verb))
				.filter(({ flags = {} }) => !("dry-run" in flags))
				.map(({ words }) => words.join(" ")),
			[],
		);
	});
});
