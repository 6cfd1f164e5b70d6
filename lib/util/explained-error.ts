/**
 * An error for a person: `message` says what failed, and why as far as that is known. `fault` is its kind, for the
 * code.
 */
export abstract class ExplainedError<Fault extends string> extends Error {
  readonly fault: Fault;
  /** What a person can do about it. */
  readonly whatToDo: string;

  constructor(fault: Fault, message: string, whatToDo: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
    this.whatToDo = whatToDo;
  }
}
