/** An answer that a test gives when it wants to. */
export interface LaterAnswer<T> {
	readonly promise: Promise<T>;
	readonly resolve: (answer: T) => void;
	readonly reject: (error: Error) => void;
}

export function answerLater<T>(): LaterAnswer<T> {
	let resolve: (answer: T) => void = () => {};
	let reject: (error: Error) => void = () => {};
	const promise = new Promise<T>((onAnswer, onError) => {
		resolve = onAnswer;
		reject = onError;
	});
	return { promise, resolve, reject };
}
