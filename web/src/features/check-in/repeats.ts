/** How long a code must be out of the camera's view to count as shown again, in milliseconds. */
const OUT_OF_VIEW = 2000;

/**
 * Tells a code that stays in view from one that is shown again: a camera reads the ticket that was just
 * admitted several times a second.
 */
export class Repeats {
  private last: { code: string; seen: number } | null = null;

  /** Whether this is the code that was read last and has not left the view since. */
  isRepeat(code: string, now: number): boolean {
    const isRepeat =
      this.last !== null && this.last.code === code && now - this.last.seen < OUT_OF_VIEW;
    this.last = { code, seen: now };
    return isRepeat;
  }

  /** The next reading counts as new, for a check that got no answer. */
  forget(): void {
    this.last = null;
  }
}
