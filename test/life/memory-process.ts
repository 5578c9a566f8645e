/**
 * A node and clients in a process of its own, started with `--expose-gc`: in each cycle people come and the way to the SIP server is cut.
 * Arguments: the SIP server as JSON, the people of a cycle, and after how many cycles the heap is measured, again and again. Prints a line of
 * JSON: its bytes each time, and what Node warned of.
 */
import { startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";

const [, , sip = "", people = "", ...measuredAfter] = process.argv;
const { admin, tcp } = JSON.parse(sip);
const { gc } = globalThis;
if (gc === undefined) throw new Error("start it with --expose-gc");
const warnings: string[] = [];
process.on("warning", ({ name, message }) =>
	warnings.push(`${name}: ${message}`),
);

const often = { register: 10_000, invite: 10_000 };
const node = await startChatNode({
	sip: { admin, server: () => tcp, close: async () => {} },
	relayed: true,
	service: {
		life: { retryMs: 250, watchdogMs: 0 },
		limits: { sessionsPerUser: Number(people) },
		rates: { perUser: often, perSource: often },
	},
});

/** COMPAT(drachtio-server): after a cut it gives some requests to the application that it has lost. */
function comes(): Promise<Person> {
	const attempt = () =>
		signIn(node, "alice", "tcp", { answerMs: 1_000, inviteMs: 1_000 }).catch(
			() => undefined,
		);
	return until(attempt, { what: "a sign-in" });
}

async function cycle(): Promise<void> {
	const came = await Promise.all(Array.from({ length: Number(people) }, comes));
	await Promise.all(came.map(({ chat }) => chat.join(rooms.lobby)));
	await came[0]?.chat.post(rooms.lobby, "one of many");
	node.relay?.cut();
	await until(() => node.chat.condition.dialogs() === 0, { what: "the end" });
	node.relay?.mend();
	await until(() => node.chat.condition.sipConnected(), { what: "the return" });
	await Promise.all(came.map(({ chat }) => chat.close()));
	(node.logged as string[]).length = 0;
}

async function heapBytes(): Promise<number> {
	await until(() => node.chat.condition.dialogs() === 0, { what: "nobody" });
	gc?.();
	await new Promise(setImmediate);
	gc?.();
	return process.memoryUsage().heapUsed;
}

const bytes: number[] = [];
let done = 0;
for (const cycles of measuredAfter.map(Number)) {
	for (; done < cycles; done += 1) await cycle();
	bytes.push(await heapBytes());
}
await node.close();
process.stdout.write(`${JSON.stringify({ bytes, warnings })}\n`);
