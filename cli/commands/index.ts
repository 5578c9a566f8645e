/** Every command of `persistent-chat`, in the order in which help shows them. */
import { administratorCommands } from "./administrators.ts";
import { categoryCommands } from "./categories.ts";
import type { Command } from "./command.ts";
import { complianceCommands } from "./compliance.ts";
import { databaseCommands } from "./database.ts";
import { groupCommands } from "./groups.ts";
import { messageCommands } from "./messages.ts";
import { policyCommands } from "./policy.ts";
import { roomCommands } from "./rooms.ts";
import { userCommands } from "./users.ts";

export const commands: readonly Command[] = [
	...userCommands,
	...groupCommands,
	...policyCommands,
	...administratorCommands,
	...categoryCommands,
	...roomCommands,
	...messageCommands,
	...complianceCommands,
	...databaseCommands,
];
