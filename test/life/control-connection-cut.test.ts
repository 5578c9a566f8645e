/**
 * The way between the chat service and a SIP server that lives on is cut, shortly and for long: what a cut of 10 s and 60 s does is
 * seen in a tenth of that, with every time of the service's life at a tenth. `LIFE_PACE=1` takes the whole of it.
 */
import { equal, ok, rejects } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { rooms } from "../support/people.ts";
import { until } from "../support/until.ts";
import { type Losing, startLosing } from "./losing.ts";
import { type SipProcess, startSipProcess } from "./sip-process.ts";

const pace = Number(process.env.LIFE_PACE ?? "0.1");

describe(`a control connection that is cut, all times at ${pace} of theirs`, function () {
	this.timeout(20_000 + 100_000 * pace);
	let sip: SipProcess;
	let losing: Losing;

	before(async () => {
		sip = await startSipProcess();
		losing = await startLosing({
			sip,
			relayed: true,
			service: {
				life: {
					askMs: 10_000 * pace,
					silentMs: 10_000 * pace,
					retryMs: 5_000 * pace,
				},
			},
		});
	});
	after(async () => {
		losing?.node.relay?.mend();
		await losing?.close();
		await sip?.close();
	});

	const heard: string[] = [];
	for (const [index, seconds] of [1, 10, 60].entries()) {
		it(`for ${seconds} s: sessions end once, rooms are told once, it registers again, the next word of people brings them back`, async () => {
			const { node, people, registrar } = losing;
			const relay = node.relay;
			ok(relay !== undefined);
			const asked = registrar.asked.length;
			relay.cut();
			await losing.gone();
			await losing.say(`during ${seconds} s`);
			heard.push(`during ${seconds} s`);
			await pause(seconds * 1000 * pace);
			relay.mend();
			await until(() => node.chat.condition.sipConnected(), {
				what: "the control connection",
				withinMs: 10_000 * pace + 5_000,
			});
			for (const { chat } of people) {
				await rejects(chat.post(rooms.lobby, "in a dialog that is over"));
			}
			await losing.back(heard);
			await people[1]?.chat.post(rooms.lobby, `after ${seconds} s`);
			heard.push(`after ${seconds} s`);
			await losing.back(heard);
			await losing.once(index + 1);
			ok(registrar.asked.length > asked);
			equal(
				node.logged.filter((line) =>
					line.includes("control connection lost; made again"),
				).length,
				index + 1,
			);
		});
	}
});
