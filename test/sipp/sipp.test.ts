/** SIPp, a SIP client that is none of ours, plays the scenarios of this folder; its exit status is the verdict. */
import {
	closeSync,
	mkdtempSync,
	openSync,
	readFileSync,
	rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { findProgram } from "../support/packages.ts";
import { type Program, start } from "../support/processes.ts";
import { until } from "../support/until.ts";

/** A failure shows the end of each thing that SIPp wrote. */
const shownCharacters = 6_000;

const once = ["-m", "1", "-r", "1"];
/** Within a tenth of a second: they are all under way together. */
const twentyAtOnce = ["-m", "20", "-r", "20", "-rp", "100"];
const people = ["-inf", join(import.meta.dirname, "people.csv")];

describe("SIPp", function () {
	this.timeout(60_000);
	let node: ChatNode;
	let folder: string;
	const running: Program[] = [];

	beforeEach(async () => {
		folder = mkdtempSync(join(tmpdir(), "sipp-"));
		node = await startChatNode();
	});
	afterEach(async () => {
		await Promise.all(running.splice(0).map((program) => program.stop()));
		rmSync(folder, { recursive: true, force: true });
		await node.close();
	});

	/** Resolves when the scenario has been played, and all went as it says. */
	async function play(
		scenario: string,
		transport: "tcp" | "udp",
		options: readonly string[],
	): Promise<void> {
		const [, server = ""] = /^sip:([^;]+)/.exec(node.server(transport)) ?? [];
		const file = (kind: string) => join(folder, `${scenario}.${kind}`);
		const output = openSync(file("output"), "w");
		const sipp = start(
			findProgram("sipp") ?? "sipp",
			[
				...[server, "-sf", join(import.meta.dirname, `${scenario}.xml`)],
				...options,
				...["-i", "127.0.0.1", "-bind_local", "-ci", "127.0.0.1"],
				// It refuses to start when it might need more than the system's limit of open files.
				...["-max_socket", "500", "-nostdin"],
				...["-recv_timeout", "15000", "-timeout", "40", "-timeout_error"],
				...["-trace_err", "-error_file", file("errors")],
				...["-trace_msg", "-message_file", file("messages")],
			],
			{
				cwd: folder,
				env: { ...process.env, TERM: "dumb" },
				stdio: ["ignore", output, output],
			},
		);
		closeSync(output);
		running.push(sipp);
		const status = await sipp.ended;
		if (status === 0) return;
		const written = ["messages", "output", "errors"].map(
			(kind) => `--- ${kind}\n${endOf(file(kind))}`,
		);
		throw new Error(
			`SIPp ended ${scenario} with status ${status}\n${written.join("\n")}`,
		);
	}

	async function isPresent(uri: string): Promise<boolean> {
		const rows = await node.database("participants").where({ user_uri: uri });
		return rows.length > 0;
	}

	async function nobodyIsPresent(): Promise<boolean> {
		return (await node.database("participants")).length === 0;
	}

	// `t1` is one connection, which belongs to one user; many users have one each: `tn`.
	for (const { transport, mode, modeOfMany } of [
		{ transport: "udp", mode: "un", modeOfMany: "un" },
		{ transport: "tcp", mode: "t1", modeOfMany: "tn" },
	] as const) {
		it(`signs in, joins, posts and hears over ${transport.toUpperCase()}`, async () => {
			const options = ["-t", mode, ...once];
			const listening = play("listen", transport, options);
			const joined = until(() => isPresent("sip:bob@example.com"), {
				what: "bob in the Lobby",
				withinMs: 20_000,
			});
			await Promise.race([listening, joined]);
			await Promise.all([listening, play("talk", transport, options)]);
			await until(nobodyIsPresent, { what: "everybody to have left" });
		});

		it(`signs twenty people in and out at once over ${transport.toUpperCase()}; each gets his own answers`, async () => {
			const options = ["-t", modeOfMany, ...twentyAtOnce, ...people];
			await play("crowd", transport, options);
		});
	}
});

function endOf(file: string): string {
	try {
		return readFileSync(file, "utf8").slice(-shownCharacters);
	} catch {
		return "(nothing)";
	}
}
