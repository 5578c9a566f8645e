/** `persistent-chat` as a process: what it writes where, its exit status, and what it asks at a terminal. */
import { deepEqual, equal, match } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { signIn } from "../support/people.ts";
import { type Program, start } from "../support/processes.ts";
import { until } from "../support/until.ts";
import { type Operator, startOperator } from "./door.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("The process persistent-chat", () => {
	let operator: Operator;
	const programs: Program[] = [];

	beforeEach(async () => {
		operator = await startOperator();
	});
	afterEach(async () => {
		for (const program of programs.splice(0)) await program.stop("SIGKILL");
		await operator.close();
	});

	function spawn(command: string, args: readonly string[]) {
		const program = start(command, args, {
			cwd: root,
			stdio: ["pipe", "pipe", "pipe"],
			env: {
				...process.env,
				PERSISTENT_CHAT_OPERATOR_SOCKET: operator.path,
			},
		});
		programs.push(program);
		const seen = { output: "", errors: "" };
		program.child.stdout?.on("data", (text) => {
			seen.output += text;
		});
		program.child.stderr?.on("data", (text) => {
			seen.errors += text;
		});
		return { program, seen };
	}

	async function run(...args: string[]) {
		const { program, seen } = spawn("cli/persistent-chat.js", args);
		program.child.stdin?.end("piped-pw\n");
		const status = await program.ended;
		return { status, ...seen };
	}

	/** At a terminal; `typed`: what is answered to which question. */
	async function atTerminal(
		command: string,
		...typed: readonly (readonly [question: RegExp, answer: string])[]
	) {
		const { program, seen } = spawn("script", [
			"-qefc",
			`cli/persistent-chat.js ${command}`,
			"/dev/null",
		]);
		for (const [question, answer] of typed) {
			await until(() => question.test(seen.output), {
				what: `${question} (${seen.output})`,
				withinMs: 20_000,
			});
			program.child.stdin?.write(answer);
		}
		const status = await program.ended;
		return { status, output: seen.output };
	}

	it("that cannot write its answer has failed", async () => {
		const { program, seen } = spawn("sh", [
			"-c",
			"cli/persistent-chat.js group list > /dev/full",
		]);
		equal(await program.ended, 1);
		match(seen.errors, /could not be written/);
	});

	it("is done, refused, misused or reaches nobody: 0, 1, 2, 3", async () => {
		deepEqual(await run("group", "add", "Traders", "--json"), {
			status: 0,
			output: `${JSON.stringify(await operator.json("group", "get", "Traders"))}\n`,
			errors: "",
		});
		deepEqual(await run("group", "get", "Nobody"), {
			status: 1,
			output: "",
			errors: `There is no group "Nobody"; "group list" shows those that there are.\n`,
		});
		const refused = await run("group", "get", "Nobody", "--json");
		equal(JSON.parse(refused.errors).reason, "no-such-principal");
		const misused = await run("group", "get");
		equal(misused.status, 2);
		match(
			misused.errors,
			/^NAME is missing\.\n"persistent-chat group get --help" says more\.\n$/,
		);
		const away = await run("group", "list", "--socket", "/nowhere.sock");
		equal(away.status, 3);
		match(away.errors, /^No service answers at \/nowhere\.sock\. Start it/);
	});

	it("tells scripts every fault as JSON: refused, misused, unreachable, unasked", async () => {
		const cases = [
			[1, "no-such-principal", "group", "get", "Nobody"],
			[2, "misuse", "group", "get"],
			[2, "misuse", "grup", "get"],
			[3, "unreachable", "group", "list", "--socket", "/nowhere.sock"],
			[3, "misuse", "check"],
		] as const;
		for (const [status, reason, ...words] of cases) {
			const ended = await run(...words, "--json");
			equal(ended.status, status, words.join(" "));
			equal(ended.output, "");
			equal(JSON.parse(ended.errors).reason, reason);
		}
	});

	it("destroys nothing where nobody can be asked, unless told to", async () => {
		await operator.type("group", "add", "Traders");
		const unasked = await run("group", "remove", "Traders");
		equal(unasked.status, 2);
		match(unasked.errors, /no terminal to ask at: give --yes/);
		equal((await run("group", "remove", "Traders", "--yes")).status, 0);
	});

	it("asks at a terminal, and does nothing without a yes", async () => {
		await operator.type("group", "add", "Traders");
		const question = /every right given to it\? \[y\/N\]/;
		const no = await atTerminal("group remove Traders", [question, "\n"]);
		equal(no.status, 1);
		match(no.output, /Nothing has been done/);
		const yes = await atTerminal("group remove Traders", [question, "y\n"]);
		equal(yes.status, 0);
		match(yes.output, /Removed the group Traders/);
	});

	it("takes a password from a pipe, or typed twice without showing it", async () => {
		equal((await run("user", "add", "erin")).status, 2);
		const piped = ["user", "add", "erin", "--password-file", "-"];
		equal((await run(...piped)).status, 0);
		const erin = await signIn(operator.node, "erin", "tcp", {
			password: "piped-pw",
		});
		await erin.chat.close();
		const typed = await atTerminal(
			"user add frank",
			[/New password: /, "typedx\u007f-pw\r"],
			[/The same again: /, "typed-pw\r"],
		);
		equal(typed.status, 0, typed.output);
		equal(typed.output.includes("typed"), false, typed.output);
		const frank = await signIn(operator.node, "frank", "tcp", {
			password: "typed-pw",
		});
		await frank.chat.close();
		const other = await atTerminal(
			"user add grace",
			[/New password: /, "one\r"],
			[/The same again: /, "two\r"],
		);
		equal(other.status, 2);
		match(other.output, /not the same; nothing has been done/);
	});

	it("says what is wrong with the settings that it looks for the socket in", async () => {
		const { status, errors } = await run(
			...["group", "list", "--config", "/nowhere.yaml"],
		);
		equal(status, 2);
		match(errors, /configuration has faults:\n.*nowhere\.yaml/);
	});
});
