/**
 * A synthetic transaction: two users sign in over SIP, join a room, each posts and the other hears it, read back, leave and sign
 * out; every step is timed. Whatever fails, what was opened is closed, and the steps that were done are told.
 */
import { randomUUID } from "node:crypto";
import {
	ChatClient,
	nodeAgent,
	type OpenAgent,
	type SipAgent,
} from "../../client/index.ts";

/** How what it posts begins: by this it is found and cleaned away. */
export const checkText = "persistent-chat check";

export interface CheckedUser {
	/** `sip:check-1@example.com` */
	readonly uri: string;
	readonly password: string;
}

export interface CheckOptions {
	/** `sip:host:port;transport=tcp` (or `tls`, `udp`), or `ws://host:port`. */
	readonly server: string;
	/** TLS: certificates (PEM) of who is trusted to say who the server is; default: whom Node trusts. */
	readonly ca?: string | undefined;
	readonly users: readonly [CheckedUser, CheckedUser];
	/** By name. */
	readonly room: string;
	/** False where nobody registers, or a proxy in front does without it. */
	readonly register: boolean;
	/** The address of the service; default: as clients find it. */
	readonly poolUri: string | undefined;
	/** For all of it, with taking leave. */
	readonly timeoutMs: number;
}

export interface Step {
	readonly step: string;
	readonly ms: number;
	/** Null: it went well. */
	readonly fault: string | null;
}

export interface Checked {
	/** In the order in which they were done; none after the first that failed. */
	readonly steps: readonly Step[];
	readonly totalMs: number;
}

/** Taking leave may have this much of the time for all, or a quarter of it. */
const farewellMs = 1_000;

/** Never rejects for what the service does. Throws `TypeError` for a server or a user that is none. */
export async function checkService(options: CheckOptions): Promise<Checked> {
	const agents = options.users.map(({ uri, password }) =>
		nodeAgent({
			server: options.server,
			user: uri,
			password,
			userAgent: "persistent-chat check",
			...(options.ca !== undefined && { ca: options.ca }),
		}),
	);
	const steps: Step[] = [];
	const clients: ChatClient[] = [];
	const begun = performance.now();
	const { timeoutMs } = options;
	const stepsMs = timeoutMs - Math.min(farewellMs, timeoutMs / 4);
	const deadline = createDeadline(stepsMs, timeoutMs);
	const open = createOpenAgents();

	async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
		const since = performance.now();
		const took = () => Math.round((performance.now() - since) * 10) / 10;
		try {
			const result = await deadline.within(run());
			steps.push({ step: name, ms: took(), fault: null });
			return result;
		} catch (error) {
			const fault = error instanceof Error ? error.message : String(error);
			steps.push({ step: name, ms: took(), fault });
			throw new StepFailed(name, { cause: error });
		}
	}

	async function signIn(index: 0 | 1): Promise<ChatClient> {
		const agent = agents[index];
		if (agent === undefined) throw new Error("two users are checked");
		const { register, poolUri } = options;
		const connecting = ChatClient.connect({
			open: open.watched(agent),
			register,
			reconnect: false,
			fillGaps: false,
			...(poolUri !== undefined && { poolUri }),
		});
		// Also one that comes only after the deadline is to be closed.
		void connecting.then((client) => {
			if (deadline.over) void client.close();
			else clients.push(client);
		}, noop);
		return connecting;
	}

	try {
		const one = await step("sign-in", () => signIn(0));
		const other = await step("sign-in-other", () => signIn(1));
		await converse({ one, other, room: options.room, step });
		await step("sign-out", async () => {
			await Promise.all(clients.splice(0).map((client) => client.close()));
		});
	} catch (error) {
		if (!(error instanceof StepFailed)) throw error;
	} finally {
		deadline.end();
		const left = begun + timeoutMs - performance.now();
		const farewells = clients.map((client) => client.close());
		await within(left, Promise.all([...farewells, open.close()]));
	}
	return { steps, totalMs: Math.round(performance.now() - begun) };
}

class StepFailed extends Error {
	override readonly name = "StepFailed";
}

interface Conversation {
	readonly one: ChatClient;
	readonly other: ChatClient;
	readonly room: string;
	readonly step: <T>(name: string, run: () => Promise<T>) => Promise<T>;
}

async function converse({
	one,
	other,
	room,
	step,
}: Conversation): Promise<void> {
	const uri = await step("find-room", async () => {
		const found = await one.roomNamed(room);
		if (found !== undefined) return found.uri;
		throw new Error(`${one.user} finds no room "${room}"`);
	});
	await step("join", () => one.join(uri));
	await step("join-other", () => other.join(uri));
	const run = randomUUID();
	const first = `${checkText} ${run} 1`;
	const second = `${checkText} ${run} 2`;
	await step("message", () => carry(one, other, uri, first));
	await step("message-back", () => carry(other, one, uri, second));
	await step("history", async () => {
		const texts = (await other.history(uri, 20)).map(({ text }) => text);
		if (texts.includes(first) && texts.includes(second)) return;
		throw new Error("what was posted is not in the history");
	});
	await step("leave", async () => {
		await one.part(uri);
		await other.part(uri);
	});
}

/** Posted by one, heard by the other. */
async function carry(
	from: ChatClient,
	to: ChatClient,
	room: string,
	text: string,
): Promise<void> {
	const heard = new Promise<void>((resolve) => {
		const stop = to.on("message", (message) => {
			if (message.room !== room || message.text !== text) return;
			stop();
			resolve();
		});
	});
	await from.post(room, text);
	await heard;
}

/** The agents of clients that are signed in, or are about to be: these can be ended too. */
function createOpenAgents() {
	const agents = new Set<SipAgent>();
	let over = false;
	return {
		watched:
			(open: OpenAgent): OpenAgent =>
			async (events) => {
				const agent = await open(events);
				if (over) await agent.close();
				agents.add(agent);
				return agent;
			},
		async close(): Promise<void> {
			over = true;
			await Promise.all([...agents].map((agent) => agent.close()));
		},
	};
}

/** Resolves when the work is done, or the time is over. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, ms);
	});
	await Promise.race([work.then(noop, noop), late]);
	clearTimeout(timer);
}

interface Deadline {
	readonly over: boolean;
	/** Rejects when the deadline comes first. */
	within<T>(work: Promise<T>): Promise<T>;
	end(): void;
}

/** `stepsMs` of the `timeoutMs` for all. */
function createDeadline(stepsMs: number, timeoutMs: number): Deadline {
	let over = false;
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => {
			over = true;
			reject(new Error(`not done within ${timeoutMs} ms in all`));
		}, stepsMs);
	});
	late.catch(noop);
	return {
		get over() {
			return over;
		},
		within: (work) => {
			// What is not waited for any more may still fail.
			work.catch(noop);
			return Promise.race([work, late]);
		},
		end() {
			over = true;
			clearTimeout(timer);
		},
	};
}

function noop(): void {}
