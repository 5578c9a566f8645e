/** What the page says in its own words: errors, days, times, numbers. */

import {
	ChatDisconnected,
	ChatRefused,
	ChatTimeout,
} from "../../client/errors.ts";
import { SipRefused, SipUnreachable } from "../../client/sip-agent.ts";
import { refusalText } from "../../client/terminal/harmless.ts";
import type { RoomInfo } from "../../client/types.ts";
import { Refusal } from "./model/session.ts";

/** An error as a sentence. */
export function explain(error: unknown): string {
	if (error instanceof ChatRefused) return sentence(refusalText(error.text));
	if (error instanceof SipRefused) return ofSip(error);
	if (error instanceof SipUnreachable) {
		return "The chat service cannot be reached. Look at your network, then try again.";
	}
	if (error instanceof ChatDisconnected) {
		return "The connection was lost. It comes back by itself.";
	}
	if (error instanceof ChatTimeout) {
		return "The service has not answered in time. Try again.";
	}
	if (error instanceof Refusal && error.reason === "not-signed-in") {
		return "You are signed out here. Sign in again in another tab, then go on: what you typed is still there.";
	}
	return sentence(error instanceof Error ? error.message : String(error));
}

function ofSip({ status, reason }: SipRefused): string {
	if (status === 401 || status === 407 || status === 403) {
		return "This name and password do not fit together.";
	}
	if (status === 480 || status >= 500) {
		return "The chat service is not available now. Try again in a moment.";
	}
	return `The SIP server has refused this: ${reason} (${status}).`;
}

function sentence(text: string): string {
	const upper = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
	return /[.!?…]$/.test(upper) ? upper : `${upper}.`;
}

const time = new Intl.DateTimeFormat(undefined, {
	hour: "2-digit",
	minute: "2-digit",
});
const day = new Intl.DateTimeFormat(undefined, {
	weekday: "long",
	day: "numeric",
	month: "long",
});
const dayWithYear = new Intl.DateTimeFormat(undefined, {
	weekday: "long",
	day: "numeric",
	month: "long",
	year: "numeric",
});
const moment = new Intl.DateTimeFormat(undefined, {
	dateStyle: "full",
	timeStyle: "medium",
});

const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export const secondsText = (at: Date): string => seconds.format(at);
export const timeText = (at: Date): string => time.format(at);
export const momentText = (at: Date): string => moment.format(at);

/** `Today`, `Yesterday`, `Monday 3 August`, with the year when it is another. */
export function dayText(at: Date, now = new Date()): string {
	if (sameDay(at, now)) return "Today";
	const before = new Date(now);
	before.setDate(now.getDate() - 1);
	if (sameDay(at, before)) return "Yesterday";
	const isThisYear = at.getFullYear() === now.getFullYear();
	return (isThisYear ? day : dayWithYear).format(at);
}

export function sameDay(a: Date, b: Date): boolean {
	return a.toDateString() === b.toDateString();
}

/** `20 KB`: a thousand bytes are a kilobyte. */
export function sizeText(bytes: number): string {
	if (bytes < 1_000) return counted(bytes, "byte");
	const steps = ["KB", "MB", "GB"];
	let size = bytes / 1_000;
	while (size >= 1_000 && steps.length > 1) {
		size /= 1_000;
		steps.shift();
	}
	return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${steps[0]}`;
}

/** `1 message`, `3 messages`; for other plurals give them. */
export function counted(count: number, one: string, many = `${one}s`): string {
	return `${count} ${count === 1 ? one : many}`;
}

export function privacyText({ privacy, auditorium }: RoomInfo): string {
	const kinds = {
		open: "Open to everybody",
		closed: "For members",
		secret: "Secret: known to members only",
	};
	const kind = privacy === undefined ? "" : kinds[privacy];
	if (!auditorium) return kind;
	return kind === "" ? "Auditorium" : `${kind} · auditorium`;
}
