/**
 * A session that comes back. States: signed out → `open` → connected → (dialog or connection lost) → disconnected: attempts
 * with growing pauses, each a whole sign-in, all rooms joined again, gaps filled → connected. A refusal of the user himself
 * (401, 403, 407) and `close` end it for good.
 */
import { type BackOff, pause, pauseMs } from "./back-off.ts";
import type { ChannelEvents } from "./channel.ts";
import { ChatDisconnected, ChatRefused } from "./errors.ts";
import { JoinedRooms, type Tell } from "./joined-rooms.ts";
import { type NewPost, Posts } from "./posts.ts";
import { fillGap, joinAll } from "./room-commands.ts";
import { type Session, type SignInOptions, signIn } from "./sign-in.ts";
import { SipRefused } from "./sip-agent.ts";
import type { PostReceipt, ServiceInfo } from "./types.ts";
import { readMessage } from "./xccos/blocks.ts";
import type { Incoming } from "./xccos/envelope.ts";

export interface ConnectionOptions {
	readonly signIn: SignInOptions;
	readonly backOff: BackOff | false;
	readonly fillGaps: boolean;
}

export class Connection {
	readonly rooms: JoinedRooms;
	readonly #options: ConnectionOptions;
	readonly #posts: Posts;
	readonly #closing = new AbortController();
	readonly #emit: Tell;
	/** Undefined while disconnected. */
	#session: Session | undefined;
	#recovery: Promise<void> = Promise.resolve();
	#why = "not signed in";
	user = "";
	service: ServiceInfo = {};

	constructor(options: ConnectionOptions, tell: Tell) {
		this.#options = options;
		this.#emit = (name, value) => {
			if (!this.#closing.signal.aborted) tell(name, value);
		};
		this.rooms = new JoinedRooms(this.#emit);
		const { commandMs, retries } = options.signIn.limits;
		this.#posts = new Posts(commandMs, retries, this.#emit);
	}

	/** The standing session. Throws `ChatDisconnected`. */
	get session(): Session {
		if (!this.#session) throw new ChatDisconnected(this.#why);
		return this.#session;
	}

	get connected(): boolean {
		return this.#session !== undefined;
	}

	async open(): Promise<void> {
		this.#start(await this.#signIn());
	}

	async post(post: NewPost): Promise<PostReceipt> {
		return this.#posts.send(this.session.exchange, this.user, post);
	}

	async close(): Promise<void> {
		this.#closing.abort();
		const session = this.#session;
		this.#why = "the client was closed";
		this.#session = undefined;
		this.#posts.end(this.#why);
		await session?.close();
		await this.#recovery;
	}

	async #signIn(): Promise<Session> {
		const events: ChannelEvents = {
			onIncoming: (incoming) => this.#incoming(incoming),
			onFault: (error) => this.#emit("fault", error),
			onEnd: (why) => this.#lost(why),
		};
		const session = await signIn(this.#options.signIn, events);
		this.user = session.agent.user;
		this.service = session.service;
		return session;
	}

	#start(session: Session): void {
		if (session.ended !== undefined) throw new ChatDisconnected(session.ended);
		this.#session = session;
	}

	#incoming(incoming: Incoming): void {
		switch (incoming.kind) {
			case "reply":
				this.rooms.reply(incoming);
				this.#posts.reply(incoming);
				break;
			case "notice":
				this.rooms.notice(incoming);
				break;
			case "posted": {
				const message = readMessage(incoming.message);
				if (!message) break;
				const room = this.rooms.all.get(message.room);
				if (room) room.delivery.live(message);
				else this.#emit("message", message);
				if (message.author.uri.toLowerCase() === this.user.toLowerCase()) {
					this.#posts.echoed(message);
				}
			}
		}
	}

	/** The standing session is over. (One that is still being restored tells `#restore` by rejecting its commands.) */
	#lost(why: string): void {
		const session = this.#session;
		if (!session) return;
		this.#session = undefined;
		this.#why = why;
		this.#posts.end(why);
		const { backOff } = this.#options;
		this.#emit("disconnected", { why, final: backOff === false });
		this.#recovery = session
			.close()
			.then(() => (backOff ? this.#comeBack(backOff) : undefined));
	}

	async #comeBack(backOff: BackOff): Promise<void> {
		for (let attempt = 0; ; attempt++) {
			const waited = await pause(
				pauseMs(backOff, attempt),
				this.#closing.signal,
			);
			if (!waited) return;
			try {
				await this.#restore();
				return;
			} catch (error) {
				this.#why = reasonOf(error);
				if (!isFinal(error)) continue;
				this.#emit("disconnected", { why: this.#why, final: true });
				return;
			}
		}
	}

	/** Signs in, enters all rooms again, tells what was missed; on failure nothing of it is left open. */
	async #restore(): Promise<void> {
		const session = await this.#signIn();
		try {
			await this.#enterAgain(session);
			if (this.#closing.signal.aborted) throw new ChatDisconnected("closed");
			this.#start(session);
		} catch (error) {
			await session.close();
			throw new ChatDisconnected(`coming back failed: ${String(error)}`, {
				cause: error,
			});
		}
		this.#emit("reconnected", { rooms: [...this.rooms.all.values()] });
	}

	async #enterAgain({ exchange, service }: Session): Promise<void> {
		const rooms = [...this.rooms.all.values()];
		for (const room of rooms) room.delivery.hold();
		const uris = rooms.map((room) => room.info.uri);
		const refused = await joinAll(exchange, uris, this.rooms);
		for (const [uri, why] of refused) this.rooms.remove(uri, why.text);
		const entered = rooms.filter((room) => !refused.has(room.info.uri));
		await Promise.all(
			entered.map((room) =>
				this.#options.fillGaps
					? fillGap(exchange, room, service.searchLimit, this.#emit)
					: room.delivery.fill([]),
			),
		);
	}
}

function reasonOf(error: unknown): string {
	if (error instanceof ChatRefused) return error.text;
	return error instanceof Error ? error.message : String(error);
}

/** Trying again would be answered the same. */
function isFinal(error: unknown): boolean {
	if (error instanceof ChatRefused) return error.code === 403;
	return error instanceof SipRefused && [401, 403, 407].includes(error.status);
}
