/** The operator's socket: who may open it, what it bears, and that it is left clean. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import {
	existsSync,
	mkdtempSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connectTo } from "../../cli/socket/client.ts";
import { listen } from "../../cli/socket/listen.ts";
import { start } from "../support/processes.ts";
import { until } from "../support/until.ts";
import { type Operator, startOperator } from "./door.ts";

describe("The operator's socket", () => {
	let operator: Operator;

	beforeEach(async () => {
		operator = await startOperator();
	});
	afterEach(() => operator.close());

	function post(
		path: string,
		body: string,
		{ method = "POST" } = {},
	): Promise<string> {
		return new Promise((resolve, reject) => {
			const asking = request({ socketPath: operator.path, path, method });
			asking.once("error", reject);
			asking.once("response", async (response: IncomingMessage) => {
				let text = "";
				for await (const part of response) text += part;
				resolve(text);
			});
			asking.end(body);
		});
	}

	/** The one connection that SQLite has: what is asked for waits until it is released. */
	function holdDatabase(): () => Promise<void> {
		let release = () => {};
		const held = new Promise<void>((resolve) => {
			release = resolve;
		});
		const holding = operator.node.store.transaction(() => held);
		return () => {
			release();
			return holding;
		};
	}

	it("can be opened by its owner only, and is gone when the service has stopped", async () => {
		equal(statSync(operator.path).mode & 0o777, 0o600);
		const { path } = operator;
		await operator.close();
		equal(existsSync(path), false);
		equal(existsSync(dirname(path)), false);
		operator = await startOperator();
	});

	it("answers one line of JSON an operation", async () => {
		deepEqual(JSON.parse(await post("/group/list", "{}")), { result: [] });
	});

	it("refuses what it does not know, and what makes no sense", async () => {
		match(
			await post("/room/explode", "{}"),
			/unknown-command.*another version/,
		);
		match(await post("/constructor", "{}"), /unknown-command/);
		match(await post("/group/list", "{}", { method: "PUT" }), /with POST/);
		match(await post("/group/list", "no"), /must be a JSON object/);
		match(
			await post("/group/list", '{"a":1}'),
			/malformed.*\\"a\\" is not known here/,
		);
		match(await post("/group/add", '{"name":7}'), /name\\" must be a text/);
		match(await post("/group/add", "{}"), /name\\" must be a text/);
		match(
			await post("/group/list", "[]"),
			/What is asked for must be an object/,
		);
		match(
			await post("/room/add", '{"name":"X","category":"C","privacy":"x"}'),
			/privacy\\" must be open or closed or secret/,
		);
	});

	it("refuses more than a megabyte, in words", async () => {
		match(
			await post("/group/add", `{"name":"${"x".repeat(2_000_000)}"}`),
			/too-large.*1000000 bytes/,
		);
		await rejects(
			operator.ask("group/add", {
				name: "Big",
				members: Array.from({ length: 10_000 }, () => "x".repeat(200)),
			}),
			{ name: "Refused", reason: "too-large" },
		);
	});

	it("bears whoever speaks no HTTP, or breaks off", async () => {
		for (const text of [
			"\r\n\r\n\r\n",
			"hello\n\n",
			"POST /group/add HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
		]) {
			const socket = connect(operator.path);
			socket.on("error", () => {});
			socket.write(text, () => socket.destroy());
			await new Promise((resolve) => socket.once("close", resolve));
		}
		match(await post("/group/list", "{}"), /result/);
	});

	it("counts as operations only those that have arrived whole", async () => {
		const unfinished = Array.from({ length: 20 }, () => {
			const socket = connect(operator.path);
			socket.on("error", () => {});
			socket.write(
				"POST /group/list HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
			);
			return socket;
		});
		// Each has been heard: the answer's head comes at once.
		await Promise.all(
			unfinished.map(
				(socket) => new Promise((resolve) => socket.once("data", resolve)),
			),
		);
		match(await post("/group/list", "{}"), /result/);
		for (const socket of unfinished) socket.destroy();
	});

	it("refuses a command of another version, and does nothing", async () => {
		const answer = await new Promise<string>((resolve, reject) => {
			const asking = request({
				socketPath: operator.path,
				path: "/group/add",
				method: "POST",
				headers: { "x-protocol": "none" },
			});
			asking.once("error", reject);
			asking.once("response", async (response: IncomingMessage) => {
				let text = "";
				for await (const part of response) text += part;
				resolve(text);
			});
			asking.end('{"name":"Traders"}');
		});
		match(answer, /another version than this command/);
		deepEqual(JSON.parse(await post("/group/list", "{}")), { result: [] });
	});

	it("of another version is told by the command in a sentence", async () => {
		const directory = mkdtempSync(join(tmpdir(), "persistent-chat-old-"));
		const path = join(directory, "s");
		for (const headers of [{}, { "x-protocol": "none" }]) {
			const other = createServer((_, response) => {
				response.writeHead(200, headers);
				response.end('{"result":{}}\n');
			});
			await new Promise<void>((resolve) => other.listen(path, resolve));
			await rejects(connectTo(path, "tester")("group/list", {}), {
				name: "Refused",
				message:
					/another version than this command.*(Nothing was|Look whether)/,
			});
			await new Promise((resolve) => other.close(resolve));
		}
		rmSync(directory, { recursive: true });
	});

	it("does what was asked to its end when the asker has gone", async () => {
		const release = holdDatabase();
		const gone = request({
			socketPath: operator.path,
			path: "/group/add",
			method: "POST",
		});
		gone.on("error", () => {});
		gone.once("response", () => gone.destroy());
		gone.end('{"name":"Traders"}');
		// The answer's head comes at once; what was asked for waits for the database.
		await new Promise((resolve) => gone.once("close", resolve));
		await release();
		await until(
			async () => (await post("/group/list", "{}")).includes("Traders"),
			{ what: "the group" },
		);
	});

	it("changes one thing after another: of two additions to a list none is lost", async () => {
		await operator.type("group", "add", "Traders");
		await Promise.all(
			["alice", "bob", "carol", "dave"].map((each) =>
				operator.type("group", "set", "Traders", "--add-member", each),
			),
		);
		match(
			await operator.type("group", "get", "Traders"),
			/alice.*bob.*carol.*dave/,
		);
	});

	it("refuses more operations at a time than it bears", async () => {
		const release = holdDatabase();
		let refusals = 0;
		const asking = Array.from({ length: 40 }, (_, index) =>
			operator.ask("group/add", { name: `G${index}` }).catch((error) => {
				refusals += 1;
				throw error;
			}),
		);
		const answered = Promise.allSettled(asking);
		await until(() => refusals > 0, { what: "a refusal" });
		await release();
		const asked = await answered;
		const refused = asked.filter(({ status }) => status === "rejected");
		equal(refused.length > 0, true);
		for (const each of refused) {
			match(String(each.status === "rejected" && each.reason), /under way/);
		}
		match(await post("/group/list", "{}"), /result/);
	});
});

