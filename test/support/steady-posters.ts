/** Clients that post one message after another, each the very same until it is acknowledged, and keep all that they are told. */
import { setTimeout as pause } from "node:timers/promises";
import { nodeAgent, type SipAgent } from "../../client/index.ts";
import type { ChatNode } from "./chat-node.ts";
import { rooms } from "./people.ts";
import { until } from "./until.ts";

/** Between two posts of one client; after a refusal, as real clients do, he waits a little longer. */
const betweenMs = { posts: 20, tries: 200 };

export interface Told {
	readonly sequence: number;
	readonly text: string;
}

export interface SteadyPoster {
	/** Texts, in their order. */
	readonly acknowledged: readonly string[];
	/** Answers other than 200: their statuses. */
	readonly refusals: readonly number[];
	/** What was said beside them, in XML. */
	readonly words: readonly string[];
	/** Messages of the lobby, as they came. */
	readonly told: readonly Told[];
	/** Why his dialog ended, if it did. */
	readonly ended: readonly string[];
	/** Resolves when a post that he begins from now on has been acknowledged. */
	postsAgain(withinMs: number): Promise<void>;
	/** Resolves when what he was about to post has been acknowledged. */
	stop(): Promise<void>;
	close(): Promise<void>;
}

/** In the lobby; he posts from the first moment. */
export async function startSteadyPoster(
	node: Pick<ChatNode, "server">,
	name: string,
): Promise<SteadyPoster> {
	const told: Told[] = [];
	const acknowledged: string[] = [];
	const refusals: number[] = [];
	const words: string[] = [];
	const ended: string[] = [];
	let replies = 0;
	let begun = 0;
	let stopped = false;
	const user = `sip:${name}@example.com`;
	const agent: SipAgent = await nodeAgent({
		...{ server: node.server("tcp"), user, password: `${name}-pw` },
	})({ onLost: ({ message }) => ended.push(message) });
	const dialog = await agent.invite(
		"sip:GC-1-PersistentChatService-1@example.com",
		{
			onInfo(body) {
				replies += 1;
				told.push(...messagesIn(body));
				words.push(...refusalsIn(body));
			},
			onEnd: ({ cause, detail }) => ended.push(`${cause} ${detail}`),
		},
	);
	await dialog.sendInfo(
		`<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="example.com" value="${rooms.lobby.slice(-36)}"/></data></cmd></xccos>`,
	);
	await until(() => replies > 0, { what: "the reply to the join" });

	async function post(number: number): Promise<void> {
		const text = `${name} ${number}`;
		const at = new Date().toISOString();
		const body = `<xccos ver="1" envid="${number + 100}" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="${rooms.lobby}" author="${user}" ts="${at}"><chat>${text}</chat></grpchat></xccos>`;
		for (;;) {
			const { status } = await dialog.sendInfo(body);
			if (status === 200) break;
			refusals.push(status);
			await pause(betweenMs.tries);
		}
		acknowledged.push(text);
	}

	async function postAll(): Promise<void> {
		while (!stopped) {
			begun += 1;
			await post(begun);
			await pause(betweenMs.posts);
		}
	}

	const posting = postAll();
	// Heard of by whoever waits for it to stop.
	posting.catch(() => undefined);
	return {
		...{ acknowledged, refusals, words, told, ended },
		async postsAgain(withinMs) {
			const next = begun + 1;
			await until(() => acknowledged.length >= next, {
				what: `a post of ${name} that is taken`,
				withinMs,
			});
		},
		async stop() {
			stopped = true;
			await posting;
		},
		async close() {
			stopped = true;
			await agent.close();
			await posting.catch(() => undefined);
		},
	};
}

function refusalsIn(body: string): readonly string[] {
	return [...body.matchAll(/<resp code="(?!200)\d+">([^<]*)</g)].map(
		([, text = ""]) => text,
	);
}

function messagesIn(body: string): readonly Told[] {
	return [
		...body.matchAll(
			/<grpchat [^>]*?chatId="(\d+)"[^>]*>[\s\S]*?<chat>([^<]*)<\/chat>/g,
		),
	].map(([, sequence, text = ""]) => ({ sequence: Number(sequence), text }));
}
