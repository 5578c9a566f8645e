/** What is kept of lost dialogs: nothing. */
import { deepEqual, ok } from "node:assert/strict";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Program, start } from "../support/processes.ts";
import { type SipProcess, startSipProcess } from "./sip-process.ts";

const script = fileURLToPath(new URL("memory-process.ts", import.meta.url));
const people = 12;

describe("a control connection that is cut again and again, each time with a dozen dialogs", () => {
	let sip: SipProcess;
	let program: Program;
	let seen: { readonly bytes: readonly number[]; readonly warnings: string[] };

	before(async function () {
		// After a dozen cuts under load it gives most requests to applications that it has lost (docs/life.md): nobody could come.
		if (process.env.DRACHTIO_PROGRAM !== undefined) this.skip();
		sip = await startSipProcess();
		const server = { admin: sip.admin, tcp: sip.server("tcp") };
		program = start(
			process.execPath,
			[
				...["--expose-gc", "--trace-warnings", "--import", "tsx", script],
				...[JSON.stringify(server), String(people), "3", "9", "18"],
			],
			{ stdio: ["ignore", "pipe", "inherit"] },
		);
		if (program.child.stdout === null) throw new Error("no output");
		const ended = program.ended.then((code) => {
			throw new Error(`it ended with ${code} and said nothing`);
		});
		const [line] = await Promise.race([
			once(program.child.stdout, "data"),
			ended,
		]);
		seen = JSON.parse(String(line));
	});
	after(async () => {
		await program?.stop("SIGKILL");
		await sip?.close();
	});

	it("leaves the heap at its level", () => {
		const [, level = 0, later = 0] = seen.bytes;
		// What the library knows of a dialog, kept of these 108, makes it 1.08.
		ok(later < level * 1.04, `${seen.bytes}`);
	});

	it("makes Node warn of no leak", () => {
		deepEqual(seen.warnings, []);
	});
});
