/** The service's address, registered with every registrar that the operator names: each by itself, whenever there is a SIP server. */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { DrachtioServer } from "./drachtio.ts";
import { createRegistering } from "./register-request.ts";
import {
	createRegistration,
	type RegistrationState,
	type RegistrationWaits,
	registrationWaits,
} from "./registration.ts";
import type { RegistrationOptions } from "./registration-options.ts";
import type { ServerReport } from "./server-report.ts";

export interface Registrations {
	states(): readonly RegistrationState[];
	/** The SIP server is there, as it says of itself. */
	begin(by: Socket, server: Pick<ServerReport, "contacts">): void;
	lost(by: Socket): void;
	/** Takes all back. */
	end(): Promise<void>;
}

export interface RegistrationsNeeds {
	readonly server: Pick<DrachtioServer, "request">;
	readonly registrations: readonly RegistrationOptions[];
	readonly poolUri: string;
	readonly log: Logger;
	readonly answerMs?: number;
	readonly waits?: Partial<RegistrationWaits>;
}

/** drachtio-server gives a request 32 s; a registrar that is there answers sooner. */
const defaultAnswerMs = 10_000;

export function createRegistrations(needs: RegistrationsNeeds): Registrations {
	const { server, poolUri, log, answerMs = defaultAnswerMs } = needs;
	const waits = { ...registrationWaits, ...needs.waits };
	const all = needs.registrations.map((given) => {
		const { registrar, expiresSeconds, password } = given;
		const address = given.address ?? poolUri;
		const user = given.user ?? userOf(address);
		const login = password === undefined ? undefined : { user, password };
		const registering = createRegistering({
			...{ server, registrar, address, login, answerMs },
		});
		const registration = createRegistration({
			...{ registering, registrar, address, expiresSeconds, waits, log },
		});
		return { registration, given, address };
	});

	/** SIP servers that are there, with where they listen; registered is by the first of them. */
	const standing = new Map<Socket, readonly string[]>();

	function registerBy(by: Socket, contacts: readonly string[]): void {
		for (const { registration, given, address } of all) {
			const contact =
				given.contact ?? contactFor(given.registrar, address, contacts);
			if (contact === undefined) {
				log.error(
					{ registrar: given.registrar },
					"not registered: the SIP server names no address for it; say contact",
				);
			} else registration.begin(by, contact);
		}
	}

	return {
		states: () => all.map(({ registration }) => registration.state()),
		begin(by, { contacts }) {
			standing.set(by, contacts);
			if (standing.size === 1) registerBy(by, contacts);
		},
		lost(by) {
			const [first] = standing.keys();
			standing.delete(by);
			for (const { registration } of all) registration.lost(by);
			const [next] = standing;
			if (by === first && next !== undefined) registerBy(...next);
		},
		async end() {
			await Promise.all(all.map(({ registration }) => registration.end()));
		},
	};
}

function userOf(address: string): string {
	return /^sips?:([^@]*)@/i.exec(address)?.[1] ?? "";
}

/** `contacts`: `tcp 192.0.2.1:5060`. The transport by which the registrar is reached is the one by which it reaches us. */
function contactFor(
	registrar: string,
	address: string,
	contacts: readonly string[],
): string | undefined {
	const wanted =
		/;\s*transport=(\w+)/i.exec(registrar)?.[1]?.toLowerCase() ??
		(/^sips:/i.test(registrar) ? "tls" : "udp");
	const found = contacts.find((each) => each.startsWith(`${wanted} `));
	if (found === undefined) return undefined;
	return `sip:${userOf(address)}@${found.slice(wanted.length + 1)};transport=${wanted}`;
}
