/** What the parts of the edge share: one object, made once in index.ts. */
import type { SipStack, TimerOwner } from "../sip-stack/index.ts";
import type { Applications } from "./applications.ts";
import type { Dialogs } from "./dialogs.ts";
import type { EdgeLog, LimitedWarnings } from "./log.ts";
import type { EdgeLimits, EdgeTimers } from "./options.ts";
import type { Reach } from "./reach.ts";

export interface Edge {
	readonly stack: SipStack;
	readonly reach: Reach;
	readonly dialogs: Dialogs;
	readonly applications: Applications;
	readonly log: EdgeLog;
	/** For what strangers cause. */
	readonly warnings: LimitedWarnings;
	readonly timers: Pick<
		EdgeTimers,
		"sessionSecondMs" | "applicationMs" | "stuckMs"
	>;
	readonly limits: EdgeLimits;
	readonly timerOwner: TimerOwner;
}
