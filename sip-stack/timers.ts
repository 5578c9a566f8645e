// The timers of the transaction layer and the one owner of every running timer (RFC 3261, section 17 and table 4).

export interface SipTimers {
	/** Round trip estimate: first retransmission. */
	readonly t1: number;
	/** Longest retransmission interval of non-INVITE requests and INVITE responses. */
	readonly t2: number;
	/** How long a message may stay in the network. */
	readonly t4: number;
	/** A slow INVITE is answered 100 after this long (RFC 3261, 17.2.1). */
	readonly tryingMs: number;
}

export const DEFAULT_TIMERS: SipTimers = {
	t1: 500,
	t2: 4000,
	t4: 5000,
	tryingMs: 200,
};
