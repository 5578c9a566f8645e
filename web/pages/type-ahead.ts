/** Questions asked while somebody types: after a pause, and only the answer to the last one counts. */

/** So long after the last letter the question is asked. */
const pauseMs = 150;

/** An answer. */
export interface Findings<Found> {
	readonly found: readonly Found[];
	/** There are more than these. */
	readonly more: boolean;
}

export interface TypeAhead<Question> {
	/** After a pause. */
	later(question: Question): void;
	now(question: Question): void;
	/** Whatever is still on its way is of no interest any more. */
	forget(): void;
}

export function typeAhead<Question, Answer>(
	ask: (question: Question) => Promise<Answer>,
	show: (answer: Answer, question: Question) => void,
	fail: (error: unknown) => void,
): TypeAhead<Question> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	let last = 0;

	async function now(question: Question): Promise<void> {
		forget();
		const mine = last;
		try {
			const answer = await ask(question);
			if (mine === last) show(answer, question);
		} catch (error) {
			if (mine === last) fail(error);
		}
	}

	function forget(): void {
		clearTimeout(timer);
		last += 1;
	}

	return {
		later(question) {
			forget();
			timer = setTimeout(() => void now(question), pauseMs);
		},
		now: (question) => void now(question),
		forget,
	};
}
