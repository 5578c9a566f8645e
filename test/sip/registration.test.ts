/** The service's address, registered with the operator's registrars: challenged, refreshed, refused, left alone, taken back. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { answerChallenge, readChallenge } from "../../plugin/sip/challenge.ts";
import { typed } from "../../plugin/sip/drachtio.ts";
import {
	createRegistrations,
	type Registrations,
	type RegistrationsNeeds,
} from "../../plugin/sip/registrations.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import {
	type RegistrarManners,
	startRegistrar,
	type TestRegistrar,
} from "../support/registrar.ts";
import { until } from "../support/until.ts";

const address = "sip:persistentchat@example.com";
const password = "registrar-secret";

describe("registration with an operator's registrar", () => {
	let node: ChatNode;
	let closing: (() => Promise<void>)[];
	before(async () => {
		node = await startChatNode();
	});
	after(() => node.close());
	beforeEach(() => {
		closing = [];
	});
	afterEach(async () => {
		for (const close of closing.reverse()) await close();
	});

	const registrarWith = async (
		manners: RegistrarManners,
		transport: "tcp" | "udp" = "tcp",
	): Promise<TestRegistrar> => {
		const registrar = await startRegistrar(manners, transport);
		closing.push(() => registrar.close());
		return registrar;
	};

	const logged: string[] = [];
	function register(
		registrars: readonly TestRegistrar[],
		more: Partial<RegistrationsNeeds> & { secret?: string } = {},
	): Registrations {
		logged.splice(0);
		const write = (level: string) => (about: object, text: string) =>
			logged.push(`${level} ${text} ${JSON.stringify(about)}`);
		const { secret = password, ...rest } = more;
		const server = typed(node.srf);
		const all = createRegistrations({
			server,
			registrations: registrars.map(({ uri }) => ({
				registrar: uri,
				password: secret,
				expiresSeconds: 300,
			})),
			poolUri: address,
			log: {
				info: write("info"),
				warn: write("warn"),
				error: write("error"),
			} as unknown as RegistrationsNeeds["log"],
			answerMs: 2_000,
			waits: { firstMs: 60, longestMs: 200, refusedMs: 60_000, endMs: 500 },
			...rest,
		});
		const [[socket] = []] = server.app.client?.mapServer ?? [];
		const contacts = node.chat.condition.sipServer()?.contacts ?? [];
		if (socket === undefined) throw new Error("no connection");
		all.begin(socket, { contacts });
		closing.push(() => all.end());
		return all;
	}
	const reached = (all: Registrations, state: string) =>
		until(() => all.states().every((one) => one.state === state), {
			what: `${state} (${JSON.stringify(all.states())})`,
		});

	for (const status of [401, 407] as const) {
		for (const algorithms of [["SHA-256", "MD5"], ["MD5"]] as const) {
			it(`answers ${status} with ${algorithms[0]}`, async () => {
				const registrar = await registrarWith({
					...{ password, status, algorithms },
				});
				const all = register([registrar]);
				await reached(all, "registered");
				deepEqual(
					registrar.asked.map((each) => each.algorithm),
					[undefined, algorithms[0]],
				);
				match(
					registrar.bindings.get(address) ?? "",
					/^sip:persistentchat@127\.0\.0\.1:\d+;transport=tcp$/,
				);
				const { until: end } = all.states()[0] ?? {};
				ok((end?.getTime() ?? 0) > Date.now() + 250_000);
			});
		}
	}

	it("goes by UDP too, and keeps one Call-ID with rising numbers", async () => {
		const registrar = await registrarWith({ password }, "udp");
		await reached(register([registrar]), "registered");
		const [first, second] = registrar.asked;
		equal(first?.callId, second?.callId);
		equal(second?.sequence, (first?.sequence ?? 0) + 1);
	});

	for (const grantsInHeader of [false, true]) {
		it(`is refreshed at half the time that ${grantsInHeader ? "Expires" : "its own Contact"} grants, without another challenge, and logged once`, async () => {
			const registrar = await registrarWith({
				...{ password, grantSeconds: 1, grantsInHeader },
			});
			await reached(register([registrar]), "registered");
			const first = performance.now();
			const count = registrar.asked.length;
			await until(() => registrar.asked.length >= count + 2, {
				what: "two refreshes",
			});
			ok(performance.now() - first < 2_000);
			ok(registrar.asked.slice(count).every((one) => one.withPassword));
			equal(logged.filter((line) => line.includes("registered")).length, 1);
		});
	}

	it("asks for more when its time is too brief", async () => {
		const registrar = await registrarWith({ password, leastSeconds: 1_800 });
		const all = register([registrar]);
		await reached(all, "registered");
		equal(registrar.asked.at(-1)?.seconds, 1_800);
	});

	it("is told a wrong password once, and lets the registrar be", async () => {
		const registrar = await registrarWith({ password });
		const all = register([registrar], { secret: "wrong" });
		await reached(all, "refused");
		equal(registrar.asked.length, 2);
		const [state] = all.states();
		match(state?.why ?? "", /does not take the password/);
		ok(!logged.join().includes("wrong"));
		// Not even when the control connection comes back.
		const [[socket] = []] = typed(node.srf).app.client?.mapServer ?? [];
		if (socket === undefined) throw new Error("no connection");
		const contacts = node.chat.condition.sipServer()?.contacts ?? [];
		all.lost(socket);
		all.begin(socket, { contacts });
		const other = await registrarWith({});
		await reached(register([other]), "registered");
		equal(registrar.asked.length, 2);
	});

	it("is refused with 403 and does not hammer", async () => {
		const registrar = await registrarWith({ answers: 403 });
		await reached(register([registrar]), "refused");
		equal(registrar.asked.length, 1);
		match(logged.join(), /error not registered .*answered 403/);
	});

	it("is tried again until the registrar is well, and both are logged once", async () => {
		const registrar = await registrarWith({ answers: 500 });
		const all = register([registrar]);
		await reached(all, "failing");
		await until(() => registrar.asked.length >= 3, { what: "three attempts" });
		registrar.manners = { password };
		await reached(all, "registered");
		deepEqual(
			logged.map((line) => line.slice(0, line.indexOf(" {"))),
			["error not registered", "info registered"],
		);
	});

	it("waits as long as the registrar says", async () => {
		const registrar = await registrarWith({
			...{ answers: 503, retryAfterSeconds: 600 },
		});
		await reached(register([registrar]), "failing");
		const other = await registrarWith({ password });
		await reached(register([other]), "registered");
		equal(registrar.asked.length, 1);
	});

	it("is kept by each registrar by itself, whatever another does", async () => {
		const silent = await registrarWith({ silent: true });
		const well = await registrarWith({ password });
		const all = register([silent, well], { answerMs: 200 });
		await until(() => all.states()[0]?.state === "failing", {
			what: "the silent one failing",
		});
		await until(() => all.states()[1]?.state === "registered", {
			what: "the other registered",
		});
		match(all.states()[0]?.why ?? "", /no answer/);
	});

	it("is taken back at the end, and a silent registrar is not waited for", async () => {
		const well = await registrarWith({ password });
		const dying = await registrarWith({ password });
		const all = register([well, dying]);
		await reached(all, "registered");
		dying.manners = { silent: true };
		const begun = performance.now();
		await all.end();
		ok(performance.now() - begun < 2_000);
		equal(well.bindings.size, 0);
		equal(well.asked.at(-1)?.seconds, 0);
		equal(all.states()[0]?.state, "ended");
	});

	it("is taken back too when it is granted while all ends", async () => {
		let release = () => {};
		const after = new Promise<void>((resolve) => {
			release = resolve;
		});
		const slow = await registrarWith({ after });
		const refusing = await registrarWith({ after, answers: 403 });
		const all = register([slow, refusing]);
		for (const { asked } of [slow, refusing]) {
			await until(() => asked.length === 1, { what: "a REGISTER" });
		}
		const ended = all.end();
		release();
		await ended;
		deepEqual(
			slow.asked.map(({ seconds }) => seconds),
			[300, 0],
		);
		equal(slow.bindings.size, 0);
		equal(refusing.asked.length, 1);
	});

	it("reads challenges whole, the strongest that it knows", () => {
		const header =
			'Digest realm="a, b", nonce="1", algorithm=SHA-512-256, qop="auth", DIGEST realm="a \\"b\\"", nonce="2", qop="auth-int,auth", algorithm=SHA-256, opaque="o", Basic realm="c"';
		const challenge = readChallenge(header);
		equal(challenge?.nonce, "2");
		equal(challenge?.algorithm, "SHA-256");
		equal(challenge?.realm, 'a "b"');
		equal(challenge?.opaque, "o");
		for (const unfit of [
			"",
			'Basic realm="a"',
			'Digest realm="a"',
			'Digest realm="a", nonce="1", qop="auth-int"',
		]) {
			equal(readChallenge(unfit), undefined, unfit);
		}
	});

	it("answers the example of RFC 2617 in the old form", () => {
		const challenge = readChallenge(
			'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
		);
		if (challenge === undefined) throw new Error("not read");
		match(
			answerChallenge(
				challenge,
				{ user: "Mufasa", password: "Circle Of Life" },
				{ method: "GET", uri: "/dir/index.html" },
				1,
			),
			/response="670fd8c2df070c60b045671b8b24ff02"/,
		);
	});
});

describe("a node that is to register", () => {
	let registrar: TestRegistrar;
	let node: ChatNode;
	beforeEach(async () => {
		registrar = await startRegistrar({ password });
		node = await startChatNode({
			relayed: true,
			service: {
				registrations: [{ registrar: registrar.uri, password }],
				life: { retryMs: 300 },
			},
		});
	});
	afterEach(() => registrar.close());

	it("does so when the SIP server is there, again when it is back, and takes it back at its end", async () => {
		const state = () => node.chat.condition.registrations()[0]?.state;
		await until(() => state() === "registered", { what: "registered" });
		const before = registrar.asked.length;
		node.relay?.cut();
		await until(() => state() === "waiting", { what: "waiting" });
		node.relay?.mend();
		await until(() => state() === "registered", { what: "registered again" });
		ok(registrar.asked.length > before);
		equal(registrar.bindings.size, 1);
		await node.close();
		equal(registrar.bindings.size, 0);
		ok(!node.logged.join().includes(password));
	});
});
