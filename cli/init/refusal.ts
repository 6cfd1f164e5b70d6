/** Ends the wizard before it has written anything. The message is for the operator and holds no secret. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
