/** The check of a service from outside, as its command asks for it. */
import { readFileSync } from "node:fs";
import { Misuse } from "../commands/command.ts";
import { checkedUsers } from "./credentials.ts";
import {
	type Checked,
	type CheckOptions,
	checkService,
} from "./transaction.ts";

export type { Checked, Step } from "./transaction.ts";
export { checkText } from "./transaction.ts";

export interface CheckAsked
	extends Omit<CheckOptions, "users" | "server" | "ca"> {
	readonly server: string | undefined;
	readonly credentials: string | undefined;
	/** A file of certificates. */
	readonly ca: string | undefined;
}

/** Throws `Misuse`. */
export type Check = (asked: CheckAsked) => Promise<Checked>;

const defaultServer = "sip:127.0.0.1:5060;transport=tcp";

export function createCheck(
	environment: Readonly<Record<string, string | undefined>>,
): Check {
	return async ({ server, credentials, ca, ...asked }) => {
		const users = checkedUsers(credentials, environment);
		try {
			return await checkService({
				...asked,
				users,
				ca: ca === undefined ? undefined : certificatesIn(ca),
				server: server ?? environment.CHAT_CHECK_SERVER ?? defaultServer,
			});
		} catch (error) {
			if (!(error instanceof TypeError)) throw error;
			throw new Misuse(error.message, { cause: error });
		}
	};
}

/** Throws `Misuse`. */
function certificatesIn(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		throw new Misuse(
			`The certificates cannot be read: ${error instanceof Error ? error.message : error}.`,
			{ cause: error },
		);
	}
}
