/**
 * How many events an adapter gets at a time. Where it fails for long it gets one alone: if its target is away nothing is lost
 * by that, and if one event is what it fails with, it comes to stand at just that one, and all before it are delivered.
 */

/** Failures in a row; the next one is of one event. */
export const aloneAfter = 5;

export interface Width {
	/** `attempt`: failures in a row by now. */
	events(attempt: number): number;
	succeeded(): void;
	failed(): void;
}

export function makeWidth(most: number): Width {
	let narrow: number | undefined;
	return {
		events(attempt) {
			if (narrow === undefined && attempt >= aloneAfter) narrow = 1;
			return narrow ?? most;
		},
		succeeded() {
			if (narrow === undefined) return;
			narrow = narrow * 2 < most ? narrow * 2 : undefined;
		},
		failed() {
			if (narrow !== undefined) narrow = Math.max(1, Math.floor(narrow / 2));
		},
	};
}
