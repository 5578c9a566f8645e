import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import webhook from "../../adapters/webhook/index.ts";
import type { ComplianceAdapter } from "../../plugin/compliance/adapter.ts";
import { complianceAdapterContract } from "../contracts/compliance-adapter.ts";
import { until } from "../support/until.ts";
import { delivery } from "./delivery.ts";
import { archived, oneOfEach, posted } from "./events.ts";
import {
	isSigned,
	type Received,
	type Receiver,
	startReceiver,
} from "./receiver.ts";

const directory = mkdtempSync(join(tmpdir(), "persistent-chat-webhook-"));
const secretFile = join(directory, "secret");
const nextSecretFile = join(directory, "next-secret");
const secret = "a secret of the receiver";
const nextSecret = "the secret that takes over";
const secrets = [`file:${secretFile}`];
const url = "https://archive.example.com/chat";
const context = { name: "archive", log: delivery().log };

before(() => {
	writeFileSync(secretFile, `${secret}\n`);
	writeFileSync(nextSecretFile, nextSecret);
});

after(() => {
	rmSync(directory, { recursive: true });
});

function holdsText({ body }: Received, text: string): boolean {
	return JSON.stringify(body.events).includes(text);
}

complianceAdapterContract("webhook", {
	factory: webhook,
	targetFails: true,
	targetRefuses: true,
	open: async () => {
		const receiver = await startReceiver();
		const options = { url: receiver.url, secrets, allowHttp: true };
		return {
			adapter: await webhook(options, context),
			texts: async () =>
				receiver.taken
					.filter((event) => event.type === "posted")
					.map(({ message }) => message.text),
			fail: () => receiver.stop(),
			mend: () => receiver.listen(),
			refuse: async (text) => {
				receiver.answer = (request) => ({
					status: holdsText(request, text) ? 422 : 200,
				});
			},
			close: () => receiver.stop(),
		};
	},
	refusedOptions: [
		{ options: {}, says: /tested\.url: must be a URL like https:\/\/archive/ },
		{ options: { url, secrets: [] }, says: /must name one secret, or two/ },
		{
			options: { url, secrets: ["a secret"] },
			says: /tested\.secrets\.0: must be env:NAME or file:\/path/,
		},
		{
			options: { url, secrets: ["env:NO_SUCH_VARIABLE"] },
			says: /The environment variable NO_SUCH_VARIABLE must hold the secret/,
		},
		{
			options: { url, secrets: ["file:/dev/null"] },
			says: /The secret file:\/dev\/null must have 16 characters/,
		},
		{
			options: { url, secrets: ["file:/no/such/file"] },
			says: /The file \/no\/such\/file must hold the secret/,
		},
		{
			options: { url: "http://archive.example.com/", secrets },
			says: /tested\.url: must begin with https:/,
		},
		{
			options: { url: "https://user:password@archive.example.com/", secrets },
			says: /tested\.url: must be a URL like/,
		},
		{
			options: { url: "file:///etc/passwd", secrets },
			says: /tested\.url: must be a URL like/,
		},
	],
});

