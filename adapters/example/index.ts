/**
 * An adapter to begin with: each posted message a line of a text file. Copy it, and take the two imports from
 * "drachtio-persistent-chat/adapter" instead. docs/compliance-adapters.md goes through the same in plain JavaScript.
 */
import { open } from "node:fs/promises";
import {
	type AdapterFactory,
	type ArchivedEvent,
	Undeliverable,
} from "../../plugin/compliance/adapter.ts";

/** The default export is called once, at start, with what the configuration says under `options`. */
const example: AdapterFactory = async (options, { name, log }) => {
	// What is refused here keeps the service from starting: say what is wrong, and what would be right.
	const path = checkFile(options);
	// Open here what you need, so that a wrong setting is found at start and not at night.
	const file = await open(path, "a", 0o640);
	log.info({ name }, "The archive's file is open");

	return {
		/** Called with the next events, oldest first, and never while an earlier call is under way. */
		async deliver(batch, { signal }) {
			// It stops or has taken too long: leave by throwing, and the batch comes again.
			signal.throwIfAborted();
			await file.appendFile(batch.map(lineOf).join(""));
			// Only now is it true that the events are safe; resolving says so, and they may be forgotten.
			await file.sync();
			// Whatever is thrown on the way (a full disk …) brings the same batch again after a while.
		},

		/** Called once, after the last delivery has ended. */
		async close() {
			await file.close();
		},
	};
};

// The adapter's module is known by its default export.
export default example;

function checkFile(options: unknown): string {
	const { file, ...unknown } = { ...(options as Record<string, unknown>) };
	const [other] = Object.keys(unknown);
	if (other !== undefined) {
		throw new Error(`There is no option ${other}; the only one is file.`);
	}
	if (typeof file === "string" && file !== "") return file;
	throw new Error("The option file must be a path, like ./archive.txt.");
}

function lineOf(event: ArchivedEvent): string {
	// Types that you have no use for are passed over; the configuration can also say that they do not come at all.
	if (event.type !== "posted") return "";
	const { id, at, actor, room, message } = event;
	if (message.text.length > 100_000) {
		// No repeat would cure it: it is set aside with this reason, for the operator; no text of anybody's in it.
		throw new Undeliverable("The text is too long for a line.", [id]);
	}
	// An event may come more than once. Its id is for ever its own, so whoever reads the file can drop the repeat.
	return `${JSON.stringify([id, at, room.name, actor.uri, message.text])}\n`;
}
