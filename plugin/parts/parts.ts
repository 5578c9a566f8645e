/** The parts that `persistentChat()` joins, in the order in which they start. */
import type { OwnNode } from "../pool.ts";
import type { Endpoint } from "../sip/endpoint.ts";
import type { AmongNodes } from "./among-nodes.ts";
import type { Bearing } from "./bearing.ts";
import type { Ground } from "./ground.ts";
import type { House } from "./house.ts";
import type { SigningIn } from "./signing-in.ts";
import type { Telling } from "./telling.ts";

export interface Parts {
	readonly ground: Ground;
	readonly house: House;
	readonly telling: Telling;
	readonly signingIn: SigningIn;
	readonly ownNode: OwnNode;
	readonly bearing: Bearing;
	readonly endpoint: Endpoint;
	readonly amongNodes: AmongNodes;
}
