/** 0 done · 1 the work failed · 2 usage · 3 no daemon · 4 refused · 130 interrupted */
export const exits = { done: 0, failed: 1, usage: 2, noDaemon: 3, refused: 4, interrupted: 130 } as const;
export type Exit = (typeof exits)[keyof typeof exits];

/** Why a command ends early: one line that says what happened and what to do, and the exit code that goes with it. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exit: Exit;
  constructor(exit: Exit, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exit = exit;
  }
}

export const usage = (message: string): Failure => new Failure(exits.usage, message);
