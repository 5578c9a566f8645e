/** Questions put together: what is asked while others are being answered goes with the next, so that a busy hour asks no more often than a quiet one. */

/** What is asked in one turn, or while as many as `atOnce` are under way, is asked together, `most` at a time. All of it is answered, or fails, at once. */
export function askTogether<Question, Answer>(
	ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
	{ atOnce, most }: { readonly atOnce: number; readonly most: number },
): (question: Question) => Promise<Answer> {
	interface Waiting {
		readonly question: Question;
		answered(answer: Answer): void;
		failed(error: unknown): void;
	}
	const waiting: Waiting[] = [];
	let underWay = 0;

	async function goOn(): Promise<void> {
		underWay += 1;
		// Whoever else asks in this turn.
		await undefined;
		while (waiting.length > 0) {
			const some = waiting.splice(0, most);
			try {
				const answers = await ask(some.map(({ question }) => question));
				for (const [index, { answered }] of some.entries()) {
					answered(answers[index] as Answer);
				}
			} catch (error) {
				for (const { failed } of some) failed(error);
			}
		}
		underWay -= 1;
	}

	return (question) =>
		new Promise((answered, failed) => {
			waiting.push({ question, answered, failed });
			if (underWay < atOnce) void goOn();
		});
}

/** The same question, asked by many while it is being answered, is asked once more for all of them: nobody has an answer from before he asked. */
export function askOnce<Question, Answer>(
	keyOf: (question: Question) => string,
	ask: (question: Question) => Promise<Answer>,
): (question: Question) => Promise<Answer> {
	interface UnderWay {
		readonly answer: Promise<Answer>;
		next?: Promise<Answer>;
	}
	const all = new Map<string, UnderWay>();

	function begin(key: string, question: Question): Promise<Answer> {
		const underWay: UnderWay = { answer: ask(question) };
		all.set(key, underWay);
		const done = () => {
			if (underWay.next === undefined) all.delete(key);
		};
		underWay.answer.then(done, done);
		return underWay.answer;
	}

	return (question) => {
		const key = keyOf(question);
		const underWay = all.get(key);
		if (underWay === undefined) return begin(key, question);
		const again = () => begin(key, question);
		underWay.next ??= underWay.answer.then(again, again);
		return underWay.next;
	};
}
