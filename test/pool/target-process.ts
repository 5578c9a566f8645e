/** Where a webhook delivers to, in a process of its own, to be killed and frozen: keeps each event as a line in a file, then confirms. */
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";
import { lineOf } from "./lines-adapter.ts";

const [, , port = "0", file = ""] = process.argv;
createServer(async (request, response) => {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	const { events } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
		events: readonly ArchivedEvent[];
	};
	const lines = events.map((event) => `${JSON.stringify(lineOf(event))}\n`);
	appendFileSync(file, lines.join(""));
	response.end();
}).listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
