/** Plays every `.chat` file over real SIP. */
import { deepEqual, equal, fail } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import {
	type DialogEvents,
	nodeAgent,
	type SipAgent,
	type SipDialog,
	SipRefused,
} from "../../client/index.ts";
import type { Actor, UserUri } from "../../plugin/rooms/types.ts";
import { type B2bua, startB2bua } from "../support/b2bua.ts";
import {
	type ChatNode,
	type Engine,
	startChatNode,
	type Transport,
} from "../support/chat-node.ts";
import { until } from "../support/until.ts";
import { filledIn, matched, readScript, type Step } from "./script.ts";

const channelUri = "sip:GC-1-PersistentChatService-1@example.com";
const folder = new URL(".", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".chat"));
const service = {
	files: {
		url: "https://chat.example.com/PersistentChat/MGCWebService.asmx",
	},
};
const grounds: readonly (readonly [Engine, Transport | "b2bua"])[] = [
	["sqlite", "tcp"],
	["mysql", "udp"],
	["sqlite", "b2bua"],
];

for (const [engine, way] of grounds) {
	const through = way === "b2bua" ? "through a B2BUA" : `over ${way}`;
	describe(`conversations on ${engine} ${through}`, () => {
		for (const file of files) {
			const { why, steps } = readScript(
				readFileSync(new URL(file, folder), "utf8"),
			);
			it(`${file.replace(".chat", "")}: ${why}`, async () => {
				const node = await startChatNode({
					engine,
					service: {
						...service,
						trustedPeers:
							way === "b2bua"
								? [{ address: "127.0.0.1", behaves: "b2bua" }]
								: [],
					},
				});
				const b2bua =
					way === "b2bua"
						? await startB2bua({ service: node.server("tcp") })
						: undefined;
				const server = b2bua?.server ?? node.server(way as Transport);
				node.chat.webDoorAt("https://chat.example.com");
				const people = new Map<string, Person>();
				const known = new Map<string, string>();
				try {
					for (const written of steps) {
						const step = { ...written, xml: filledIn(written.xml, known) };
						if (step.does === "does") {
							await operate(node, step, known);
							continue;
						}
						const person =
							people.get(step.who) ??
							new Person(step.who, server, b2bua, known);
						people.set(step.who, person);
						await person.does(step);
					}
				} finally {
					for (const person of people.values()) await person.close();
					await b2bua?.close();
					await node.close();
				}
			});
		}
	});
}

const operator: Actor = {
	uri: "sip:operator@localhost" as UserUri,
	displayName: "Operator",
	guid: "",
	administrator: true,
};

/** A method of `Rooms`, with the arguments that the step gives as JSON. */
async function operate(
	node: ChatNode,
	{ line, detail, gives, xml }: Step,
	known: Map<string, string>,
): Promise<void> {
	const methods = node.chat.rooms as unknown as Readonly<
		Record<string, (...args: readonly unknown[]) => Promise<unknown>>
	>;
	const given: readonly unknown[] = JSON.parse(xml || "[]");
	const made = await methods[detail]?.(operator, ...given).catch((error) =>
		fail(`line ${line}, operator does ${detail}: ${error}`),
	);
	const id = /"id":"([^"]+)"/.exec(JSON.stringify(made) ?? "")?.[1];
	if (gives !== undefined)
		known.set(gives, id ?? fail(`${detail} made nothing`));
}

/** Whether notices share an INFO depends on how fast it goes: they are heard one by one. */
function oneByOne(body: string): readonly string[] {
	const [head = ""] = /^<xccos[^>]*>/.exec(body) ?? [];
	const notices = body.match(/<ntc .*?<\/ntc>/gs) ?? [];
	return notices.length < 2
		? [body]
		: notices.map((notice) => `${head}${notice}</xccos>`);
}

class Person {
	readonly #name: string;
	readonly #server: string;
	readonly #b2bua: B2bua | undefined;
	readonly #known: Map<string, string>;
	readonly #heard: string[] = [];
	#agent: SipAgent | undefined;
	#dialog: SipDialog | undefined;
	#barrier = 900_000;

