// Node documents this symbol beside `util.inspect.custom`. Loading `node:util` for it costs each start of a function 2
// ms.
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A value that prints as `[redacted]`, in templates, JSON, `inspect` and logs alike. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The clear text. Call it only where the value goes on the wire or into a comparison. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [INSPECT](): string {
    return '[redacted]';
  }
}