describe("webhook requests", () => {
	let receiver: Receiver;
	let adapter: ComplianceAdapter;

	const open = (more: object = {}) =>
		webhook({ url: receiver.url, secrets, allowHttp: true, ...more }, context);

	beforeEach(async () => {
		receiver = await startReceiver();
		adapter = await open();
	});

	afterEach(() => receiver.stop());

	it("hold the events as they are, the batch's key, and a signature", async () => {
		const batch = oneOfEach();
		await adapter.deliver(
			batch,
			delivery({ key: "archive:1-18", replay: true }),
		);
		const [request, ...more] = receiver.requests;
		ok(request);
		equal(more.length, 0);
		deepEqual(request.body, {
			version: 1,
			adapter: "archive",
			key: "archive:1-18",
			replay: true,
			events: batch,
		});
		equal(request.headers["content-type"], "application/json");
		equal(request.headers["idempotency-key"], "archive:1-18");
		equal(isSigned(request, secret), true);
		equal(isSigned(request, nextSecret), false);
	});

	it("are signed with both secrets while one takes over", async () => {
		adapter = await open({ secrets: [...secrets, `file:${nextSecretFile}`] });
		await adapter.deliver(archived([posted("one")]), delivery());
		const [request] = receiver.requests;
		ok(request);
		equal(isSigned(request, secret), true);
		equal(isSigned(request, nextSecret), true);
	});

	it("are no bigger than said, in order, each piece with a key of its own that a repeat has again", async () => {
		adapter = await open({ requestBytes: 20_000 });
		const batch = archived(
			Array.from({ length: 30 }, (_, index) =>
				posted(`${index} ${"é".repeat(1_000)}`),
			),
		);
		await adapter.deliver(batch, delivery({ key: "archive:1-30" }));
		await adapter.deliver(batch, delivery({ key: "archive:1-30", attempt: 2 }));
		const half = receiver.requests.length / 2;
		ok(half >= 4, `in ${half} pieces`);
		ok(receiver.requests.every(({ bytes }) => bytes <= 20_000));
		deepEqual(receiver.taken.slice(0, 30), batch);
		const keys = receiver.requests.map(({ body }) => body.key);
		deepEqual(keys.slice(0, half), keys.slice(half));
		equal(new Set(keys).size, half);
		ok(keys[0]?.startsWith("archive:1-30/1-"), keys[0]);
	});

	it("are no bigger than said with everything around the events, also where these alone would just fit", async () => {
		adapter = await open({ requestBytes: 20_000 });
		const bytesOf = (batch: readonly object[]) =>
			batch.reduce((sum, one) => sum + JSON.stringify(one).length + 1, 0);
		const texts = Array.from({ length: 10 }, () => "x".repeat(1_000));
		const missing =
			20_000 - bytesOf(archived(texts.map((text) => posted(text))));
		texts[9] += "x".repeat(missing);
		const batch = archived(texts.map((text) => posted(text)));
		equal(bytesOf(batch), 20_000);
		await adapter.deliver(batch, delivery({ key: "k".repeat(128) }));
		deepEqual(receiver.taken, batch);
		equal(receiver.requests.length, 2);
		ok(receiver.requests.every(({ bytes }) => bytes <= 20_000));
	});

	it("that are too big for the receiver come in halves", async () => {
		receiver.answer = ({ body }) => ({
			status: body.events.length > 2 ? 413 : 200,
		});
		const batch = archived(
			["1", "2", "3", "4", "5"].map((text) => posted(text)),
		);
		await adapter.deliver(batch, delivery());
		deepEqual(receiver.taken, batch);
	});

	it("with one event too big for the receiver set it aside, and take the others", async () => {
		receiver.answer = (request) => ({
			status: holdsText(request, "huge") ? 413 : 200,
		});
		const batch = archived([
			posted("1"),
			posted("huge"),
			posted("3"),
			posted("4"),
		]);
		await rejects(adapter.deliver(batch, delivery()), {
			name: "Undeliverable",
			message: "The receiver says that it is too big (413).",
			events: [batch[1]?.id],
		});
		deepEqual(
			receiver.taken.map(({ position }) => position),
			[1, 3, 4],
		);
	});

	it("are not made again for what was taken, when the others come again without what was refused", async () => {
		receiver.answer = (request) => ({
			status: holdsText(request, "poison") ? 422 : 200,
		});
		const batch = archived(
			["1", "poison", "3", "4"].map((text) => posted(text)),
		);
		await rejects(adapter.deliver(batch, delivery()));
		const rest = batch.filter((_, index) => index !== 1);
		await adapter.deliver(rest, delivery());
		deepEqual(
			receiver.taken.map(({ position }) => position),
			[1, 3, 4],
		);
		await adapter.deliver(rest, delivery({ replay: true }));
		equal(receiver.taken.length, 6);
	});

	it("that failed in the middle go on there, with the same keys", async () => {
		adapter = await open({ requestBytes: 20_000 });
		const batch = archived(
			Array.from({ length: 30 }, (_, index) =>
				posted(`${index} ${"é".repeat(1_000)}`),
			),
		);
		receiver.answer = () => ({
			status: receiver.requests.length === 2 ? 500 : 200,
		});
		await rejects(adapter.deliver(batch, delivery()));
		await adapter.deliver(batch, delivery({ attempt: 2 }));
		deepEqual(receiver.taken, batch);
		const keys = receiver.requests.map(({ body }) => body.key);
		equal(keys[1], keys[2]);
	});

	it("that reach nobody say why, and nothing of what there was to hear", async () => {
		await receiver.stop();
		await rejects(
			adapter.deliver(archived([posted("one")]), delivery()),
			(error: Error) =>
				error.cause === undefined &&
				error.message === "The receiver cannot be reached (ECONNREFUSED).",
		);
	});

	it("leave a receiver alone for an hour at most", async () => {
		receiver.answer = () => ({
			status: 503,
			headers: { "retry-after": "999999" },
		});
		await rejects(
			adapter.deliver(archived([posted("one")]), delivery()),
			/now for 3600 s/,
		);
	});

	for (const [status, says] of [
		[307, /redirects \(307\): no redirect is followed/],
		[400, /answered 400\. It is tried again\./],
		[401, /refuses the sender \(401\)/],
		[404, /no receiver at the URL \(404\)/],
		[410, /no receiver at the URL \(410\)/],
		[500, /answered 500/],
	] as const) {
		it(`answered with ${status} are tried again later, and nothing is set aside`, async () => {
			receiver.answer = () => ({
				status,
				headers: { location: `${receiver.url}/other` },
			});
			await rejects(
				adapter.deliver(archived([posted("one")]), delivery()),
				(error: Error) => error.name === "Error" && says.test(error.message),
			);
			equal(receiver.requests.length, 1);
		});
	}

	it("are repeated in the delivery when the receiver asks for a short pause", async () => {
		const answers = [
			{ status: 429, headers: { "retry-after": "0" } },
			{
				status: 503,
				headers: { "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" },
			},
			{ status: 200 },
		];
		receiver.answer = () => answers.shift() ?? { status: 500 };
		await adapter.deliver(archived([posted("one")]), delivery());
		equal(receiver.requests.length, 3);
		equal(receiver.taken.length, 1);
	});

	it("wait for the pause that the receiver asks for", async () => {
		const atMs: number[] = [];
		receiver.answer = () => {
			atMs.push(performance.now());
			return atMs.length === 1
				? { status: 429, headers: { "retry-after": "1" } }
				: { status: 200 };
		};
		await adapter.deliver(archived([posted("one")]), delivery());
		const [first = 0, second = 0] = atMs;
		ok(second - first > 950, `${second - first} ms`);
	});

	it("do not take an answer that has no end, and let go of its connection", async () => {
		let closed = false;
		const talkative = createServer((_, response) => {
			const talk = () => {
				while (!response.destroyed && response.write("x".repeat(10_000)));
			};
			response.on("drain", talk).on("close", () => {
				closed = true;
			});
			talk();
		}).listen(0, "127.0.0.1");
		await once(talkative, "listening");
		const { port } = talkative.address() as AddressInfo;
		try {
			adapter = await open({ url: `http://127.0.0.1:${port}/` });
			await adapter.deliver(archived([posted("one")]), delivery());
			await until(() => closed, { what: "the end of the connection" });
		} finally {
			talkative.closeAllConnections();
			talkative.close();
		}
	});

	it("are not repeated for ever in one delivery", async () => {
		receiver.answer = () => ({ status: 429, headers: { "retry-after": "0" } });
		await rejects(
			adapter.deliver(archived([posted("one")]), delivery()),
			/asks to be left alone/,
		);
		equal(receiver.requests.length, 3);
	});

	it("stay away as long as the receiver asks, if that is longer than a delivery waits", async () => {
		receiver.answer = () => ({
			status: 503,
			headers: { "retry-after": "600" },
		});
		const batch = archived([posted("one")]);
		for (const attempt of [1, 2]) {
			await rejects(
				adapter.deliver(batch, delivery({ attempt })),
				/asks to be left alone, now for 600 s/,
			);
		}
		equal(receiver.requests.length, 1);
	});

	it("without an answer end after the time limit", async () => {
		receiver.answer = () => undefined;
		adapter = await open({ timeoutMs: 100 });
		await rejects(
			adapter.deliver(archived([posted("one")]), delivery()),
			/did not answer within 100 ms/,
		);
	});

	it("without an answer end when the delivery is aborted", async () => {
		const abort = new AbortController();
		receiver.answer = () => {
			abort.abort();
			return undefined;
		};
		await rejects(
			adapter.deliver(
				archived([posted("one")]),
				delivery({ signal: abort.signal }),
			),
			{ name: "AbortError" },
		);
	});

	it("never show the secret: not in the log, not in an error", async () => {
		receiver.answer = () => ({ status: 503, headers: { "retry-after": "0" } });
		const given = delivery();
		const error = await adapter
			.deliver(archived([posted("one")]), given)
			.catch((fault: unknown) => fault);
		ok(error instanceof Error);
		ok(!`${error.stack}${JSON.stringify(given.lines)}`.includes(secret));
	});
});
