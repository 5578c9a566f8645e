/** When a registration asks again, by a clock of its own: how waits grow, where they end, and what an outage changes. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Socket } from "node:net";
import { mock } from "node:test";
import { pino } from "pino";
import type { RegisterOutcome } from "../../plugin/sip/register-request.ts";
import {
	createRegistration,
	type Registration,
	registrationWaits,
} from "../../plugin/sip/registration.ts";

const failed = { outcome: "failed", why: "503" } as const;
const granted = { outcome: "registered", grantedSeconds: 300 } as const;
const contact = "sip:persistentchat@192.0.2.1";

describe("the waits of a registration", () => {
	const by = new Socket();
	let asked: number[];
	let answers: (seconds: number) => Promise<RegisterOutcome>;
	let registration: Registration;
	let chance: number;

	beforeEach(() => {
		mock.timers.enable({ apis: ["setTimeout", "Date"] });
		chance = 1;
		mock.method(Math, "random", () => chance);
		asked = [];
		registration = createRegistration({
			registering: {
				register: (_by, _contact, seconds) => {
					asked.push(seconds);
					return answers(seconds);
				},
			},
			registrar: "sip:registrar.example.com",
			address: "sip:persistentchat@example.com",
			expiresSeconds: 300,
			waits: registrationWaits,
			log: pino({ enabled: false }),
		});
	});
	afterEach(async () => {
		answers = async () => granted;
		await registration.end();
		mock.reset();
		mock.timers.reset();
	});

	const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
	const pass = async (ms: number) => {
		mock.timers.tick(ms);
		await settled();
	};
	/** Asks again after so long, and not a millisecond sooner. */
	async function asksAfter(ms: number): Promise<void> {
		const before = asked.length;
		await pass(ms - 1);
		equal(asked.length, before, `asked before ${ms} ms`);
		await pass(1);
		equal(asked.length, before + 1, `not asked after ${ms} ms`);
	}
	async function begin(answer: RegisterOutcome): Promise<void> {
		answers = async () => answer;
		registration.begin(by, contact);
		await pass(1);
		equal(asked.length, 1);
	}

	it("grow twofold from 2 s to 2 min, and begin anew after a success", async () => {
		await begin(failed);
		for (const seconds of [2, 4, 8, 16, 32, 64, 120])
			await asksAfter(seconds * 1_000);
		answers = async () => granted;
		await asksAfter(120_000);
		equal(registration.state().state, "registered");
		answers = async () => failed;
		await asksAfter(165_000);
		await asksAfter(2_000);
	});

	it("are shorter by up to half, by chance", async () => {
		chance = 0;
		await begin(failed);
		await asksAfter(1_000);
		await asksAfter(2_000);
	});

	it("are at least what Retry-After says, up to an hour", async () => {
		await begin({ ...failed, retryAfterSeconds: 600 });
		answers = async () => ({ ...failed, retryAfterSeconds: 86_400 });
		await asksAfter(600_000);
		await asksAfter(3_600_000);
	});

	it("end with the connection: nothing is asked, and a late answer says nothing", async () => {
		await begin(granted);
		registration.lost(by);
		await pass(600_000);
		equal(asked.length, 1);
		let answer = (_: RegisterOutcome) => {};
		answers = () =>
			new Promise((resolve) => {
				answer = resolve;
			});
		registration.begin(by, contact);
		await pass(1);
		equal(asked.length, 2);
		registration.lost(by);
		answer({ outcome: "refused", why: "403" });
		await settled();
		const { state, why } = registration.state();
		equal(state, "waiting");
		ok(why?.includes("no connection"));
	});

	it("end with the service, which takes back what was granted meanwhile", async () => {
		let answer = (_: RegisterOutcome) => {};
		answers = (seconds) =>
			seconds === 0
				? Promise.resolve(granted)
				: new Promise((resolve) => {
						answer = resolve;
					});
		registration.begin(by, contact);
		await pass(1);
		const ended = registration.end();
		await settled();
		deepEqual(asked, [300]);
		answer(granted);
		await ended;
		deepEqual(asked, [300, 0]);
		equal(registration.state().state, "ended");
	});
});