describe("A path for the socket", () => {
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-path-"));
	const path = join(directory, "a.sock");
	after(() => rmSync(directory, { recursive: true }));

	it("is taken over from a process that was killed", async () => {
		const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
		const killed = start(process.execPath, ["-e", script], {
			stdio: ["ignore", "pipe", "ignore"],
		});
		await new Promise((resolve) => killed.child.stdout?.once("data", resolve));
		const second = createServer();
		await rejects(listen(second, path), {
			name: "SocketUnavailable",
			message: /Another process has.*PERSISTENT_CHAT_OPERATOR_SOCKET/,
		});
		await killed.stop("SIGKILL");
		equal(existsSync(path), true);
		await listen(second, path);
		await new Promise((resolve) => second.close(resolve));
		equal(existsSync(path), false);
	});

	it("that cannot be is said to be so", async () => {
		const file = join(directory, "file");
		writeFileSync(file, "");
		const server = createServer();
		await rejects(listen(server, join(file, "a.sock")), /cannot be made/);
		await rejects(listen(server, file), /Another process|cannot be made/);
		await rejects(listen(server, `/tmp/${"x".repeat(120)}`), /103 bytes/);
	});

	it("where nobody listens is said to be so, with what to do", async () => {
		await rejects(connectTo(path, "tester")("group/list", {}), {
			name: "Unreachable",
			message: /No service answers at .*npm start/,
		});
	});
});
