/** An operator's registrar on our SIP stack: it challenges, grants what it likes, refuses, and is silent. */
import {
	type Algorithm,
	createDigest,
	hash,
	parseDigestAnswer,
} from "../../plugin/sip/digest.ts";
import {
	responseTo,
	type ServerTransaction,
	SipStack,
	type TransportName,
} from "../../sip-stack/index.ts";

export interface RegistrarManners {
	/** Undefined: it asks for no password. */
	readonly password?: string;
	readonly status?: 401 | 407;
	readonly algorithms?: readonly Algorithm[];
	/** At most. */
	readonly grantSeconds?: number;
	/** Says the time in `Expires`, not in `Contact`. */
	readonly grantsInHeader?: boolean;
	readonly leastSeconds?: number;
	/** Answers so, whatever is asked. */
	readonly answers?: number;
	readonly retryAfterSeconds?: number;
	readonly silent?: boolean;
	/** It answers no sooner. */
	readonly after?: Promise<void>;
}

export interface TestRegistrar {
	/** `sip:127.0.0.1:5060;transport=tcp`. */
	readonly uri: string;
	manners: RegistrarManners;
	/** By address, where calls are sent now. */
	readonly bindings: ReadonlyMap<string, string>;
	/** The REGISTERs that came, with the time asked for and whether there was an answer to a challenge. */
	readonly asked: readonly {
		readonly seconds: number;
		readonly callId: string;
		readonly sequence: number;
		readonly withPassword: boolean;
		readonly algorithm: string | undefined;
	}[];
	close(): Promise<void>;
}

type Asked = TestRegistrar["asked"][number];

export async function startRegistrar(
	manners: RegistrarManners = {},
	transport: TransportName = "tcp",
): Promise<TestRegistrar> {
	const digest = createDigest("registrar", Date.now);
	const bindings = new Map<string, string>();
	const asked: Asked[] = [];
	const stack = new SipStack({
		onRequest(transaction) {
			const { request } = transaction;
			if (request.method === "REGISTER") void register(transaction);
			else transaction.respond(responseTo(request, 405));
		},
	});
	const listener = await stack.listen({
		transport,
		host: "127.0.0.1",
		port: 0,
	});
	const registrar = {
		uri: `sip:127.0.0.1:${listener.port};transport=${transport}`,
		manners,
		bindings,
		asked,
		close: () => stack.close(),
	};

	async function register(transaction: ServerTransaction): Promise<void> {
		const { request } = transaction;
		const { manners: now } = registrar;
		const header = (name: string) => request.headers.get(name) ?? "";
		const contact = header("Contact");
		const seconds = Number(
			/;expires=(\d+)/.exec(contact)?.[1] ?? header("Expires"),
		);
		const given = header(
			now.status === 407 ? "Proxy-Authorization" : "Authorization",
		);
		const answer = given === "" ? undefined : parseDigestAnswer(given);
		asked.push({
			seconds,
			callId: header("Call-ID"),
			sequence: Number.parseInt(header("CSeq"), 10),
			withPassword: answer !== undefined,
			algorithm: answer?.algorithm,
		});
		const respond = (status: number, headers: [string, string][] = []) => {
			const response = responseTo(request, status, { toTag: "registrar" });
			for (const [name, value] of headers) response.headers.add(name, value);
			transaction.respond(response);
		};
		if (now.silent) return;
		await now.after;
		if (now.answers !== undefined) {
			const { retryAfterSeconds: after } = now;
			const headers: [string, string][] = [["Retry-After", `${after}`]];
			respond(now.answers, after === undefined ? [] : headers);
			return;
		}
		if (now.password !== undefined) {
			const { status = 401, algorithms = ["SHA-256", "MD5"] } = now;
			const name = status === 407 ? "Proxy-Authenticate" : "WWW-Authenticate";
			const challenge = (stale: boolean) =>
				respond(
					status,
					digest
						.challenge(algorithms, stale, "")
						.map((value): [string, string] => [name, value]),
				);
			if (answer === undefined) {
				challenge(false);
				return;
			}
			const { username, realm, algorithm } = answer;
			const ha1 = hash(algorithm, `${username}:${realm}:${now.password}`);
			const verdict = digest.verify(
				answer,
				{ method: "REGISTER", holder: "" },
				ha1,
			);
			if (verdict !== "right") {
				challenge(verdict === "stale");
				return;
			}
		}
		const { leastSeconds = 0 } = now;
		if (seconds > 0 && seconds < leastSeconds) {
			respond(423, [["Min-Expires", String(leastSeconds)]]);
			return;
		}
		const address = /<([^>]*)>/.exec(header("To"))?.[1] ?? "";
		const place = /<([^>]*)>/.exec(contact)?.[1] ?? "";
		if (seconds === 0) {
			bindings.delete(address);
			respond(200);
			return;
		}
		bindings.set(address, place);
		const granted = Math.min(seconds, now.grantSeconds ?? seconds);
		const other = "<sip:somebody@192.0.2.9:5060>;expires=7777";
		respond(
			200,
			now.grantsInHeader
				? [["Expires", String(granted)]]
				: [["Contact", `${other}, <${place}>;expires=${granted}`]],
		);
	}

	return registrar;
}
