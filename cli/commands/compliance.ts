/** `persistent-chat compliance …`: how the archive stands, what adapters are given again, and what proves that nothing was altered. */
import type { Command } from "./command.ts";
import { verifyCommand } from "./compliance-verify.ts";

export const complianceCommands: readonly Command[] = [verifyCommand];
