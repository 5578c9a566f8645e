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
import {
	type BehindKamailio,
	startBehindKamailio,
} from "../support/behind-kamailio.ts";
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

describe("SIPp", () => {
	let database: ChatNode["database"];
	let server: (transport: "tcp" | "udp") => string;
	let close: () => Promise<void>;
	let folder: string;
	const running: Program[] = [];

	beforeEach(async () => {
		folder = mkdtempSync(join(tmpdir(), "sipp-"));
	});
	afterEach(async () => {
		await Promise.all(running.splice(0).map((program) => program.stop()));
		rmSync(folder, { recursive: true, force: true });
		await close();
	});

	/** Resolves when the scenario has been played, and all went as it says. */
	async function play(
		scenario: string,
		transport: "tcp" | "udp",
		options: readonly string[],
	): Promise<void> {
		const [, address = ""] = /^sip:([^;]+)/.exec(server(transport)) ?? [];
		const file = (kind: string) => join(folder, `${scenario}.${kind}`);
		const output = openSync(file("output"), "w");
		const sipp = start(
			findProgram("sipp") ?? "sipp",
			[
				...[address, "-sf", join(import.meta.dirname, `${scenario}.xml`)],
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
		const rows = await database("participants").where({ user_uri: uri });
		return rows.length > 0;
	}

	async function nobodyIsPresent(): Promise<boolean> {
		return (await database("participants")).length === 0;
	}

	async function talks(transport: "tcp" | "udp", mode: string): Promise<void> {
		const options = ["-t", mode, ...once];
		const listening = play("listen", transport, options);
		const joined = until(() => isPresent("sip:bob@example.com"), {
			what: "bob in the Lobby",
			withinMs: 20_000,
		});
		await Promise.race([listening, joined]);
		await Promise.all([listening, play("talk", transport, options)]);
		await until(nobodyIsPresent, { what: "everybody to have left" });
	}

	describe("at the node", () => {
		beforeEach(async () => {
			const node = await startChatNode();
			({ database, server, close } = node);
		});

		// `t1` is one connection, which belongs to one user; many users have one each: `tn`.
		for (const { transport, mode, modeOfMany } of [
			{ transport: "udp", mode: "un", modeOfMany: "un" },
			{ transport: "tcp", mode: "t1", modeOfMany: "tn" },
		] as const) {
			it(`signs in, joins, posts and hears over ${transport.toUpperCase()}`, () =>
				talks(transport, mode));

			it(`signs twenty people in and out at once over ${transport.toUpperCase()}; each gets his own answers`, async () => {
				const options = ["-t", modeOfMany, ...twentyAtOnce, ...people];
				await play("crowd", transport, options);
			});
		}
	});

	// Over TCP the scenarios sign in once a connection; Kamailio asks at each INVITE, as the node does over UDP.
	describe("behind Kamailio, which speaks TCP to the node", () => {
		beforeEach(async () => {
			const service: BehindKamailio = await startBehindKamailio([
				"alice",
				"bob",
				"carol",
				"dave",
			]);
			({ database, close } = service);
			server = service.kamailio.server;
		});

		it("signs in, joins, posts and hears", () => talks("udp", "un"));

		it("signs twenty people in and out at once; each gets his own answers", async () => {
			const options = ["-t", "un", ...twentyAtOnce, ...people];
			await play("crowd", "udp", options);
		});
	});
});

function endOf(file: string): string {
	try {
		return readFileSync(file, "utf8").slice(-shownCharacters);
	} catch {
		return "(nothing)";
	}
}
