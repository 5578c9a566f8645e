/** The check of a service from outside, as its command asks for it. */
import { Misuse } from "../commands/command.ts";
import { checkedUsers } from "./credentials.ts";
import {
	type Checked,
	type CheckOptions,
	checkService,
} from "./transaction.ts";

export type { Checked, Step } from "./transaction.ts";
export { checkText } from "./transaction.ts";

export interface CheckAsked extends Omit<CheckOptions, "users" | "server"> {
	readonly server: string | undefined;
	readonly credentials: string | undefined;
}

/** Throws `Misuse`. */
export type Check = (asked: CheckAsked) => Promise<Checked>;

const defaultServer = "sip:127.0.0.1:5060;transport=tcp";

export function createCheck(
	environment: Readonly<Record<string, string | undefined>>,
): Check {
	return async ({ server, credentials, ...asked }) => {
		const users = checkedUsers(credentials, environment);
		try {
			return await checkService({
				...asked,
				users,
				server: server ?? environment.CHAT_CHECK_SERVER ?? defaultServer,
			});
		} catch (error) {
			if (!(error instanceof TypeError)) throw error;
			throw new Misuse(error.message, { cause: error });
		}
	};
}
