/**
 * Invitations not yet seen: those with an id above the one given.
 * `<cmd id="cmd:getinv"><data><inv inviteId="1" domain=".."/></data></cmd>` → `<data/>` while there are none.
 */
import { command } from "./command.ts";

export const invitations = command({
	id: "cmd:getinv",
	decode: () => undefined,
	// No room sends invitations yet, so nobody has one.
	handle: async () => undefined,
	encode: () => ({ parts: [[]] }),
});
