/** Where a long operation is, as one line for a terminal. */

const barColumns = 24;

/** `[######            ]  25 % 250 of 1000 rooms …`; without a bar where nobody knows how much there is. */
export function progressLine(what: string, done: number, of?: number): string {
	if (of === undefined || of <= 0) return `${done} ${what} …`;
	const share = Math.min(1, done / of);
	const full = Math.floor(share * barColumns);
	const bar = "#".repeat(full).padEnd(barColumns);
	const percent = String(Math.floor(share * 100)).padStart(3);
	return `[${bar}] ${percent} % ${done} of ${of} ${what} …`;
}
