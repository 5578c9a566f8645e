/** `webhook`: batches as signed POSTs of JSON; an answer of 2xx says that the events are safe. */
import { z } from "zod";
import type {
	AdapterFactory,
	ArchivedEvent,
	Delivery,
} from "../../plugin/compliance/adapter.ts";
import { checkOptions } from "../options.ts";
import { readSecret, secretSource } from "../secret.ts";
import { makeTaking } from "../taking.ts";
import { bodyOf, fittingPieces } from "./body.ts";
import { makeSender, type Request } from "./request.ts";

const secretCharacters = 16;
const oneOrTwo = "must name one secret, or two while one takes over";

const optionsSchema = z
	.strictObject({
		url: z
			.string("must be a URL like https://archive.example.com/chat")
			.refine(isUrl, "must be a URL like https://archive.example.com/chat")
			.describe("Where the batches are posted to"),
		secrets: z
			.array(secretSource, oneOrTwo)
			.min(1, oneOrTwo)
			.max(2, oneOrTwo)
			.describe("What the signatures are made with: env:NAME or file:/path"),
		allowHttp: z
			.boolean("must be true or false")
			.default(false)
			.describe("Take an http: URL: anybody on the way reads everything"),
		requestBytes: z
			.int("must be a number of bytes")
			.min(20_000, "must be 20000 (bytes) or more")
			.default(1_000_000)
			.describe("A body is no bigger, unless one event alone is"),
		timeoutMs: z
			.int("must be milliseconds")
			.min(100, "must be 100 (milliseconds) or more")
			.max(600_000, "must be 600000 (milliseconds) or less")
			.default(20_000)
			.describe("An answer has to come within it"),
		patienceMs: z
			.int("must be milliseconds")
			.min(0, "must be 0 (milliseconds) or more")
			.max(60_000, "must be 60000 (milliseconds) or less")
			.default(5_000)
			.describe("A Retry-After of this or less is waited for in the delivery"),
	})
	.refine(({ url, allowHttp }) => allowHttp || !url.startsWith("http:"), {
		path: ["url"],
		message:
			"must begin with https:, or set allowHttp where the way is protected otherwise",
	});

const webhook: AdapterFactory = async (given, { name }) => {
	const options = checkOptions(name, optionsSchema, given);
	const secrets = options.secrets.map((each) =>
		readSecret(each, secretCharacters),
	);
	const send = makeSender({ ...options, secrets });

	const take = makeTaking();

	return {
		deliver: (batch, delivery) =>
			take(batch, delivery, async (rest, give) => {
				for (const piece of fittingPieces(rest, options.requestBytes)) {
					await give(piece, (events) =>
						send(requestOf(name, events, batch, delivery), delivery),
					);
				}
			}),
	};
};

export default webhook;

/** The same events of the same batch have the same key, whether they are all of it or a piece. */
function requestOf(
	adapter: string,
	events: readonly ArchivedEvent[],
	batch: readonly ArchivedEvent[],
	{ key: batchKey, replay }: Delivery,
): Request {
	const positions = [events.at(0), events.at(-1)].map((each) => each?.position);
	const key =
		events.length === batch.length
			? batchKey
			: `${batchKey}/${positions.join("-")}`;
	return { key, body: bodyOf({ adapter, key, replay, events }) };
}

function isUrl(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, username, password, hash } = new URL(text);
	return /^https?:$/.test(protocol) && `${username}${password}${hash}` === "";
}