	constructor(
		name: string,
		server: string,
		b2bua: B2bua | undefined,
		known: Map<string, string>,
	) {
		this.#name = name;
		this.#known = known;
		this.#server = server;
		this.#b2bua = b2bua;
	}

	async does(step: Step): Promise<void> {
		try {
			await this.#perform(step);
		} catch (error) {
			fail(
				`line ${step.line}, ${step.who} ${step.does}: ${error instanceof Error ? error.message : error}`,
			);
		}
	}

	async #perform(step: Step): Promise<void> {
		switch (step.does) {
			case "signs in":
				return this.#signIn(step.detail || channelUri);
			case "is refused":
				await this.#signIn(channelUri).then(
					() => fail("was let in"),
					(error) => {
						if (!(error instanceof SipRefused)) throw error;
						equal(String(error.status), step.detail);
					},
				);
				return;
			case "sends": {
				const { status } = await this.#standing().sendInfo(step.xml);
				if (this.#b2bua !== undefined) {
					equal(status, 200);
					return this.#learnsByReply(step, this.#b2bua);
				}
				equal(String(status), step.detail || "200", "the INFO's status");
				return;
			}
			case "hears":
				return this.#expect(step.xml);
			case "hears nothing":
				return this.#hearsNothing();
			case "signs out":
				return this.#standing().bye();
		}
	}

	async #signIn(uri: string): Promise<void> {
		const open = nodeAgent({
			server: this.#server,
			user: `sip:${this.#name}@example.com`,
			password: `${this.#name}-pw`,
		});
		this.#agent ??= await open({ onLost: () => {} });
		const events: DialogEvents = {
			onInfo: (body) => this.#heard.push(...oneByOne(body)),
			onEnd: () => {},
		};
		await this.#agent.register();
		this.#dialog = await this.#agent.invite(uri, events);
	}

	/** A B2BUA answers every INFO 200: what became of a message is told by a reply. */
	async #learnsByReply({ xml, detail }: Step, b2bua: B2bua): Promise<void> {
		await b2bua.settled();
		const posts = xml.match(/<grpchat\b/g)?.length ?? 0;
		const isRefused = detail !== "" && detail !== "200";
		if (posts === 0 && !isRefused) return;
		const kept = /<rpl id="rpl:grpchat".*<resp code="200">/s;
		const unread = /<rpl id="rpl:error"/;
		const told = isRefused ? /<rpl id="rpl:(grpchat|error)"/ : kept;
		await until(() => this.#heard.some((body) => told.test(body)), {
			what: `what became of ${xml}`,
		});
		// Nobody is told these where the status of an INFO says it.
		for (const extra of [kept, unread]) {
			const index = this.#heard.findIndex((body) => extra.test(body));
			if (index >= 0) this.#heard.splice(index, 1);
		}
	}

	async #expect(xml: string): Promise<void> {
		await until(() => this.#heard.length > 0, {
			what: `to ${this.#name}: ${xml}`,
			withinMs: 5_000,
		});
		const heard = this.#heard.shift() ?? "";
		const found = matched(heard, xml);
		if (found === undefined) return equal(heard, xml);
		for (const [name, value] of found) this.#known.set(name, value);
	}

	/** A question of our own goes to the server and back: what was on its way has come before the answer. */
	async #hearsNothing(): Promise<void> {
		this.#barrier += 1;
		await this.#standing().sendInfo(
			`<xccos ver="1" envid="${this.#barrier}" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:getserverinfo" seqid="1"><data/></cmd></xccos>`,
		);
		await until(
			() => this.#heard.some((body) => body.includes(`${this.#barrier}`)),
			{ what: "the answer to a question" },
		);
		const answer = this.#heard.pop();
		deepEqual(this.#heard, []);
		if (!answer?.includes(`${this.#barrier}`)) fail(`heard ${answer}`);
	}

	#standing(): SipDialog {
		return this.#dialog ?? fail(`${this.#name} has not signed in`);
	}

	async close(): Promise<void> {
		await this.#agent?.close();
	}
}
