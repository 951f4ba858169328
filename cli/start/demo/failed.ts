/** The first order did not get to its end: what did not happen, and where to look. */
export class StoryFailed extends Error {
  override readonly name = 'StoryFailed';
  readonly hints: string[];

  constructor(message: string, hints: string[] = []) {
    super(message);
    this.hints = hints;
  }
}
