/** One XCCOS command, whole: how it is read, what it does, how it is answered. A new one is a file and a line in `index.ts`. */
import type { Logger } from "pino";
import type { Rooms } from "../rooms/index.ts";
import type { RoomId, UserUri } from "../rooms/types.ts";
import type { Content, Session, Sessions } from "../sessions/index.ts";
import type { Notice } from "../xccos/notices.ts";
import type { XmlElement } from "../xccos/xml.ts";

/** What this service says of itself. */
export interface ServiceInfo {
	/** The SIP domain, lower case. */
	readonly domain: string;
	/** `sip:…`: where clients sign in. */
	readonly poolUri: string;
	/** `sip:…`: where who asks now is to chat. */
	nextChannel(): string;
	/** `ma-cat://…` above all categories. */
	readonly rootUri: string;
	readonly displayName: string;
	/** GUID of the database. */
	readonly databaseId: string;
	readonly searchResults: number;
	readonly messageBytes: number;
	readonly storyBytes: number;
	/** Where files are brought to and had from; undefined: no tokens are given. */
	fileServiceUrl(): string | undefined;
	readonly roomManagementUrl?: string | undefined;
}

export interface CommandContext {
	readonly session: Session;
	readonly sessions: Sessions;
	readonly rooms: Rooms;
	readonly service: ServiceInfo;
	/** Signs him in at the web door, once. Throws `unavailable`. */
	signInLink(
		user: UserUri,
	): Promise<{ readonly url: string; readonly expiresAt: Date }>;
	/** A message in this session said that it is somebody else's. */
	onOtherAuthor(session: Session): void;
	readonly now: () => Date;
	readonly log: Logger;
	/** Runs when the answer is on its way: what follows it can no longer overtake it. */
	afterReply(work: () => void): void;
}

/** The `<data>` of a reply, in as many parts as it takes, and the notices that complete it. */
export interface Answer {
	readonly parts: readonly (readonly XmlElement[])[];
	readonly notices?: readonly Notice[];
	/** What a part tells of that not everybody may be told. */
	about?(data: readonly XmlElement[]): PartContent;
}

export interface PartContent extends Content {
	/** The same part, told of these rooms; without it, the answer ends by a refusal where a room may not be told. */
	only?(rooms: readonly RoomId[]): readonly XmlElement[];
}

/** What an answer must fit into, in bytes of `<data>`: one frame shared with others, or one that travels alone. */
export interface Budget {
	readonly frameBytes: number;
	readonly bodyBytes: number;
}

export interface CommandSpec<Request, Result> {
	readonly id: `cmd:${string}`;
	/** Throws `ChatError('malformed')`. */
	decode(data: XmlElement, service: ServiceInfo): Request;
	handle(request: Request, context: CommandContext): Promise<Result>;
	encode(result: Result, context: CommandContext, budget: Budget): Answer;
}

/** The same command with its types sealed in, fit for a table. */
export interface Command {
	readonly id: string;
	run(
		data: XmlElement,
		context: CommandContext,
		budget: Budget,
	): Promise<Answer>;
}

export function command<Request, Result>(
	spec: CommandSpec<Request, Result>,
): Command {
	return {
		id: spec.id,
		async run(data, context, budget) {
			const request = spec.decode(data, context.service);
			return spec.encode(await spec.handle(request, context), context, budget);
		},
	};
}

export function table(...commands: readonly Command[]) {
	const byId = new Map(commands.map((entry) => [entry.id, entry]));
	if (byId.size !== commands.length)
		throw new Error("two commands share an id");
	return byId as ReadonlyMap<string, Command>;
}
