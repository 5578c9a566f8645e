/** Every command of `persistent-chat`, in the order in which help shows them. */
import { addInCommands } from "./add-ins.ts";
import { administratorCommands } from "./administrators.ts";
import { auditCommand } from "./audit.ts";
import { categoryCommands } from "./categories.ts";
import { checkCommand } from "./check.ts";
import type { Command } from "./command.ts";
import { completionCommand } from "./completion.ts";
import { complianceCommands } from "./compliance.ts";
import { configurationCommands } from "./configuration.ts";
import { databaseCommands } from "./database.ts";
import { groupCommands } from "./groups.ts";
import { messageCommands } from "./messages.ts";
import { policyCommands } from "./policy.ts";
import { poolCommands } from "./pool.ts";
import { roomCommands } from "./rooms.ts";
import { transferCommands } from "./transfer.ts";
import { userCommands } from "./users.ts";

export const commands: readonly Command[] = [
	...userCommands,
	...groupCommands,
	...policyCommands,
	...administratorCommands,
	...categoryCommands,
	...roomCommands,
	...addInCommands,
	...messageCommands,
	...complianceCommands,
	auditCommand,
	...poolCommands,
	checkCommand,
	...configurationCommands,
	...transferCommands,
	...databaseCommands,
	completionCommand(() => commands),
];
