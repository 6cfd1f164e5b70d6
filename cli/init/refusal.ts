/** Ends the wizard before it has written anything. The message is for the operator and holds no secret. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';
}

/** RunCloud or the network does not take an answer. Another one may be given. */
export class WrongAnswer extends Refusal {
  override readonly name = 'WrongAnswer';
  /** The settings that may be wrong. */
  readonly settings: readonly string[];

  constructor(message: string, settings: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.settings = settings;
  }
}
