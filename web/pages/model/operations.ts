/** How the service is doing, as the site tells it: all at first, then on and on. */
import type { Picture, Sample } from "../../operations/views.ts";
import { Refusal, type Session } from "./session.ts";

export type { Picture, Sample, State } from "../../operations/views.ts";

export interface Operations {
	readonly picture: Picture;
	/** Oldest first. */
	readonly samples: readonly Sample[];
}

export interface Follower {
	show(operations: Operations): void;
	/** Nothing new comes; it is tried again. */
	away(): void;
	/** Nothing more comes, for this reason. */
	refused(sentence: string): void;
}

/** As many as the site keeps. */
const kept = 150;
const againMs = 5_000;

/** Rejects as `Session.ask` does. */
export function readOperations(session: Session): Promise<Operations> {
	return session.ask<Operations>("GET", "api/operations");
}

export function followOperations(session: Session, follower: Follower): void {
	let samples: readonly Sample[] = [];

	function open(): void {
		const source = new EventSource("api/events?topic=operations");
		// What was missed, at the beginning and after each gap, is asked for.
		source.addEventListener("ready", () => {
			readOperations(session).then((all) => {
				samples = all.samples;
				follower.show(all);
			}, follower.away);
		});
		source.addEventListener("operations", ({ data }) => {
			const { sample, picture } = JSON.parse(data) as {
				readonly sample: Sample;
				readonly picture: Picture;
			};
			samples = [...samples, sample].slice(-kept);
			follower.show({ picture, samples });
		});
		source.addEventListener("error", () => {
			follower.away();
			// Until it is refused, the browser comes back by itself.
			if (source.readyState === EventSource.CLOSED) void askWhy();
		});
	}

	async function askWhy(): Promise<void> {
		try {
			await readOperations(session);
		} catch (error) {
			if (error instanceof Refusal && [401, 403].includes(error.status)) {
				follower.refused(error.message);
				return;
			}
		}
		setTimeout(open, againMs);
	}

	open();
}
