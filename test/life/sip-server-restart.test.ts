/** The SIP server ends, killed or at its operator's word, and is started again: everybody comes back, and nothing was lost. */
import { equal, rejects } from "node:assert/strict";
import { rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";
import { type Losing, startLosing } from "./losing.ts";
import { type SipProcess, startSipProcess } from "./sip-process.ts";

describe("a SIP server that is started again", () => {
	let sip: SipProcess;
	let losing: Losing;

	before(async () => {
		sip = await startSipProcess();
		losing = await startLosing({
			sip,
			service: { life: { retryMs: 500 } },
		});
	});
	after(async () => {
		await losing?.close();
		await sip?.close();
	});

	const heard: string[] = [];
	const endings = { "kill -9": "SIGKILL", SIGTERM: "SIGTERM" } as const;
	for (const [index, [how, signal]] of Object.entries(endings).entries()) {
		it(`after ${how}: sessions end once, rooms are told once, it registers again, people come back and hear what they missed`, async () => {
			const [alice] = losing.people;
			await alice?.chat.post(rooms.lobby, `before ${how}`);
			heard.push(`before ${how}`);
			await losing.back(heard);
			const asked = losing.registrar.asked.length;

			await sip.stop(signal);
			await losing.gone();
			equal(losing.node.chat.condition.registrations()[0]?.state, "waiting");
			await losing.say(`meanwhile (${how})`);
			heard.push(`meanwhile (${how})`);
			await sip.startAgain();
			await losing.back(heard);

			await alice?.chat.post(rooms.lobby, `after ${how}`);
			heard.push(`after ${how}`);
			await losing.back(heard);
			await losing.once(index + 1);
			equal(losing.registrar.asked.length > asked, true);
		});
	}

	it("is not missed by who came over UDP until his next word, which brings him back", async () => {
		const dave = await signIn(
			losing.node,
			"dave",
			"udp",
			{},
			{ reconnect: { firstDelayMs: 50, maxDelayMs: 300 } },
		);
		try {
			await dave.chat.join(rooms.lobby);
			await sip.stop("SIGKILL");
			await losing.gone();
			await sip.startAgain();
			await until(() => losing.node.chat.condition.sipConnected(), {
				what: "the control connection",
			});
			const reconnected = dave.chat.next("reconnected");
			await rejects(dave.chat.post(rooms.lobby, "into the void"));
			await reconnected;
			await dave.chat.post(rooms.lobby, "here again");
			heard.push("here again");
			for (const person of losing.people) await person.heard(heard.length);
		} finally {
			await dave.chat.close();
		}
	});
});
