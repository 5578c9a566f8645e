/** Posts of 600 bytes, each with a mark by which its deliveries are known: how many a second, and how long after it was sent. */
import { setTimeout as pause } from "node:timers/promises";
import type { RoomId } from "../plugin/rooms/types.ts";

const textBytes = 600;
const sign = "~~";
const markDigits = 8;

/** The XCCOS body of a post. */
export function postOf(
	room: RoomId | undefined,
	author: string,
	mark: number,
): string {
	return `<xccos ver="1" envid="${mark + 1}" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="ma-chan://example.com/${room}" author="${author}" ts="2026-11-23T09:00:00Z"><chat>${textOf(mark)}</chat></grpchat></xccos>`;
}

export function textOf(mark: number): string {
	return `${sign}${String(mark).padStart(markDigits, "0")} `.padEnd(
		textBytes,
		"lorem ipsum dolor sit amet ",
	);
}

export interface Sender {
	/** How many are to have each post. */
	readonly people: number;
	send(mark: number): void;
}

export interface Outcome {
	readonly postsPerSecond: number;
	readonly deliveriesPerSecond: number;
	/** From the moment that it was sent until it was there, each delivery; in milliseconds. */
	readonly delays: readonly number[];
}

interface Post {
	readonly sentAt: number;
	left: number;
	done(): void;
}

/** Knows which posts are under way. */
export function createPosts() {
	const underWay = new Map<number, Post>();
	let next = 0;
	let delivered = 0;
	let delays: number[] = [];

	function send(sender: Sender, done: () => void): void {
		const mark = next++;
		underWay.set(mark, {
			sentAt: performance.now(),
			left: sender.people,
			done,
		});
		sender.send(mark);
	}

	async function measured(during: () => Promise<void>): Promise<Outcome> {
		const [posts, deliveries] = [next, delivered];
		delays = [];
		const begun = performance.now();
		await during();
		const took = (performance.now() - begun) / 1_000;
		return {
			postsPerSecond: (next - posts) / took,
			deliveriesPerSecond: (delivered - deliveries) / took,
			delays,
		};
	}

	async function settled(): Promise<void> {
		const deadline = performance.now() + 20_000;
		while (underWay.size > 0) {
			if (performance.now() > deadline) {
				throw new Error(`${underWay.size} posts did not reach everybody`);
			}
			await pause(5);
		}
	}

	return {
		/** To be called with every body that came. */
		take(body: Buffer): void {
			let at = body.indexOf(sign);
			const now = performance.now();
			while (at >= 0) {
				const from = at + sign.length;
				const mark = Number(body.toString("latin1", from, from + markDigits));
				const post = underWay.get(mark);
				if (post !== undefined) {
					delivered += 1;
					delays.push(now - post.sentAt);
					post.left -= 1;
					if (post.left === 0) {
						underWay.delete(mark);
						post.done();
					}
				}
				at = body.indexOf(sign, from);
			}
		},
		/** So many posts are always under way, each until everybody has it. `around` is called at the begin and end of what is measured. */
		async saturated(
			sender: () => Sender,
			window: number,
			seconds: number,
			around: () => void = () => {},
		): Promise<Outcome> {
			let going = true;
			const again = () => {
				if (going) send(sender(), again);
			};
			for (let i = 0; i < window; i += 1) again();
			await pause(700);
			around();
			const outcome = await measured(() => pause(seconds * 1_000));
			around();
			going = false;
			await settled();
			return outcome;
		},
		/** So many posts a second, evenly. */
		async paced(
			sender: () => Sender,
			postsPerSecond: number,
			seconds: number,
		): Promise<Outcome> {
			const outcome = await measured(async () => {
				const begun = performance.now();
				const count = Math.max(5, Math.round(postsPerSecond * seconds));
				for (let i = 0; i < count; i += 1) {
					const due = begun + (i * 1_000) / postsPerSecond;
					const waitMs = due - performance.now();
					if (waitMs > 0.5) await pause(waitMs);
					send(sender(), () => {});
				}
				await settled();
			});
			return outcome;
		},
	};
}

export type Posts = ReturnType<typeof createPosts>;
